#include "tests/unit/storage/failing_disk.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <mutex>

using namespace wagate;
using namespace wagate::test;
using storage::StoreErrc;

TEST_CASE_METHOD(StoreFixture,
                 "units that arrive during a commit become one batch, each session's in the order queued",
                 "[storage][writer]")
{
    std::mutex mutex;
    std::vector<int> order[2];
    std::vector<SessionKey> announced;
    store->on_events([&](SessionKey const& session) {
        std::lock_guard const lock{mutex};
        announced.push_back(session);
    });

    std::promise<void> entered;
    std::promise<void> release;
    store->commit(a, record_unit("k", "first"), [&](Result<void>) {
        entered.set_value();
        release.get_future().wait();
    });
    entered.get_future().wait();
    std::promise<void> last;
    for (int i = 0; i < 100; ++i) {
        auto unit = record_unit("k", std::to_string(i));
        unit.events.push_back(status_event(std::to_string(i)));
        store->commit(i % 2 ? b : a, std::move(unit), [&, i](Result<void> result) {
            std::lock_guard const lock{mutex};
            order[i % 2].push_back(result ? i : -1);
            if (order[0].size() + order[1].size() == 100) last.set_value();
        });
    }
    CHECK(store->queued_bytes() > 0);
    release.set_value();
    last.get_future().wait();
    commit(a, record_unit("other", "x")); // a later batch: the listeners of the former have run

    std::lock_guard const lock{mutex};
    for (int i = 0; i < 100; ++i)
        CHECK(order[i % 2].at(static_cast<std::size_t>(i / 2)) == i);
    CHECK(announced == std::vector{a, b});
    CHECK(record(a, "k") == "98");
    CHECK(record(b, "k") == "99");
    auto const events = store->events_after(a, 0, 100);
    REQUIRE(events.size() == 50);
    for (std::size_t i = 0; i < events.size(); ++i) {
        CHECK(events[i].sequence == i + 1);
        CHECK(events[i].event == status_event(std::to_string(2 * i)));
    }
}

TEST_CASE_METHOD(StoreFixture, "a unit that nobody waits for is committed by itself, and in its order",
                 "[storage][writer]")
{
    auto const unawaited = [](std::string const& value) {
        auto unit = record_unit("k", value);
        unit.is_awaited = false;
        return unit;
    };
    std::promise<void> alone;
    store->commit(a, unawaited("1"), [&](Result<void> result) {
        CHECK(result.has_value());
        alone.set_value();
    });
    alone.get_future().wait();
    CHECK(record(a, "k") == "1");

    std::vector<int> order;
    store->commit(a, unawaited("2"), [&](Result<void>) { order.push_back(2); });
    store->commit(b, unawaited("3"), [&](Result<void>) { order.push_back(3); });
    commit(a, record_unit("k", "4"));
    commit(b, record_unit("k", "5"));
    CHECK(order == std::vector{2, 3});
    CHECK(record(a, "k") == "4");
    CHECK(record(b, "k") == "5");

    store->commit(a, unawaited("6"), [&](Result<void>) { order.push_back(6); });
    reopen();
    CHECK(order.back() == 6);
    CHECK(record(a, "k") == "6");
}

TEST_CASE_METHOD(StoreFixture, "everything queued is committed before the store closes", "[storage][writer]")
{
    std::atomic<int> committed = 0;
    for (int i = 0; i < 50; ++i)
        store->commit(a, record_unit("k" + std::to_string(i), "v"),
                      [&](Result<void> result) { committed += result ? 1 : 0; });
    reopen();
    CHECK(committed == 50);
    CHECK(record(a, "k49") == "v");
}

