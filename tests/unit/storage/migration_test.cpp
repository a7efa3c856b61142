#include "storage/schema/schema.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

using namespace wagate;
using namespace wagate::test;

namespace {

/// A database as an older version of the program left it.
class OldDatabase {
public:
    OldDatabase(std::filesystem::path const& file, std::size_t version)
    {
        REQUIRE(sqlite3_open(file.c_str(), &handle_) == SQLITE_OK);
        run("PRAGMA journal_mode = WAL");
        run("PRAGMA application_id = " + std::to_string(storage::application_id));
        for (std::size_t i = 0; i < version; ++i)
            run(storage::migrations()[i]);
        run("PRAGMA user_version = " + std::to_string(version));
    }
    OldDatabase(OldDatabase const&) = delete;
    OldDatabase& operator=(OldDatabase const&) = delete;
    ~OldDatabase() { sqlite3_close(handle_); }

    void run(std::string const& sql)
    {
        REQUIRE(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    }
    /// `sql` with one parameter ?1 for `value`.
    void run(std::string const& sql, Bytes const& value)
    {
        sqlite3_stmt* statement = nullptr;
        REQUIRE(sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
        sqlite3_bind_blob64(statement, 1, value.data(), value.size(), SQLITE_STATIC);
        REQUIRE(sqlite3_step(statement) == SQLITE_DONE);
        sqlite3_finalize(statement);
    }
    void add_tenants()
    {
        run("INSERT INTO tenant VALUES (1, 'tenant-a'), (2, 'tenant-b')");
        run("INSERT INTO session VALUES (1, 3, 'main', '{}', 1, 0, 0, 0), (1, 4, 'second', '{}', 0, 0, 0, "
            "0), "
            "(2, 5, 'main', '{}', 0, 0, 0, 0)");
        run("UPDATE next_number SET value = 6");
    }
    void add_event(int tenant, int session, int sequence, std::string const& detail, int milliseconds)
    {
        auto const time = start_time + Milliseconds{milliseconds};
        auto const key =
            std::to_string(tenant) + ", " + std::to_string(session) + ", " + std::to_string(sequence);
        run("INSERT INTO event (tenant, session, sequence, id, time, value) VALUES (" + key + ", 'evt_" +
                detail + "', " + std::to_string(unix_milliseconds(time)) + ", ?1)",
            serialize(status_event(detail, time)));
    }
    void add_message(std::string const& id)
    {
        auto const message = text_message("100", id, "hello");
        run("INSERT INTO message VALUES (1, 3, " + std::to_string(unix_milliseconds(start_time)) + ", 1, '" +
                message.chat.to_string() + "', '" + id + "', 0, 0, 1, ?1)",
            serialize(message));
    }

private:
    sqlite3* handle_ = nullptr;
};

std::unique_ptr<storage::Store> open_at(std::filesystem::path file)
{
    storage::StoreOptions options;
    options.file = std::move(file);
    return storage::open_store(std::move(options)).value();
}

} // namespace

TEST_CASE("a database of the first version is brought to the newest one with all its data", "[storage]")
{
    TempDir directory;
    {
        OldDatabase old{directory / "wagate.db", 1};
        old.add_tenants();
        old.run("INSERT INTO record VALUES (1, 3, 2, 'alice.0', ?1)", to_bytes("ratchet"));
        old.add_message("M1");
    }
    auto const store = open_at(directory / "wagate.db");
    auto const a = session_key("tenant-a");
    CHECK(store->reader(a)->read(static_cast<RecordKind>(2), "alice.0") == to_bytes("ratchet"));
    CHECK(store->messages(a, {}).size() == 1);
    UnitOfWork later;
    later.idempotency.push_back({{}, Jid::phone("100"), MessageId{"M1"}});
    commit_wait(*store, a, std::move(later)).value();
    CHECK(store->reader(a)->find_idempotency({}));
}

TEST_CASE("events of the second version get positions by time and keep their order in a session", "[storage]")
{
    TempDir directory;
    {
        OldDatabase old{directory / "wagate.db", 2};
        old.add_tenants();
        old.add_event(1, 3, 7, "first", 10);
        old.add_event(1, 3, 8, "fourth", 40);
        old.add_event(1, 3, 9, "fifth", 5); // the clock was set back
        old.add_event(1, 4, 1, "second", 20);
        old.add_event(1, 4, 2, "third", 30);
        old.add_event(2, 5, 1, "other", 1);
        old.run("INSERT INTO cursor VALUES (1, 3, 'endpoint', 8), (2, 5, 'endpoint', 1)");
        old.run("INSERT INTO record VALUES (1, 3, 2, 'alice.0', ?1)", to_bytes("ratchet"));
        old.run("INSERT INTO outbox VALUES (1, 3, 'OUT', 1, '100@s.whatsapp.net', 0, ?1)",
                to_bytes("stanza"));
        old.run("INSERT INTO seen VALUES (1, 3, ?1, 0)", Bytes(32, 9));
        old.run("INSERT INTO idempotency VALUES (1, 3, ?1, zeroblob(32), '100@s.whatsapp.net', 'M1', 0)",
                Bytes(32, 7));
        old.run("INSERT INTO api_key VALUES (1, 'key_1', ?1, 0, 0)", Bytes(32, 1));
        old.add_message("M1");
    }
    auto const store = open_at(directory / "wagate.db");
    auto const a = session_key("tenant-a");

    storage::EventQuery query;
    query.tenant = a.tenant;
    auto const events = store->events(query).events;
    std::vector<std::string> order;
    for (std::size_t i = 0; i < events.size(); ++i) {
        CHECK(events[i].position == i + 1);
        order.push_back(std::get<SessionStatusChanged>(events[i].event.body).detail);
        CHECK(events[i].id == "evt_" + order.back());
    }
    CHECK(order == std::vector<std::string>{"first", "second", "third", "fourth", "fifth"});
    CHECK(store->last_position(a.tenant) == 5);
    CHECK(store->last_position(TenantId{"tenant-b"}) == 1);
    CHECK(store->last_sequence(a) == 9);
    CHECK(store->first_sequence(a) == 7);

    CHECK(store->delivery_state(a, "endpoint") == storage::DeliveryState{8, {}});
    CHECK(store->delivery_state(session_key("tenant-b"), "endpoint")->sequence == 1);
    auto const reader = store->reader(a);
    CHECK(reader->read(static_cast<RecordKind>(2), "alice.0") == to_bytes("ratchet"));
    CHECK(reader->outbox().size() == 1);
    ByteArray<32> hash;
    hash.fill(9);
    CHECK(reader->was_seen(hash));
    hash.fill(7);
    CHECK(reader->find_idempotency(hash));
    CHECK(store->api_keys().size() == 1);
    CHECK(store->messages_by_id(a, MessageId{"M1"}).size() == 1);

    commit_wait(*store, a, event_unit({status_event("later")})).value();
    CHECK(store->last_position(a.tenant) == 6);
    CHECK(store->last_sequence(a) == 10);
    // Bytes of the old events are counted too: without them all would go negative.
    store->erase_session(a).value();
    store->erase_session(session_key("tenant-a", "second")).value();
    CHECK(store->last_position(a.tenant) == 6);
}

TEST_CASE("messages and names of the third version become chats and contacts, one per person", "[storage]")
{
    TempDir directory;
    {
        OldDatabase old{directory / "wagate.db", 3};
        old.add_tenants();
        auto const message = [&](std::string const& chat, std::string const& id, int milliseconds) {
            auto stored = text_message("100", id, "hello", start_time + Milliseconds{milliseconds});
            stored.chat = Jid::parse(chat).value();
            old.run("INSERT INTO message VALUES (1, 3, " +
                        std::to_string(unix_milliseconds(stored.timestamp)) + ", 1, '" + chat + "', '" + id +
                        "', 0, 0, 1, ?1)",
                    serialize(stored));
        };
        message("100@s.whatsapp.net", "M1", 1);
        message("77@lid", "M2", 2);
        message("200@s.whatsapp.net", "M3", 3);
        message("status@broadcast", "M4", 4);
        old.run("INSERT INTO record VALUES (1, 3, 8, '100', ?1)", to_bytes("77"));
        old.run("INSERT INTO record VALUES (1, 3, 9, '77', ?1)", to_bytes("100"));
        old.run("INSERT INTO record VALUES (1, 3, 11, '77@lid', ?1)", to_bytes("Ann"));
        old.run("INSERT INTO record VALUES (2, 5, 8, '200', ?1)", to_bytes("78"));
    }
    auto const store = open_at(directory / "wagate.db");
    auto const a = session_key("tenant-a");
    auto const chats = store->chats(a, {});
    REQUIRE(chats.size() == 2);
    CHECK(chats[0].chat.jid == Jid::phone("200"));
    CHECK(chats[1].chat.jid == Jid::hidden("77"));
    CHECK(chats[1].chat.phone == Jid::phone("100"));
    CHECK(chats[1].chat.last_activity == start_time + Milliseconds{2});
    CHECK(chats[1].chat.unread == 0);
    CHECK(chats[1].contact.value().push_name == "Ann");
    CHECK(store->contacts(session_key("tenant-b"), {}).empty());
    CHECK(store->reader(a)->newest_messages(Jid::phone("100"), 5).size() == 2);
}
