#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <sys/wait.h>

using namespace wagate;
using namespace wagate::test;

namespace {

/// Commits units for ever; writes the number of each acknowledged one to `report`.
[[noreturn]] void commit_for_ever(std::filesystem::path const& file, SessionKey const& session, int report)
{
    storage::StoreOptions options;
    options.file = file;
    auto const store = storage::open_store(std::move(options)).value();
    for (std::uint32_t number = 1;; ++number) {
        auto unit = record_unit("counter", std::to_string(number));
        unit.messages.push_back(text_message("100", std::to_string(number), "x"));
        unit.events.push_back(status_event(std::to_string(number)));
        store->commit(session, std::move(unit), [report, number](Result<void> result) {
            if (!result || ::write(report, &number, sizeof number) != sizeof number) ::_exit(1);
        });
        while (store->queued_bytes() > 20'000)
            ::usleep(50);
    }
}

} // namespace

TEST_CASE("what was acknowledged survives a kill, and no unit is there in part", "[storage][crash]")
{
    StoreFixture fixture;
    fixture.store.reset();
    for (int run = 0; run < 5; ++run) {
        int pipe_ends[2];
        REQUIRE(::pipe(pipe_ends) == 0);
        auto const child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            ::close(pipe_ends[0]);
            commit_for_ever(fixture.directory / "wagate.db", fixture.a, pipe_ends[1]);
        }
        ::close(pipe_ends[1]);
        std::uint32_t acknowledged = 0;
        std::uint32_t number = 0;
        for (int i = 0; i < 40 + 37 * run; ++i) {
            REQUIRE(::read(pipe_ends[0], &number, sizeof number) == sizeof number);
            acknowledged = number;
        }
        REQUIRE(::kill(child, SIGKILL) == 0);
        REQUIRE(::waitpid(child, nullptr, 0) == child);
        while (::read(pipe_ends[0], &number, sizeof number) == sizeof number)
            acknowledged = number;
        ::close(pipe_ends[0]);

        fixture.open();
        auto const counter = fixture.record(fixture.a, "counter");
        REQUIRE(counter);
        auto const durable = static_cast<std::uint32_t>(std::stoul(*counter));
        CHECK(durable >= acknowledged);
        CHECK(fixture.store->reader(fixture.a)->find_message(Jid::phone("100"), MessageId{*counter}));
        auto const last = fixture.store->last_sequence(fixture.a);
        auto const events = fixture.store->events_after(fixture.a, last - durable, durable + 1);
        REQUIRE(events.size() == durable);
        for (std::uint32_t i = 0; i < durable; ++i)
            REQUIRE(events[i].event == status_event(std::to_string(i + 1)));
        fixture.store.reset();
    }
}
