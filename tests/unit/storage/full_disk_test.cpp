#include "tests/unit/storage/failing_disk.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

#include <condition_variable>
#include <mutex>

using namespace wagate;
using namespace wagate::test;
using storage::StoreErrc;

namespace {

/// What the store told, in order, and a way to wait for it.
class Log {
public:
    void add(std::string line)
    {
        std::lock_guard const lock{mutex_};
        lines_.push_back(std::move(line));
        changed_.notify_all();
    }
    std::vector<std::string> wait_for(std::size_t count)
    {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return lines_.size() >= count; });
        return lines_;
    }
    std::vector<std::string> lines() { return wait_for(0); }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> lines_;
};

struct FullDiskFixture {
    FailingDisk disk;
    Log log;
    std::atomic<int> failures = 0;
    StoreFixture fixture{options()};
    SessionKey const& a = fixture.a;
    SessionKey const& b = fixture.b;

    storage::StoreOptions options()
    {
        storage::StoreOptions options;
        options.full_disk_retry = Milliseconds{1};
        options.on_disk_full = [this](bool is_full) { log.add(is_full ? "full" : "space"); };
        options.on_commit_failure = [this] { ++failures; };
        return options;
    }
    void commit(SessionKey const& session, std::string const& name)
    {
        auto unit = record_unit("k", name);
        unit.events = {status_event(name)};
        fixture.store->commit(session, std::move(unit), [this, name](Result<void> result) {
            log.add(result ? name : result.error().message());
        });
    }
};

std::vector<std::string> details(std::vector<storage::StoredEvent> const& events)
{
    std::vector<std::string> found;
    for (auto const& event : events)
        found.push_back(std::get<SessionStatusChanged>(event.event.body).detail);
    return found;
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE_METHOD(FullDiskFixture, "on a full disk nothing is acknowledged, and all of it once there is space",
                 "[storage][full]")
{
    disk.fail_writes_after(0);
    commit(a, "1");
    CHECK(log.wait_for(1) == Lines{"full"});
    for (auto const* name : {"2", "3", "4"})
        commit(a, name);
    CHECK(fixture.store->is_disk_full());
    CHECK(fixture.store->queued_bytes() > 0);
    // Blocking calls come back, in the batch that is tried as well as behind it.
    auto const row = session_row(session_key("tenant-a", "new"));
    CHECK(fixture.store->insert_session(row).error() == StoreErrc::disk_full);
    CHECK(fixture.store->ensure_tenant(TenantId{"new"}).error() == StoreErrc::disk_full);
    CHECK(fixture.store->erase_session(b).error() == StoreErrc::disk_full);
    CHECK(log.lines() == Lines{"full"});

    disk.heal();
    CHECK(log.wait_for(6) == Lines{"full", "space", "1", "2", "3", "4"});
    CHECK_FALSE(fixture.store->is_disk_full());
    CHECK(details(fixture.store->events_after(a, 0, 10)) == Lines{"1", "2", "3", "4"});
    CHECK(fixture.store->last_position(a.tenant) == 4);
    CHECK(fixture.record(a, "k") == "4");
    CHECK(failures == 0);

    // What was refused has left no trace.
    CHECK(fixture.store->session(b));
    fixture.commit(b, record_unit("k", "still here"));
    CHECK(fixture.store->tenants().size() == 2);
    CHECK_FALSE(fixture.store->session(row.key));
    fixture.store->insert_session(row).value();
    fixture.store->ensure_tenant(TenantId{"new"}).value();
    CHECK(fixture.store->tenants().size() == 3);
    fixture.store->erase_session(b).value();
    CHECK_FALSE(fixture.store->session(b));
}

TEST_CASE_METHOD(FullDiskFixture, "changes of a refused call are taken back in memory, too",
                 "[storage][full]")
{
    disk.fail_writes_after(0);
    auto const row = session_row(session_key("tenant-a", "new"));
    // Nothing is queued: these are the batch that fails.
    CHECK(fixture.store->insert_session(row).error() == StoreErrc::disk_full);
    CHECK(fixture.store->erase_session(b).error() == StoreErrc::disk_full);
    CHECK(fixture.store->ensure_tenant(TenantId{"new"}).error() == StoreErrc::disk_full);
    disk.heal();
    CHECK(log.wait_for(2) == Lines{"full", "space"}); // found out without anything to write
    CHECK(fixture.store->insert_session(row));
    CHECK(fixture.store->ensure_tenant(TenantId{"new"}));
    fixture.commit(b, record_unit("k", "v"));
    CHECK(fixture.store->erase_session(b));
}

TEST_CASE_METHOD(FullDiskFixture, "closing a store on a full disk acknowledges nothing", "[storage][full]")
{
    disk.fail_writes_after(0);
    commit(a, "1");
    commit(b, "2");
    log.wait_for(1);
    fixture.store.reset();
    auto const refused = make_error_code(StoreErrc::disk_full).message();
    CHECK(log.lines() == Lines{"full", refused, refused});
    disk.heal();
    fixture.open();
    CHECK(fixture.store->last_sequence(a) == 0);
    CHECK(fixture.store->last_sequence(b) == 0);
    CHECK(failures == 0);
}

TEST_CASE("a unit cut short by a full disk is there as a whole or not at all", "[storage][full]")
{
    auto const writes = GENERATE(range(0, 40));
    FullDiskFixture full;
    auto& fixture = full.fixture;
    fixture.commit(fixture.a, record_unit("r0", "old"));

    UnitOfWork unit;
    for (int i = 0; i < 4; ++i)
        unit.records[{RecordKind::signal_session, "r" + std::to_string(i)}] = Bytes(3'000, 'n');
    unit.messages.push_back(text_message("100", "M", std::string(3'000, 'm')));
    unit.events.push_back(status_event("e"));
    full.disk.fail_writes_after(writes);
    fixture.store->commit(fixture.a, unit,
                          [&](Result<void> result) { full.log.add(result ? "done" : "refused"); });
    bool const was_full = full.log.wait_for(1).front() == "full";
    bool const retries = GENERATE(true, false);
    if (retries) {
        full.disk.heal();
        CHECK(full.log.wait_for(was_full ? 3 : 1).back() == "done");
    }
    fixture.store.reset();
    full.disk.heal();
    fixture.open();

    bool const is_there = fixture.store->last_sequence(fixture.a) == 1;
    CHECK(is_there == (retries || !was_full));
    CHECK((fixture.record(fixture.a, "r0") == std::string(3'000, 'n')) == is_there);
    for (auto const* key : {"r1", "r2", "r3"})
        CHECK(fixture.record(fixture.a, key).has_value() == is_there);
    CHECK(fixture.store->messages(fixture.a, {}).size() == (is_there ? 1 : 0));
    if (writes == 0) CHECK(was_full);
    if (writes == 39) CHECK_FALSE(was_full);
}