TEST_CASE("after a failed sync every unit fails and the failure is reported once", "[storage][writer]")
{
    FailingDisk disk;
    std::atomic<int> reported = 0;
    storage::StoreOptions options;
    options.on_commit_failure = [&] { ++reported; };
    StoreFixture fixture{options};
    fixture.commit(fixture.a, record_unit("k", "before"));

    disk.fail_syncs();
    std::promise<void> entered;
    std::promise<void> release;
    std::vector<ErrorCode> errors;
    std::promise<void> told;
    fixture.store->commit(fixture.a, record_unit("k", "lost"), [&](Result<void> result) {
        CHECK(reported == 1);
        errors.push_back(result.error());
        entered.set_value();
        release.get_future().wait();
    });
    entered.get_future().wait();
    fixture.store->commit(fixture.b, record_unit("k", "queued"), [&](Result<void> result) {
        errors.push_back(result.error());
        told.set_value();
    });
    disk.heal(); // the disk may recover; trusting it again is a decision for a restart
    release.set_value();
    told.get_future().wait();

    CHECK(errors == std::vector<ErrorCode>{StoreErrc::commit_failed, StoreErrc::commit_failed});
    CHECK(commit_wait(*fixture.store, fixture.a, record_unit("k", "later")).error() ==
          StoreErrc::commit_failed);
    CHECK(fixture.store->insert_session(session_row(session_key("tenant-a", "new"))).error() ==
          StoreErrc::commit_failed);
    CHECK(save_delivery_wait(*fixture.store, fixture.a, "e", delivered_until(1)).error() ==
          StoreErrc::commit_failed);
    CHECK(reported == 1);
    CHECK(fixture.store->queued_bytes() == 0);
    CHECK(fixture.record(fixture.a, "k") == "before");
}

TEST_CASE("after a broken write every unit fails", "[storage][writer]")
{
    FailingDisk disk;
    std::atomic<int> reported = 0;
    storage::StoreOptions options;
    options.on_commit_failure = [&] { ++reported; };
    StoreFixture fixture{options};
    disk.break_writes();
    CHECK(commit_wait(*fixture.store, fixture.a, record_unit("k", "v")).error() == StoreErrc::commit_failed);
    disk.heal();
    CHECK(commit_wait(*fixture.store, fixture.a, record_unit("k", "v")).error() == StoreErrc::commit_failed);
    CHECK(reported == 1);
    CHECK_FALSE(fixture.store->is_disk_full());
}

TEST_CASE_METHOD(StoreFixture,
                 "logging out wipes credentials and promised sends, then applies its own records",
                 "[storage][writer]")
{
    auto unit = record_unit("old", "secret");
    unit.records[{RecordKind::account, ""}] = to_bytes("account");
    unit.messages.push_back(text_message("100", "M", "stays"));
    unit.events.push_back(status_event("stays"));
    unit.outbox_put.push_back({MessageId{"OUT"}, Jid::phone("100"), {}, start_time});
    unit.waiting_put = {waiting_stanza("key")};
    commit(a, std::move(unit));
    CHECK(record(a, "old") == "secret"); // now cached

    auto wipe = record_unit("new", "fresh");
    wipe.wipe_credentials = true;
    commit(a, std::move(wipe));

    CHECK(record(a, "old") == std::nullopt);
    CHECK(record(a, "new") == "fresh");
    CHECK(store->reader(a)->read(RecordKind::account, "") == std::nullopt);
    CHECK(store->reader(a)->outbox().empty());
    CHECK(store->reader(a)->waiting(10).empty());
    CHECK(store->messages(a, {}).size() == 1);
    CHECK(store->last_sequence(a) == 1);
    reopen();
    CHECK(record(a, "old") == std::nullopt);
    CHECK(record(a, "new") == "fresh");
}

TEST_CASE_METHOD(StoreFixture, "the outbox keeps its order when an entry gets its stanza",
                 "[storage][writer]")
{
    UnitOfWork promised;
    for (auto const* id : {"C", "A", "B"})
        promised.outbox_put.push_back({MessageId{id}, Jid::phone("100"), {}, start_time});
    commit(a, std::move(promised));
    UnitOfWork encrypted;
    encrypted.outbox_put.push_back({MessageId{"C"}, Jid::phone("100"), to_bytes("stanza"), start_time});
    encrypted.outbox_done.push_back(MessageId{"A"});
    commit(a, std::move(encrypted));

    auto const left = store->reader(a)->outbox();
    REQUIRE(left.size() == 2);
    CHECK(left[0].id == MessageId{"C"});
    CHECK(left[0].stanza == to_bytes("stanza"));
    CHECK(left[1].id == MessageId{"B"});
    CHECK(left[1].stanza.empty());
}
