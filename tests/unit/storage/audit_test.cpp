#include "storage/keeper.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

using namespace wagate;
using namespace wagate::test;
using storage::AuditEntry;
using storage::AuditQuery;

namespace {

struct AuditFixture : StoreFixture {
    storage::AuditLog& log() { return storage::keeper_of(*store).audit(); }

    void add(std::optional<TenantId> tenant, std::string action, int minute = 0)
    {
        AuditEntry entry;
        entry.tenant = std::move(tenant);
        entry.time = start_time + std::chrono::minutes(minute);
        entry.actor = minute % 2 == 0 ? "key:even" : "key:odd";
        entry.action = std::move(action);
        entry.details["minute"] = std::to_string(minute);
        log().append(std::move(entry)).value();
    }
    /// Somebody is at the file while nothing runs.
    void tamper(std::string const& sql)
    {
        store.reset();
        sqlite3* handle = nullptr;
        REQUIRE(sqlite3_open((directory / "wagate.db").c_str(), &handle) == SQLITE_OK);
        REQUIRE(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
        sqlite3_close(handle);
        open();
    }
    std::string problem(std::optional<TenantId> const& tenant = {}) { return log().verify(tenant).problem; }
    void add_five()
    {
        for (int i = 1; i <= 5; ++i)
            add(a.tenant, "act", i);
    }
    std::string const chain = "tenant = (SELECT tenant FROM tenant WHERE id = 'tenant-a')";
};

} // namespace

TEST_CASE_METHOD(AuditFixture, "chains are numbered and hashed each for itself", "[storage][audit]")
{
    add_five();
    add(b.tenant, "other");
    add(std::nullopt, "process.started");
    AuditQuery query;
    query.tenant = a.tenant;
    auto const page = log().page(query);
    REQUIRE(page.entries.size() == 5);
    CHECK_FALSE(page.next.has_value());
    ByteArray<32> previous{};
    for (std::size_t i = 0; i < 5; ++i) {
        auto const& entry = page.entries[i];
        CHECK(entry.number == i + 1);
        CHECK(entry.previous == previous);
        CHECK(entry.hash == storage::audit_hash(entry));
        CHECK(entry.details.at("minute") == std::to_string(i + 1));
        previous = entry.hash;
    }
    for (auto const& tenant : {std::optional(a.tenant), std::optional(b.tenant), std::optional<TenantId>()})
        CHECK(problem(tenant).empty());
    CHECK(log().verify(a.tenant).entries == 5);
    CHECK(log().verify(std::nullopt).entries == 1);
    reopen();
    add(a.tenant, "act", 6);
    CHECK(log().verify(a.tenant).entries == 6);
    CHECK(problem(a.tenant).empty());
}

TEST_CASE_METHOD(AuditFixture, "entries are found by time, action and actor, in pages", "[storage][audit]")
{
    add_five();
    add(a.tenant, "special", 6);
    AuditQuery query;
    query.tenant = a.tenant;
    query.limit = 4;
    auto const first = log().page(query);
    REQUIRE(first.entries.size() == 4);
    REQUIRE(first.next == 4u);
    query.after = *first.next;
    CHECK(log().page(query).entries.size() == 2);

    query = AuditQuery{a.tenant};
    query.action = "special";
    CHECK(log().page(query).entries.size() == 1);
    query = AuditQuery{a.tenant};
    query.actor = "key:odd";
    CHECK(log().page(query).entries.size() == 3);
    query = AuditQuery{a.tenant};
    query.from = start_time + std::chrono::minutes(2);
    query.until = start_time + std::chrono::minutes(4);
    CHECK(log().page(query).entries.size() == 2);
}

TEST_CASE_METHOD(AuditFixture, "a tenant that does not exist has no chain", "[storage][audit]")
{
    AuditEntry entry;
    entry.tenant = TenantId("nobody");
    CHECK(log().append(entry).error() == storage::StoreErrc::not_found);
}

TEST_CASE_METHOD(AuditFixture, "an entry that was edited is found", "[storage][audit]")
{
    add_five();
    auto const column =
        GENERATE(as<std::string>(), "time = time + 1", "actor = 'key:other'", "source = '1.2.3.4'",
                 "action = 'nothing'", "target = 'x'", "outcome = 'failed'", "details = x'313a612c313a622c'");
    INFO(column);
    tamper("UPDATE audit SET " + column + " WHERE " + chain + " AND number = 3");
    auto const verdict = log().verify(a.tenant);
    CHECK(verdict.bad_number == 3u);
    CHECK_FALSE(verdict.problem.empty());
}

TEST_CASE_METHOD(AuditFixture, "an entry that was deleted is found, wherever it stood", "[storage][audit]")
{
    add_five();
    auto const number = GENERATE(1, 3, 5);
    tamper("DELETE FROM audit WHERE " + chain + " AND number = " + std::to_string(number));
    CHECK_FALSE(problem(a.tenant).empty());
}

TEST_CASE_METHOD(AuditFixture, "entries that changed places are found", "[storage][audit]")
{
    add_five();
    tamper("UPDATE audit SET number = 100 WHERE " + chain +
           " AND number = 2; UPDATE audit SET number = 2 WHERE " + chain +
           " AND number = 3; UPDATE audit SET number = 3 WHERE " + chain + " AND number = 100;");
    CHECK(log().verify(a.tenant).bad_number == 2u);
}

TEST_CASE_METHOD(AuditFixture, "a chain of another tenant, or one that begins anew, is found",
                 "[storage][audit]")
{
    add_five();
    auto const anchor = log().verify(a.tenant);
    add(b.tenant, "other");
    SECTION("entries of another chain")
    {
        tamper("DELETE FROM audit WHERE " + chain +
               "; UPDATE audit SET tenant = (SELECT tenant FROM tenant WHERE "
               "id = 'tenant-a') WHERE tenant = (SELECT tenant FROM tenant WHERE id = 'tenant-b')");
        CHECK_FALSE(problem(a.tenant).empty());
    }
    SECTION("everything gone with its head: what was noted elsewhere tells")
    {
        tamper("DELETE FROM audit WHERE " + chain + "; DELETE FROM audit_head WHERE " + chain);
        add(a.tenant, "act", 1);
        CHECK(problem(a.tenant).empty());
        CHECK_FALSE(log()
                        .verify(a.tenant, storage::AuditAnchor{anchor.last_number, anchor.last_hash})
                        .problem.empty());
    }
    SECTION("the head alone")
    {
        tamper("DELETE FROM audit_head WHERE " + chain);
        CHECK_FALSE(problem(a.tenant).empty());
    }
}

TEST_CASE_METHOD(AuditFixture, "a damaged chain does not stop storage, and stays damaged", "[storage][audit]")
{
    add_five();
    tamper("UPDATE audit_head SET number = 2 WHERE " + chain);
    add(a.tenant, "act", 6);
    commit(a, event_unit({status_event("still works")}));
    tamper("DELETE FROM audit WHERE " + chain + " AND number = 3");
    CHECK_FALSE(problem(a.tenant).empty());
}

TEST_CASE_METHOD(AuditFixture, "what becomes of a session is told in the transaction that makes it true",
                 "[storage][audit]")
{
    auto const change = [](StatusReason reason) {
        return Event{start_time, SessionStatusChanged{SessionStatus::starting, reason, ""}};
    };
    commit(a, event_unit({change(StatusReason::waiting_for_scan), change(StatusReason::paired)}));
    commit(a, event_unit({change(StatusReason::logged_out_by_phone)}));
    AuditQuery query;
    query.tenant = a.tenant;
    auto const entries = log().page(query).entries;
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].action == "session.paired");
    CHECK(entries[1].action == "session.logged-out");
    CHECK(entries[1].target == "main");
    CHECK(problem(a.tenant).empty());
}
