// What is stored about tenants, and that nothing is left of a deleted one.
#include "storage/tenants.hpp"

#include "tests/unit/storage/count_rows.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::test;
using storage::Erasure;
using storage::StoreErrc;
using storage::TenantState;

namespace {

storage::TenantRow row_of(storage::Store& store, TenantId const& tenant)
{
    for (auto& row : store.tenant_records().tenant_rows())
        if (row.id == tenant) return row;
    FAIL("no such tenant");
    return {};
}

} // namespace

TEST_CASE_METHOD(StoreFixture, "a tenant's state and description are kept", "[storage][tenants]")
{
    auto row = row_of(*store, a.tenant);
    CHECK(row.state == TenantState::active);
    CHECK(row.created > start_time);
    row.state = TenantState::suspended;
    row.name = "A Ltd";
    row.metadata_json = R"({"plan":1})";
    store->tenant_records().update_tenant(row).value();
    auto const kept = row_of(*store, a.tenant);
    CHECK(kept.state == TenantState::suspended);
    CHECK(kept.name == "A Ltd");
    CHECK(kept.metadata_json == R"({"plan":1})");
    CHECK(row_of(*store, b.tenant).state == TenantState::active);
    row.id = TenantId("none");
    CHECK(store->tenant_records().update_tenant(row).error() == StoreErrc::not_found);
}

TEST_CASE_METHOD(StoreFixture, "nothing is left of a deleted tenant, in no table, and of others everything",
                 "[storage][tenants]")
{
    for (auto const& session : {a, b}) {
        UnitOfWork unit = record_unit("k", "secret");
        for (int i = 0; i < 1'200; ++i) {
            unit.messages.push_back(text_message("100", "M" + std::to_string(i), "x"));
            unit.events.push_back(status_event(std::to_string(i)));
        }
        commit(session, std::move(unit));
        storage::ApiKeyRow key{"key_1", session.tenant, {}, false, start_time};
        key.hash[0] = session == a ? 1 : 2;
        key.networks = {"192.0.2.0/24", "2001:db8::/32"};
        key.more_sessions = {SessionName("x"), SessionName("y")};
        key.previous_hash = key.hash;
        key.previous_until = start_time;
        store->insert_api_key(key).value();
    }
    CHECK(store->api_keys().at(0).networks.size() == 2);
    CHECK(store->api_keys().at(0).more_sessions.at(1) == SessionName("y"));
    CHECK(store->api_keys().at(0).previous_until == start_time);
    CHECK(store->tenant_records().tenant_counts(a.tenant).sessions == 1);

    auto& records = store->tenant_records();
    std::size_t steps = 1;
    while (records.erase_tenant_step(a.tenant).value() == Erasure::unfinished)
        ++steps;
    CHECK(steps > 5);
    CHECK(records.erase_tenant_step(a.tenant).value() == Erasure::finished);

    // Tenant A was made first. Names of tables are those that have a column for it.
    for (auto const* table : {"record", "message", "event", "session", "api_key", "api_key_facts", "tenant",
                              "tenant_facts", "tenant_log", "chat"}) {
        CAPTURE(table);
        auto const of_first = std::string(table) + " WHERE tenant = 1";
        CHECK(count_rows(directory / "wagate.db", of_first) == 0);
    }
    CHECK(store->tenants() == std::vector{b.tenant});
    storage::MessageQuery all;
    all.limit = 2'000;
    CHECK(store->messages(b, all).size() == 1'200);
    CHECK(store->api_keys().size() == 1);

    store->ensure_tenant(a.tenant).value();
    CHECK(store->sessions(a.tenant).empty());
    CHECK(store->last_position(a.tenant) == 0);
}

TEST_CASE_METHOD(StoreFixture, "the last use of a key is kept, of one that is gone nothing",
                 "[storage][tenants]")
{
    store->insert_api_key({"key_1", a.tenant, {}, false, start_time}).value();
    std::vector<storage::KeyUse> const uses{{a.tenant, "key_1", start_time}, {b.tenant, "key_1", start_time}};
    store->tenant_records().save_key_uses(uses).value();
    REQUIRE(store->api_keys().size() == 1);
    CHECK(store->api_keys()[0].last_used == start_time);
}
