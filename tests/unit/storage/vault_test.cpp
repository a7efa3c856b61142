#include "storage/schema/schema.hpp"
#include "storage/sealed_store.hpp"
#include "storage/vault/envelope.hpp"
#include "storage/vault/master_key.hpp"
#include "storage/vault/row_name.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>
#include <sqlite3.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>

using namespace wagate;
using namespace wagate::test;
using namespace wagate::storage::vault;
using storage::StoreErrc;
using storage::VaultErrc;

namespace {

constexpr std::string_view canary = "canary-7f3a9c51";

/// A store whose keys are at hand.
struct VaultFixture : StoreFixture {
    storage::KeyDesk* keys = nullptr;

    VaultFixture() { reopen(); }
    void open()
    {
        storage::StoreOptions options;
        options.file = directory / "wagate.db";
        auto opened = storage::open_sealed_store(std::move(options), {}).value();
        store = std::move(opened.store);
        keys = opened.keys;
    }
    void reopen()
    {
        store.reset();
        open();
    }
};

std::string contents(std::filesystem::path const& file)
{
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

/// Of the database and its log.
std::string files_of(VaultFixture const& fixture)
{
    auto const file = (fixture.directory / "wagate.db").string();
    return contents(file) + contents(file + "-wal");
}

/// Runs SQL on a database file behind the store's back; the rows' first columns as text.
std::vector<std::string> run_sql(std::filesystem::path const& file, std::string const& sql)
{
    std::vector<std::string> found;
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &handle) == SQLITE_OK);
    auto const take = [](void* into, int count, char** values, char**) {
        static_cast<std::vector<std::string>*>(into)->emplace_back(count > 0 && values[0] ? values[0] : "");
        return 0;
    };
    REQUIRE(sqlite3_exec(handle, sql.c_str(), take, &found, nullptr) == SQLITE_OK);
    sqlite3_close(handle);
    return found;
}

void tamper(VaultFixture& fixture, std::string const& sql)
{
    fixture.store.reset();
    run_sql(fixture.directory / "wagate.db", sql);
    fixture.open();
}

/// What reading throws.
template <class Read>
ErrorCode error_of(Read read)
{
    try {
        read();
    } catch (boost::system::system_error const& failure) {
        return failure.code();
    }
    return {};
}

UnitOfWork full_unit(std::string const& number)
{
    auto const text = std::string{canary} + number;
    auto unit = record_unit("alice.0", text);
    unit.records[{RecordKind::privacy_token, "100@s.whatsapp.net"}] = to_bytes(text);
    unit.messages.push_back(text_message("100", "M" + number, text));
    unit.events = {status_event(text)};
    unit.outbox_put.push_back({MessageId{"OUT" + number}, Jid::phone("100"), to_bytes(text), start_time});
    unit.waiting_put.push_back({"key" + number, to_bytes(text), 1, MessageId{"R"}, start_time});
    return unit;
}

storage::DeliveryUpdate delivery_of(std::string_view text)
{
    auto update = delivered_until(1, text);
    auto letter = dead_letter("endpoint", 1);
    letter.url = "https://example.org/" + std::string{text};
    letter.error = text;
    letter.event = status_event(text);
    update.dead_letters.push_back(letter);
    return update;
}

void write_everything(VaultFixture& fixture, std::string const& number = "1")
{
    fixture.commit(fixture.a, full_unit(number));
    save_delivery_wait(*fixture.store, fixture.a, "endpoint", delivery_of(canary)).value();
    auto row = session_row(fixture.a);
    row.config_json = "{\"proxy\":\"" + std::string{canary} + "\"}";
    fixture.store->update_session(row).value();
    fixture.store->put_app({fixture.a, "app", "calls", row.config_json, true}).value();
}

