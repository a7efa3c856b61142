#include "tests/unit/storage/count_rows.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::test;
using storage::StoreErrc;

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

TEST_CASE_METHOD(StoreFixture, "an API key keeps its limits, and they can be changed", "[storage]")
{
    storage::ApiKeyRow key{"key_1", a.tenant, {}, false, start_time};
    key.hash[0] = 1;
    key.session = a.name;
    key.actions = std::uint8_t{5};
    key.active = false;
    key.expires = start_time + std::chrono::hours{1};
    key.hint = "1f2e";
    CHECK(store->update_api_key(key).error() == StoreErrc::not_found);
    store->insert_api_key(key).value();
    auto other = key;
    other.id = "key_2";
    other.hash[0] = 2;
    store->insert_api_key(other).value();
    other.hash[0] = 1;
    CHECK(store->update_api_key(other).error() == StoreErrc::already_exists);

    reopen();
    auto const found = store->api_keys();
    REQUIRE(found.size() == 2);
    CHECK(found[0].session == key.session);
    CHECK(found[0].actions == key.actions);
    CHECK_FALSE(found[0].active);
    CHECK(found[0].expires == key.expires);
    CHECK(found[0].hint == key.hint);

    auto changed = found[0];
    changed.session.reset();
    changed.actions.reset();
    changed.expires.reset();
    changed.active = true;
    store->update_api_key(changed).value();
    auto const after = store->api_keys();
    CHECK_FALSE(after[0].session);
    CHECK_FALSE(after[0].actions);
    CHECK_FALSE(after[0].expires);
    CHECK(after[0].active);
    CHECK(after[1].session == key.session);
}

TEST_CASE_METHOD(StoreFixture, "apps belong to a session and go with it", "[storage]")
{
    storage::AppRow app{a, "app-1", "calls", R"({"dm":{}})", true};
    store->put_app(app).value();
    app.enabled = false;
    store->put_app(app).value();
    auto elsewhere = app;
    elsewhere.session = b;
    store->put_app(elsewhere).value(); // an id is a tenant's own
    auto of_nobody = app;
    of_nobody.session.name = SessionName{"nobody"};
    CHECK(store->put_app(of_nobody).error() == StoreErrc::not_found);

    reopen();
    auto const found = store->all_apps();
    REQUIRE(found.size() == 2);
    CHECK(found[0].session == a);
    CHECK(found[0].id == app.id);
    CHECK(found[0].kind == app.kind);
    CHECK(found[0].config_json == app.config_json);
    CHECK_FALSE(found[0].enabled);

    CHECK(store->erase_app(a, "app-2").error() == StoreErrc::not_found);
    store->erase_app(b, "app-1").value();
    CHECK(store->all_apps().size() == 1);
    store->erase_session(a).value();
    CHECK(store->all_apps().empty());
}
