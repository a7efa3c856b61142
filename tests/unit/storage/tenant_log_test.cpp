#include "storage/repository/event_id.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::test;
using std::chrono::hours;

namespace {

struct LogFixture : StoreFixture {
    using StoreFixture::StoreFixture;
    SessionKey const second = session_key("tenant-a", "second");

    void append(SessionKey const& session, int count, WallTime time = start_time)
    {
        commit(session,
               event_unit(std::vector<Event>(static_cast<std::size_t>(count), status_event("x", time))));
    }
    storage::EventPage page(std::uint64_t after, std::size_t limit = 1'000)
    {
        storage::EventQuery query;
        query.tenant = a.tenant;
        query.after = after;
        query.limit = limit;
        return store->events(query);
    }
    std::vector<std::uint64_t> positions(storage::EventQuery query)
    {
        query.tenant = a.tenant;
        std::vector<std::uint64_t> found;
        for (auto const& event : store->events(query).events)
            found.push_back(event.position);
        return found;
    }
};

using Positions = std::vector<std::uint64_t>;

/// As the API renders the second event of a stored one.
std::string second_id(std::string id)
{
    constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    id[14] = alphabet[alphabet.find(id[14]) ^ 16];
    return id;
}

} // namespace

TEST_CASE_METHOD(LogFixture, "events of all sessions of a tenant are one log in the order of commits",
                 "[storage][positions]")
{
    store->insert_session(session_row(second)).value();
    append(a, 2);
    append(second, 1);
    append(b, 5);
    append(a, 1);
    auto const all = page(0);
    REQUIRE(all.events.size() == 4);
    CHECK(all.scanned == 4);
    CHECK(all.events[2].session == second);
    CHECK(all.events[2].sequence == 1);
    CHECK(all.events[3].session == a);
    CHECK(all.events[3].sequence == 3);
    CHECK(store->last_position(a.tenant) == 4);
    CHECK(store->last_position(b.tenant) == 5);
    CHECK(store->last_position(TenantId{"nobody"}) == 0);
    CHECK(store->events_after(a, 2, 1).at(0).position == 4);

    storage::EventQuery query;
    query.sessions = {second.name};
    CHECK(positions(query) == Positions{3});
    query.sessions = {second.name, a.name, SessionName{"none"}};
    CHECK(positions(query) == Positions{1, 2, 3, 4});
    query.sessions = {SessionName{"none"}};
    CHECK(positions(query).empty());
    query = {};
    query.max_bytes = 1;
    CHECK(positions(query) == Positions{1});
    query.after = 3;
    CHECK(positions(query) == Positions{4});
    query.after = 4;
    CHECK(positions(query).empty());
    CHECK(page(4).scanned == 4);
    CHECK(page(1, 2).scanned == 3);
    CHECK(page(1, 0).scanned == 1);
}

TEST_CASE_METHOD(LogFixture, "one session's events are found behind thousands of others",
                 "[storage][positions]")
{
    store->insert_session(session_row(second)).value();
    append(a, 12'000); // more than one scan
    append(second, 1);
    storage::EventQuery query;
    query.sessions = {second.name};
    CHECK(positions(query) == Positions{12'001});
}

TEST_CASE_METHOD(LogFixture, "positions are not used again when the session with the newest events is erased",
                 "[storage][positions]")
{
    store->insert_session(session_row(second)).value();
    append(a, 1);
    append(second, 3);
    store->erase_session(second).value();
    CHECK(page(0).events.size() == 1);
    reopen();
    append(a, 1);
    CHECK(page(0).events.back().position == 5);
    CHECK(store->last_position(a.tenant) == 5);
}

TEST_CASE_METHOD(LogFixture, "an event's id leads to its position, also when retention has removed it",
                 "[storage][positions]")
{
    append(a, 3, start_time);
    append(a, 1, start_time + hours{8 * 24});
    auto const events = store->events_after(a, 0, 10);
    for (auto const& event : events) {
        CHECK(store->position_of(a.tenant, event.id) == event.position);
        CHECK(store->position_of(a.tenant, second_id(event.id)) == event.position);
    }
    auto forged = events[1].id;
    forged[15] = forged[15] == '0' ? '1' : '0';
    CHECK(store->position_of(a.tenant, forged) == std::nullopt);
    CHECK(store->position_of(a.tenant, storage::new_event_id(start_time, 5)) == std::nullopt);
    CHECK(store->position_of(a.tenant, storage::new_event_id(start_time, 0)) == std::nullopt);
    for (auto const* text : {"", "evt_", "evt_01aryz6s41000000000000000u", "evt_01aryz6s4100000000000000001",
                             "EVT_01aryz6s410000000000000001"})
        CHECK(store->position_of(a.tenant, text) == std::nullopt);

    store->prune(start_time + hours{8 * 24});
    CHECK(store->first_sequence(a) == 4);
    CHECK(store->position_of(a.tenant, events[1].id) == 2);
}

TEST_CASE("two ids of one moment and position differ", "[storage][positions]")
{
    CHECK(storage::new_event_id(start_time, 7) != storage::new_event_id(start_time, 7));
    CHECK(storage::position_in(storage::new_event_id(start_time, (1ULL << 48) - 1)) == (1ULL << 48) - 1);
}

TEST_CASE("pruning by bytes deletes a tenant's oldest events and dead letters, and nobody else's",
          "[storage][prune]")
{
    storage::StoreOptions options;
    options.event_retention_bytes = 40'000;
    LogFixture fixture{options};
    auto& store = *fixture.store;
    store.insert_session(session_row(fixture.second)).value();
    auto const large = [](int minute) {
        return status_event(std::string(1'000, 'x'), start_time + std::chrono::minutes{minute});
    };
    auto const append = [&](SessionKey const& session, int count, int minute) {
        fixture.commit(session,
                       event_unit(std::vector<Event>(static_cast<std::size_t>(count), large(minute))));
    };
    append(fixture.second, 1, 0); // the newest of its session stays, however old
    append(fixture.a, 30, 1);
    auto update = delivered_until(30);
    for (std::uint64_t i = 1; i <= 10; ++i) {
        auto letter = dead_letter("endpoint", i, start_time + std::chrono::minutes{2});
        letter.event = large(2);
        update.dead_letters.push_back(letter);
    }
    save_delivery_wait(store, fixture.a, "endpoint", update).value();
    append(fixture.a, 30, 3);
    append(fixture.b, 30, 0);

    store.prune(start_time);

    auto const left = store.events_after(fixture.a, 0, 100);
    REQUIRE_FALSE(left.empty());
    CHECK(left.back().sequence == 60);
    CHECK(left.front().sequence > 30); // all older ones went first, then the letters
    auto const letters = store.dead_letters(fixture.a.tenant, {});
    auto const count = left.size() + letters.size();
    CHECK(count >= 30);
    CHECK(count <= 39);
    CHECK(left.size() == 30);
    CHECK(store.last_sequence(fixture.second) == 1);
    CHECK(store.events_after(fixture.b, 0, 100).size() == 30);
    CHECK(store.last_position(fixture.a.tenant) == 61);
    store.prune(start_time); // nothing more to do
    CHECK(store.events_after(fixture.a, 0, 100).size() == 30);
    append(fixture.a, 45, 4); // more than all that is allowed
    store.prune(start_time);
    CHECK(store.dead_letters(fixture.a.tenant, {}).empty());
    CHECK(store.events_after(fixture.a, 0, 100).size() < 39);
    CHECK(store.last_sequence(fixture.a) == 105);
}