void check_everything(VaultFixture& fixture, std::string const& number = "1")
{
    auto const text = std::string{canary} + number;
    auto& store = *fixture.store;
    auto const reader = store.reader(fixture.a);
    CHECK(fixture.record(fixture.a, "alice.0") == text);
    CHECK(reader->read(RecordKind::privacy_token, "100@s.whatsapp.net") == to_bytes(text));
    CHECK(store.messages_by_id(fixture.a, MessageId{"M" + number}).at(0).body == text);
    CHECK(store.events_after(fixture.a, 0, 1).at(0).event == status_event(std::string{canary} + "1"));
    CHECK(store.outbox_entry(fixture.a, MessageId{"OUT" + number}).value().stanza == to_bytes(text));
    CHECK(reader->find_waiting("key" + number).value().stanza == to_bytes(text));
    CHECK(store.delivery_state(fixture.a, "endpoint").value().details == to_bytes(canary));
    auto const letters = store.dead_letters(fixture.a.tenant, {});
    REQUIRE(letters.size() == 1);
    CHECK(letters[0].url == "https://example.org/" + std::string{canary});
    CHECK(letters[0].error == canary);
    CHECK(letters[0].event == status_event(canary));
    auto const config = "{\"proxy\":\"" + std::string{canary} + "\"}";
    CHECK(store.session(fixture.a).value().config_json == config);
    CHECK(store.all_apps().at(0).config_json == config);
}

storage::TenantKeyState wait_for_single_version(VaultFixture& fixture)
{
    for (int i = 0; i < 2'000; ++i) {
        auto state = fixture.keys->tenant_key_state(fixture.a.tenant).value();
        if (state.versions.size() == 1) return state;
        std::this_thread::sleep_for(Milliseconds{5});
    }
    FAIL("the old version stays");
    return {};
}

} // namespace

TEST_CASE("a sealed value opens only with its key, its name and unchanged", "[storage][vault]")
{
    auto const key = LockedKey::random();
    RowName const name{Table::record, storage::TenantNumber{1}, 2, 3, std::string_view{"alice.0"}};
    auto const sealed = seal_envelope(key, 7, name.bytes(), view(canary));
    CHECK(sealed.size() == canary.size() + envelope_overhead_bytes);
    CHECK(version_of(sealed) == 7);
    CHECK(open_envelope(key, name.bytes(), sealed) == to_bytes(canary));
    CHECK(seal_envelope(key, 7, name.bytes(), view(canary)) != sealed);

    CHECK_FALSE(open_envelope(LockedKey::random(), name.bytes(), sealed).has_value());
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        auto changed = sealed;
        changed[i] ^= 1;
        CHECK_FALSE(open_envelope(key, name.bytes(), changed).has_value());
    }
    for (std::size_t size = 0; size < sealed.size(); ++size)
        CHECK_FALSE(open_envelope(key, name.bytes(), ByteView{sealed}.first(size)).has_value());
}

TEST_CASE("no two rows have the same name", "[storage][vault]")
{
    storage::TenantNumber const tenant{1};
    std::set<Bytes> names;
    auto const add = [&](RowName const& name) { names.insert(to_bytes(name.bytes())); };
    add({Table::outbox, tenant, 2, std::string{"a"}});
    add({Table::waiting, tenant, 2, std::string{"a"}});
    add({Table::outbox, storage::TenantNumber{2}, 1, std::string{"a"}});
    add({Table::outbox, tenant, 2, std::string{"ab"}});
    add({Table::outbox, tenant, 2, std::string{"a"}, std::string{"b"}});
    add({Table::outbox, tenant, 2});
    add({Table::outbox, tenant, 2, 0});
    add(RowName{Table::outbox, tenant, 2}.column(1));
    add(RowName{Table::outbox, tenant, 2}.column(2));
    CHECK(names.size() == 9);
}

