#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

using namespace wagate;
using namespace wagate::test;
using storage::StoreErrc;

namespace {

/// Rows left in a table, counted behind the store's back.
std::int64_t count_rows(std::filesystem::path const& file, std::string const& table)
{
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &handle) == SQLITE_OK);
    sqlite3_stmt* statement = nullptr;
    REQUIRE(sqlite3_prepare_v2(handle, ("SELECT count(*) FROM " + table).c_str(), -1, &statement, nullptr) ==
            SQLITE_OK);
    REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
    auto const count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return count;
}

} // namespace

TEST_CASE_METHOD(StoreFixture, "a session row keeps what it was given", "[storage]")
{
    storage::SessionRow row = session_row(session_key("tenant-a", "second"));
    row.config_json = R"({"webhooks":[]})";
    row.should_run = true;
    row.last_status = SessionStatus::failed;
    row.updated = start_time + std::chrono::milliseconds{7};
    store->insert_session(row).value();
    reopen();
    auto const found = store->session(row.key);
    REQUIRE(found);
    CHECK(found->key == row.key);
    CHECK(found->config_json == row.config_json);
    CHECK(found->should_run);
    CHECK(found->last_status == SessionStatus::failed);
    CHECK(found->created == row.created);
    CHECK(found->updated == row.updated);
    CHECK(store->all_sessions().size() == 3);
}

TEST_CASE_METHOD(StoreFixture, "session rows refuse duplicates, strangers and unknown tenants", "[storage]")
{
    CHECK(store->insert_session(session_row(a)).error() == StoreErrc::already_exists);
    CHECK(store->insert_session(session_row(session_key("nobody"))).error() == StoreErrc::not_found);
    CHECK(store->update_session(session_row(session_key("tenant-a", "none"))).error() ==
          StoreErrc::not_found);
    CHECK(store->erase_session(session_key("tenant-a", "none")).error() == StoreErrc::not_found);
}

TEST_CASE_METHOD(StoreFixture, "a unit for a session that does not exist is refused and harms nobody",
                 "[storage]")
{
    CHECK(commit_wait(*store, session_key("tenant-a", "none"), record_unit("k", "v")).error() ==
          StoreErrc::not_found);
    CHECK(commit_wait(*store, a, record_unit("k", "v")));
}

TEST_CASE_METHOD(StoreFixture, "an erased session leaves nothing behind and its name starts anew",
                 "[storage]")
{
    auto const old_reader = store->reader(a);
    for (int step = 0; step < 3; ++step) {
        auto unit = record_unit("k" + std::to_string(step), "secret");
        for (int i = 0; i < 400; ++i) {
            auto const id = std::to_string(step) + "-" + std::to_string(i);
            unit.messages.push_back(text_message("100", id, "x"));
            unit.events.push_back(status_event(id));
            ByteArray<32> hash{};
            hash[0] = static_cast<std::uint8_t>(step);
            hash[1] = static_cast<std::uint8_t>(i);
            hash[2] = static_cast<std::uint8_t>(i >> 8);
            unit.seen.push_back(hash);
            unit.idempotency.push_back({{hash, {}}, Jid::phone("100"), MessageId{id}});
        }
        unit.outbox_put.push_back({MessageId{"OUT"}, Jid::phone("100"), {}, start_time});
        for (int i = 0; i < 400; ++i)
            unit.waiting_put.push_back(waiting_stanza(std::to_string(step) + "-" + std::to_string(i)));
        commit(a, std::move(unit));
        auto delivered = delivered_until(1);
        for (std::uint64_t i = 0; i < 400; ++i)
            delivered.dead_letters.push_back(dead_letter("endpoint", i));
        save_delivery_wait(*store, a, "endpoint", std::move(delivered)).value();
    }

    store->erase_session(a).value();

    for (auto const* table : {"record", "message", "event", "seen", "idempotency", "outbox", "delivery",
                              "waiting", "dead_letter", "erased_session", "tenant_log WHERE bytes <> 0"}) {
        CAPTURE(table);
        CHECK(count_rows(directory / "wagate.db", table) == 0);
    }
    CHECK_FALSE(store->session(a));
    store->insert_session(session_row(a)).value();
    CHECK(record(a, "k0") == std::nullopt);
    CHECK(store->last_sequence(a) == 0);
    commit(a, record_unit("k0", "new"));
    CHECK(old_reader->read(RecordKind::signal_session, "k0") == std::nullopt);
    CHECK(record(a, "k0") == "new");
}

TEST_CASE_METHOD(StoreFixture, "tenants are made once and listed", "[storage]")
{
    store->ensure_tenant(a.tenant).value();
    CHECK(store->tenants() == std::vector{a.tenant, b.tenant});
}

TEST_CASE_METHOD(StoreFixture, "API keys are unique by id in a tenant and by hash everywhere", "[storage]")
{
    storage::ApiKeyRow key{"key_1", a.tenant, {}, true, start_time};
    key.hash[0] = 1;
    store->insert_api_key(key).value();

    auto same_id = key;
    same_id.hash[0] = 2;
    CHECK(store->insert_api_key(same_id).error() == StoreErrc::already_exists);
    auto same_hash = key;
    same_hash.tenant = b.tenant;
    CHECK(store->insert_api_key(same_hash).error() == StoreErrc::already_exists);
    auto of_nobody = key;
    of_nobody.tenant = TenantId{"nobody"};
    CHECK(store->insert_api_key(of_nobody).error() == StoreErrc::not_found);

    reopen();
    auto const found = store->api_keys();
    REQUIRE(found.size() == 1);
    CHECK(found[0].id == key.id);
    CHECK(found[0].tenant == key.tenant);
    CHECK(found[0].hash == key.hash);
    CHECK(found[0].is_admin);
    CHECK(found[0].created == key.created);
    store->erase_api_key(a.tenant, "key_1").value();
    CHECK(store->api_keys().empty());
}