TEST_CASE("a master key is read in base64, in hexadecimal digits and as it is, and nothing else",
          "[storage][vault]")
{
    auto const hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    auto const base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    auto const id = MasterKey::parse(hex).value().id();
    CHECK(id.size() == 16);
    CHECK(MasterKey::parse(std::string{base64} + "\n").value().id() == id);
    CHECK(MasterKey::random().id() != id);
    for (auto const* wrong : {"", "abc", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==", "not a key at all"})
        CHECK(MasterKey::parse(wrong).error() == VaultErrc::bad_master_key);
    TempDir directory;
    auto const key = MasterKey::random();
    key.write(directory / "key").value();
    CHECK(MasterKey::read(directory / "key").value().id() == key.id());
    struct stat found{};
    REQUIRE(::stat((directory / "key").c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
    CHECK(MasterKey::read(directory / "absent").error() == std::errc::no_such_file_or_directory);
}

TEST_CASE("nothing secret stands in the files, and all of it is there after reopening", "[storage][vault]")
{
    VaultFixture fixture;
    write_everything(fixture);
    check_everything(fixture);
    CHECK(files_of(fixture).find(canary) == std::string::npos);
    fixture.reopen();
    CHECK(files_of(fixture).find(canary) == std::string::npos);
    check_everything(fixture);
    CHECK(fixture.keys->verify().empty());
}

TEST_CASE("a value in the place of another one does not open", "[storage][vault]")
{
    VaultFixture fixture;
    auto unit = record_unit("alice.0", "one");
    unit.records[{RecordKind::privacy_token, "1"}] = to_bytes("first");
    unit.records[{RecordKind::privacy_token, "2"}] = to_bytes("second");
    unit.messages = {text_message("100", "M1", "one"),
                     text_message("100", "M2", "two", start_time + Milliseconds{1})};
    fixture.commit(fixture.a, std::move(unit));
    fixture.commit(fixture.b, record_unit("alice.0", "other"));
    SECTION("of the same table")
    {
        tamper(fixture, "UPDATE record SET value = (SELECT value FROM record WHERE kind = 18 AND key = '2') "
                        "WHERE kind = 18 AND key = '1'");
        auto const reader = fixture.store->reader(fixture.a);
        CHECK(error_of([&] { reader->read(RecordKind::privacy_token, "1"); }) == VaultErrc::tampered);
        CHECK(reader->read(RecordKind::privacy_token, "2") == to_bytes("second"));
    }
    SECTION("of another tenant")
    {
        tamper(fixture,
               "UPDATE session SET config = (SELECT config FROM session ORDER BY tenant DESC LIMIT 1)");
        CHECK(error_of([&] { fixture.store->session(fixture.a); }) == VaultErrc::tampered);
        CHECK(fixture.store->session(fixture.b).has_value());
        for (auto const& row : fixture.store->all_sessions())
            CHECK(row.config_json.empty() == (row.key == fixture.a));
    }
    SECTION("messages")
    {
        tamper(fixture, "UPDATE message SET value = (SELECT value FROM message WHERE id = 'M2')");
        CHECK(error_of([&] { fixture.store->messages(fixture.a, {}); }) == VaultErrc::tampered);
        auto const damage = fixture.keys->verify();
        REQUIRE(damage.size() == 1);
        CHECK(damage[0].what == "message");
        CHECK(damage[0].error == VaultErrc::tampered);
    }
}

TEST_CASE("a key that is put back, taken away or put in again is noticed", "[storage][vault]")
{
    VaultFixture fixture;
    fixture.commit(fixture.a, record_unit("alice.0", "old"));
    fixture.commit(fixture.a, record_unit("bob.0", "kept"));
    fixture.commit(fixture.b, record_unit("alice.0", "other"));
    fixture.store.reset();
    auto const file = fixture.directory / "wagate.db";
    run_sql(file, "CREATE TABLE before AS SELECT * FROM record");
    fixture.open();
    fixture.commit(fixture.a, record_unit("alice.0", "new"));
    SECTION("nothing is wrong")
    {
        fixture.reopen();
        CHECK(fixture.record(fixture.a, "alice.0") == "new");
        CHECK(fixture.keys->verify().empty());
        return;
    }
    SECTION("put back")
    {
        tamper(fixture,
               "UPDATE record SET value = before.value FROM before WHERE before.tenant = record.tenant AND "
               "before.session = record.session AND before.kind = record.kind AND before.key = record.key");
    }
    SECTION("taken away")
    {
        tamper(fixture, "DELETE FROM record WHERE key = 'bob.0'");
    }
    SECTION("put in again")
    {
        UnitOfWork gone;
        gone.records[{RecordKind::signal_session, "bob.0"}] = std::nullopt;
        fixture.commit(fixture.a, std::move(gone));
        tamper(fixture, "INSERT INTO record SELECT * FROM before WHERE key = 'bob.0'");
    }
    SECTION("after a logout")
    {
        UnitOfWork logout;
        logout.wipe_credentials = true;
        fixture.commit(fixture.a, std::move(logout));
        tamper(fixture, "INSERT OR REPLACE INTO record SELECT * FROM before");
    }
    CHECK(error_of([&] { fixture.record(fixture.a, "alice.0"); }) == VaultErrc::rolled_back);
    CHECK(fixture.record(fixture.b, "alice.0") == "other");
    auto const damage = fixture.keys->verify();
    REQUIRE(damage.size() == 1);
    CHECK(damage[0].session == fixture.a);
    CHECK(damage[0].error == VaultErrc::rolled_back);
}

TEST_CASE("a changed value that the writer reads ends its session's writing, and nobody else's",
          "[storage][vault]")
{
    VaultFixture fixture;
    auto unit = record_unit("alice.0", "one");
    unit.records[{RecordKind::lid_of_phone, "100"}] = to_bytes("900");
    fixture.commit(fixture.a, std::move(unit));
    tamper(fixture, "UPDATE record SET value = zeroblob(60) WHERE key = '100'");
    std::vector<std::optional<Result<void>>> outcomes(5);
    std::atomic<std::size_t> told = 0;
    auto const commit = [&](std::size_t place, SessionKey const& session, UnitOfWork work) {
        fixture.store->commit(session, std::move(work), [&, place](Result<void> outcome) {
            outcomes[place] = outcome;
            ++told;
        });
    };
    auto const forgetting = [](char const* id) {
        UnitOfWork work;
        work.messages_removed.push_back({Jid::phone("100"), MessageId{id}});
        return work;
    };
    commit(0, fixture.a, record_unit("bob.0", "before"));
    commit(1, fixture.b, forgetting("M1"));
    commit(2, fixture.a, forgetting("M1"));
    // What comes after the refused unit must not be there without it.
    commit(3, fixture.a, record_unit("bob.0", "after"));
    commit(4, fixture.b, record_unit("bob.0", "after"));
    while (told < outcomes.size())
        std::this_thread::sleep_for(Milliseconds{1});
    // It was durable before, or is refused with those of its session that came in the same batch.
    auto const before = outcomes[0]->has_value() ? std::optional<std::string>("before") : std::nullopt;
    if (!before) CHECK(outcomes[0]->error() == VaultErrc::tampered);
    CHECK(outcomes[1]->has_value());
    CHECK(outcomes[2]->error() == VaultErrc::tampered);
    CHECK(outcomes[3]->error() == VaultErrc::tampered);
    CHECK(outcomes[4]->has_value());
    CHECK(fixture.record(fixture.a, "bob.0") == before);
    CHECK(fixture.record(fixture.b, "bob.0") == "after");
    CHECK(commit_wait(*fixture.store, fixture.a, record_unit("bob.0", "later")).error() ==
          VaultErrc::tampered);
    CHECK(commit_wait(*fixture.store, fixture.b, record_unit("bob.0", "later")).has_value());
}

TEST_CASE("without its master key a database stays sealed and as it is", "[storage][vault]")
{
    VaultFixture fixture;
    write_everything(fixture);
    auto const id = fixture.keys->master_key_id();
    fixture.store.reset();
    auto const before = files_of(fixture);
    auto const key_file = fixture.directory / "master.key";
    auto const kept = fixture.directory / "kept.key";
    std::filesystem::rename(key_file, kept);
    storage::SealedFacts told;
    storage::StoreOptions where;
    where.file = fixture.directory / "wagate.db";
    storage::VaultOptions options;
    options.on_sealed = [&](storage::SealedFacts const& facts) { told = facts; };
    bool is_made = false;
    options.on_key_made = [&](auto const&, auto const&) { is_made = true; };
    SECTION("lost")
    {
        CHECK(storage::open_sealed_store(where, options).error() == VaultErrc::sealed);
        CHECK(told.found_key.empty());
        CHECK_FALSE(std::filesystem::exists(key_file));
    }
    SECTION("another one")
    {
        auto const other = MasterKey::random();
        other.write(key_file).value();
        CHECK(storage::open_sealed_store(where, options).error() == VaultErrc::sealed);
        CHECK(told.found_key == other.id());
    }
    SECTION("no key at all")
    {
        std::ofstream{key_file} << "nonsense";
        CHECK(storage::open_sealed_store(where, options).error() == VaultErrc::sealed);
    }
    CHECK(told.wanted_key == id);
    CHECK_FALSE(is_made);
    CHECK(files_of(fixture) == before);
    std::filesystem::rename(kept, key_file);
    fixture.open();
    check_everything(fixture);
}

TEST_CASE("the first start makes a key, and a key from elsewhere is used as it is", "[storage][vault]")
{
    TempDir directory;
    storage::StoreOptions where;
    where.file = directory / "data/wagate.db";
    storage::VaultOptions options;
    std::string made;
    options.on_key_made = [&](std::filesystem::path const& file, std::string const& id) {
        CHECK(file == directory / "data/master.key");
        made = id;
    };
    SECTION("a file")
    {
        auto store = storage::open_sealed_store(where, options).value();
        CHECK(store.keys->master_key_id() == made);
        CHECK(MasterKey::read(directory / "data/master.key").value().id() == made);
        store.store.reset();
        made.clear();
        store = storage::open_sealed_store(where, options).value();
        CHECK(made.empty());
    }
    SECTION("given")
    {
        options.master_key.given = std::make_shared<MasterKey const>(MasterKey::random());
        auto const store = storage::open_sealed_store(where, options).value();
        CHECK(store.keys->master_key_id() == options.master_key.given->id());
        CHECK(made.empty());
        CHECK_FALSE(std::filesystem::exists(directory / "data/master.key"));
        CHECK(store.keys->rotate_master_key().error() == VaultErrc::bad_master_key);
    }
}

TEST_CASE("another master key is taken while running, and at any moment one of the files opens",
          "[storage][vault]")
{
    VaultFixture fixture;
    write_everything(fixture);
    auto const key_file = fixture.directory / "master.key";
    auto const unfinished = fixture.directory / "master.key.new";
    auto const old_id = fixture.keys->master_key_id();
    auto const old_key = contents(key_file);
    auto const id = fixture.keys->rotate_master_key().value();
    CHECK(id != old_id);
    CHECK(fixture.keys->master_key_id() == id);
    check_everything(fixture);
    SECTION("afterwards")
    {
        CHECK_FALSE(std::filesystem::exists(unfinished));
    }
    SECTION("killed before the files were renamed")
    {
        fixture.store.reset();
        std::filesystem::rename(key_file, unfinished);
        std::ofstream{key_file} << old_key;
    }
    SECTION("killed before the database was changed")
    {
        fixture.store.reset();
        MasterKey::random().write(unfinished).value();
    }
    fixture.reopen();
    CHECK(fixture.keys->master_key_id() == id);
    CHECK(MasterKey::read(key_file).value().id() == id);
    CHECK_FALSE(std::filesystem::exists(unfinished));
    check_everything(fixture);
    fixture.store->ensure_tenant(TenantId{"later"}).value();
    fixture.reopen();
    CHECK(fixture.keys->verify().empty());
}

TEST_CASE("a tenant's key is replaced under load, nothing is lost, and the old one is gone",
          "[storage][vault]")
{
    VaultFixture fixture;
    write_everything(fixture);
    constexpr int count = 600;
    for (int i = 0; i < count; ++i)
        fixture.store->commit(fixture.a, record_unit("person" + std::to_string(i) + ".0", "x"), {});
    auto const wrapped = [&] {
        return run_sql(fixture.directory / "wagate.db", "SELECT hex(wrapped) FROM tenant_key ORDER BY tenant")
            .at(0);
    };
    auto const old_wrapped = wrapped();
    fixture.keys->rotate_tenant_key(fixture.a.tenant).value();
    for (int i = 0; i < count; ++i)
        fixture.store->commit(fixture.a, record_unit("late" + std::to_string(i) + ".0", "y"), {});
    SECTION("closed in the middle")
    {
        fixture.reopen();
    }
    auto const state = wait_for_single_version(fixture);
    CHECK(state.versions[0].number == 2);
    CHECK(state.old_records == 0);
    CHECK(wrapped() != old_wrapped);
    fixture.reopen();
    check_everything(fixture);
    for (int i = 0; i < count; ++i) {
        CHECK(fixture.record(fixture.a, "person" + std::to_string(i) + ".0") == "x");
        CHECK(fixture.record(fixture.a, "late" + std::to_string(i) + ".0") == "y");
    }
    CHECK(fixture.keys->verify().empty());
    CHECK(run_sql(fixture.directory / "wagate.db",
                  "SELECT count(*) FROM record WHERE hex(substr(value, 2, 4)) = "
                  "'00000001' AND tenant = (SELECT min(tenant) FROM tenant)")
              .at(0) == "0");
}

TEST_CASE("a destroyed key is in no file, and nothing of its tenant opens", "[storage][vault]")
{
    VaultFixture fixture;
    write_everything(fixture);
    fixture.commit(fixture.b, record_unit("alice.0", "other"));
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open((fixture.directory / "wagate.db").c_str(), &handle) == SQLITE_OK);
    sqlite3_stmt* statement = nullptr;
    REQUIRE(sqlite3_prepare_v2(handle, "SELECT wrapped FROM tenant_key ORDER BY tenant", -1, &statement,
                               nullptr) == SQLITE_OK);
    REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
    std::string const key{static_cast<char const*>(sqlite3_column_blob(statement, 0)),
                          static_cast<std::size_t>(sqlite3_column_bytes(statement, 0))};
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    CHECK(files_of(fixture).find(key) != std::string::npos);

    fixture.keys->destroy_tenant_key(fixture.a.tenant).value();

    CHECK(files_of(fixture).find(key) == std::string::npos);
    CHECK(error_of([&] { fixture.store->messages(fixture.a, {}); }) == VaultErrc::no_key);
    CHECK(error_of([&] { fixture.store->session(fixture.a); }) == VaultErrc::no_key);
    CHECK(commit_wait(*fixture.store, fixture.a, record_unit("alice.0", "x")).error() ==
          StoreErrc::not_found);
    CHECK(fixture.record(fixture.b, "alice.0") == "other");
    fixture.reopen();
    CHECK(error_of([&] { fixture.store->messages(fixture.a, {}); }) == VaultErrc::no_key);
    CHECK(fixture.record(fixture.b, "alice.0") == "other");
}

TEST_CASE("server secrets are made once, or adopted, and sealed", "[storage][vault]")
{
    VaultFixture fixture;
    auto const made = fixture.keys->server_secret("one", 32, {}).value();
    CHECK(made.reveal().size() == 32);
    auto const adopted = fixture.keys->server_secret("two", 32, to_bytes(canary)).value();
    CHECK(adopted.reveal() == to_bytes(canary));
    CHECK(files_of(fixture).find(canary) == std::string::npos);
    fixture.keys->rotate_master_key().value();
    fixture.reopen();
    CHECK(fixture.keys->server_secret("one", 32, {}).value().reveal() == made.reveal());
    CHECK(fixture.keys->server_secret("two", 32, {}).value().reveal() == to_bytes(canary));
    CHECK(fixture.keys->keyed_hash({}) != ByteArray<32>{});
}

namespace {

/// What the version before left, with `count` messages and everything else once.
void make_plain_database(std::filesystem::path const& file, int count)
{
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &handle) == SQLITE_OK);
    auto const run = [&](std::string const& sql) {
        REQUIRE(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    };
    auto const run_with = [&](std::string const& sql, Bytes const& value) {
        sqlite3_stmt* statement = nullptr;
        REQUIRE(sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
        sqlite3_bind_blob64(statement, 1, value.data(), value.size(), SQLITE_STATIC);
        REQUIRE(sqlite3_step(statement) == SQLITE_DONE);
        sqlite3_finalize(statement);
    };
    constexpr std::size_t last_plain_version = 7;
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA application_id = " + std::to_string(storage::application_id));
    for (std::size_t i = 0; i < last_plain_version; ++i)
        run(storage::migrations()[i]);
    run("PRAGMA user_version = " + std::to_string(last_plain_version));
    run("BEGIN");
    std::string const text{canary};
    auto const config = "{\"proxy\":\"" + text + "\"}";
    run("INSERT INTO tenant VALUES (1, 'tenant-a')");
    run("INSERT INTO session VALUES (1, 3, 'main', '" + config + "', 1, 0, 0, 0)");
    run("UPDATE next_number SET value = 6");
    run("INSERT INTO app VALUES (1, 3, 'app', 'calls', '" + config + "', 1)");
    run_with("INSERT INTO record VALUES (1, 3, 2, 'alice.0', ?1)", to_bytes(text + "1"));
    run_with("INSERT INTO record VALUES (1, 3, 18, '100@s.whatsapp.net', ?1)", to_bytes(text + "1"));
    run_with("INSERT INTO outbox VALUES (1, 3, 'OUT1', 1, '100@s.whatsapp.net', 0, ?1)",
             to_bytes(text + "1"));
    run_with("INSERT INTO waiting VALUES (1, 3, 'key1', 1, ?1, 1, 'R', 0)", to_bytes(text + "1"));
    run_with("INSERT INTO delivery VALUES (1, 3, 'endpoint', 1, ?1)", to_bytes(text));
    auto const event = serialize(status_event(text + "1"));
    run_with("INSERT INTO event (tenant, session, sequence, position, id, time, value) "
             "VALUES (1, 3, 1, 1, 'evt_1', 0, ?1)",
             event);
    run("INSERT INTO tenant_log VALUES (1, 1, 1, " + std::to_string(event.size() + 300) + ")");
    run_with("INSERT INTO dead_letter VALUES (1, 1, 3, 'endpoint', 'https://example.org/" + text +
                 "', 1, 'evt_1', 'x', 0, 1, 500, 'gone', '" + text + "', ?1, 300)",
             serialize(status_event(text)));
    run_with("INSERT INTO api_key VALUES (1, 'key_1', ?1, 0, 0, NULL, NULL, 1, NULL, '')", Bytes(32, 1));
    for (int i = 1; i <= count; ++i) {
        auto const id = "M" + std::to_string(i);
        auto const message = text_message("100", id, text + std::to_string(i));
        run_with("INSERT INTO message VALUES (1, 3, " + std::to_string(unix_milliseconds(start_time)) + ", " +
                     std::to_string(i) + ", '" + message.chat.to_string() + "', '" + id + "', 0, 0, 1, ?1)",
                 serialize(message));
    }
    run("COMMIT");
    sqlite3_close(handle);
}

struct PlainFixture : VaultFixture {
    explicit PlainFixture(int count)
    {
        store.reset();
        for (auto const* name : {"wagate.db", "wagate.db-wal", "wagate.db-shm"})
            std::filesystem::remove(directory / name);
        make_plain_database(directory / "wagate.db", count);
    }
};

} // namespace

TEST_CASE("what the version before left in plain is sealed, and gone from the files", "[storage][vault]")
{
    PlainFixture fixture{300};
    CHECK(files_of(fixture).find(canary) != std::string::npos);
    fixture.open();
    CHECK(files_of(fixture).find(canary) == std::string::npos);
    check_everything(fixture);
    CHECK(fixture.keys->verify().empty());
    REQUIRE(fixture.store->api_keys().size() == 1);
    ByteArray<32> hash{};
    hash.fill(1);
    CHECK(fixture.store->api_keys()[0].hash == fixture.keys->keyed_hash(hash));
    CHECK(fixture.store->messages_by_id(fixture.a, MessageId{"M300"}).at(0).body ==
          std::string{canary} + "300");
    fixture.reopen();
    check_everything(fixture);
    CHECK(files_of(fixture).find(canary) == std::string::npos);
    // What is counted per tenant goes down to nothing with the last event.
    fixture.store->erase_session(fixture.a).value();
    fixture.store.reset();
    CHECK(run_sql(fixture.directory / "wagate.db", "SELECT bytes FROM tenant_log").at(0) == "0");
}

TEST_CASE("the sealing of a plain database goes on after a kill at any point", "[storage][vault][crash]")
{
    constexpr int count = 4'000;
    PlainFixture fixture{count};
    for (int run = 0; run < 12; ++run) {
        auto const child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            storage::StoreOptions options;
            options.file = fixture.directory / "wagate.db";
            auto const opened = storage::open_store(std::move(options));
            ::_exit(opened.has_value() ? 0 : 1);
        }
        std::this_thread::sleep_for(Milliseconds{4 + 9 * run});
        ::kill(child, SIGKILL);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE((WIFSIGNALED(status) || WEXITSTATUS(status) == 0));
    }
    fixture.open();
    CHECK(files_of(fixture).find(canary) == std::string::npos);
    check_everything(fixture);
    for (int i = 1; i <= count; i += 97) {
        auto const number = std::to_string(i);
        CHECK(fixture.store->messages_by_id(fixture.a, MessageId{"M" + number}).at(0).body ==
              std::string{canary} + number);
    }
    ByteArray<32> hash{};
    hash.fill(1);
    CHECK(fixture.store->api_keys().at(0).hash == fixture.keys->keyed_hash(hash));
    CHECK(fixture.keys->verify().empty());
}
