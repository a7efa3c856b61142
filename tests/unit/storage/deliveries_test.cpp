#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::test;
using std::chrono::hours;

namespace {

struct DeliveriesFixture : StoreFixture {
    void give_up(SessionKey const& session, std::vector<storage::DeadLetter> letters)
    {
        storage::DeliveryUpdate update;
        update.dead_letters = std::move(letters);
        save_delivery_wait(*store, session, "e", std::move(update)).value();
    }
    std::vector<std::uint64_t> numbers(storage::DeadLetterQuery const& query)
    {
        std::vector<std::uint64_t> found;
        for (auto const& letter : store->dead_letters(a.tenant, query))
            found.push_back(letter.number);
        return found;
    }
};

using Numbers = std::vector<std::uint64_t>;

} // namespace

TEST_CASE_METHOD(DeliveriesFixture, "a delivery's state is kept, moved and erased", "[storage][deliveries]")
{
    CHECK(store->delivery_state(a, "e") == std::nullopt);
    save_delivery_wait(*store, a, "e", delivered_until(4, "details")).value();
    save_delivery_wait(*store, a, "e", delivered_until(7)).value();
    save_delivery_wait(*store, a, "f", delivered_until(1, "other")).value();
    CHECK(store->delivery_state(a, "e") == storage::DeliveryState{7, {}});
    reopen();
    CHECK(store->delivery_state(a, "f") == storage::DeliveryState{1, to_bytes("other")});
    store->erase_delivery(a, "e");
    CHECK(store->delivery_state(a, "e") == std::nullopt);
    CHECK(store->delivery_state(a, "f"));
    CHECK(save_delivery_wait(*store, session_key("tenant-a", "none"), "e", delivered_until(1)).error() ==
          storage::StoreErrc::not_found);
}

TEST_CASE_METHOD(DeliveriesFixture, "a step of a delivery is announced when it appends events",
                 "[storage][deliveries]")
{
    std::atomic<int> heard = 0;
    store->on_events([&](SessionKey const&) { ++heard; });
    save_delivery_wait(*store, a, "e", delivered_until(1)).value();
    auto update = delivered_until(2);
    update.events = {Event{start_time, WebhookStateChanged{"e", "https://example.org/", false, "gone"}}};
    auto const event = update.events.front();
    save_delivery_wait(*store, a, "e", std::move(update)).value();
    commit(a, record_unit("k", "v")); // the listeners of the former batch have run
    CHECK(heard == 1);
    CHECK(store->events_after(a, 0, 10).at(0).event == event);
}

TEST_CASE_METHOD(DeliveriesFixture, "a dead letter keeps what it was given, with or without its event",
                 "[storage][deliveries]")
{
    auto letter = dead_letter("e", 5);
    auto expired = dead_letter("e", 6);
    expired.event = std::nullopt;
    give_up(a, {letter, expired});
    reopen();
    store->erase_delivery(a, "e");
    auto const found = store->dead_letters(a.tenant, {});
    REQUIRE(found.size() == 2);
    CHECK(found[0].number == 1);
    CHECK(found[0].session == a);
    CHECK(found[0].endpoint == letter.endpoint);
    CHECK(found[0].url == letter.url);
    CHECK(found[0].sequence == 5);
    CHECK(found[0].event_id == letter.event_id);
    CHECK(found[0].event_name == letter.event_name);
    CHECK(found[0].time == letter.time);
    CHECK(found[0].attempts == 3);
    CHECK(found[0].status == 500);
    CHECK(found[0].reason == "exhausted");
    CHECK(found[0].error == "server error");
    CHECK(found[0].event == letter.event);
    CHECK_FALSE(found[1].event);
}

TEST_CASE_METHOD(DeliveriesFixture, "dead letters are filtered, paged and erased by the same query",
                 "[storage][deliveries]")
{
    auto const second = session_key("tenant-a", "second");
    store->insert_session(session_row(second)).value();
    for (std::uint64_t i = 1; i <= 4; ++i) {
        auto letter = dead_letter(i % 2 ? "odd" : "even", i, start_time + hours{static_cast<int>(i)});
        if (i == 4) letter.event_name = "message";
        give_up(i == 3 ? second : a, {letter});
    }
    storage::DeadLetterQuery query;
    SECTION("all")
    {
        CHECK(numbers(query) == Numbers{1, 2, 3, 4});
    }
    SECTION("session")
    {
        query.session = second.name;
        CHECK(numbers(query) == Numbers{3});
        query.session = SessionName{"none"};
        CHECK(numbers(query).empty());
        CHECK(store->erase_dead_letters(a.tenant, query).value() == 0);
    }
    SECTION("endpoint")
    {
        query.endpoint = "odd";
        CHECK(numbers(query) == Numbers{1, 3});
    }
    SECTION("name of the event")
    {
        query.event_name = "message";
        CHECK(numbers(query) == Numbers{4});
    }
    SECTION("time, the end excluded")
    {
        query.from = start_time + hours{2};
        query.until = start_time + hours{4};
        CHECK(numbers(query) == Numbers{2, 3});
    }
    SECTION("numbers")
    {
        query.numbers = {4, 1, 4, 99};
        CHECK(numbers(query) == Numbers{1, 4});
        query.limit = 1;
        CHECK(numbers(query) == Numbers{1});
        query.after = 1;
        CHECK(numbers(query) == Numbers{4});
    }
    SECTION("a page")
    {
        query.after = 1;
        query.limit = 2;
        CHECK(numbers(query) == Numbers{2, 3});
    }
    auto const chosen = numbers(query);
    CHECK(store->erase_dead_letters(a.tenant, query).value() == chosen.size());
    CHECK(numbers({}).size() == 4 - chosen.size());
    give_up(a, {dead_letter("odd", 9)});
    CHECK(numbers({}).back() == 5); // numbers are not used again
}

TEST_CASE_METHOD(DeliveriesFixture, "more dead letters than one step are erased, and old ones expire",
                 "[storage][deliveries]")
{
    std::vector<storage::DeadLetter> letters;
    for (std::uint64_t i = 0; i < 1'200; ++i)
        letters.push_back(dead_letter("e", i, start_time + hours{i < 700 ? 0 : 2}));
    give_up(a, letters);
    SECTION("by a query")
    {
        storage::DeadLetterQuery query;
        query.limit = 1'100;
        CHECK(store->erase_dead_letters(a.tenant, query).value() == 1'100);
        CHECK(numbers({}).front() == 1'101);
    }
    SECTION("by age")
    {
        store->prune(start_time + hours{30 * 24 + 1});
        CHECK(numbers({}).front() == 701);
    }
}

TEST_CASE_METHOD(StoreFixture, "waiting stanzas keep their order, are replaced in place and expire",
                 "[storage][waiting]")
{
    UnitOfWork work;
    work.waiting_put = {waiting_stanza("z"), waiting_stanza("a", start_time + hours{2}), waiting_stanza("m")};
    commit(a, std::move(work));
    auto replaced = waiting_stanza("z");
    replaced.retries = 4;
    UnitOfWork again;
    again.waiting_put = {replaced};
    again.waiting_done = {"unknown"};
    commit(a, std::move(again));
    reopen();
    auto const reader = store->reader(a);
    CHECK(reader->waiting(10) ==
          std::vector{replaced, waiting_stanza("a", start_time + hours{2}), waiting_stanza("m")});
    CHECK(reader->waiting(1) == std::vector{replaced});
    CHECK(reader->find_waiting("m") == waiting_stanza("m"));
    UnitOfWork done;
    done.waiting_done = {"m"};
    commit(a, std::move(done));
    CHECK_FALSE(reader->find_waiting("m"));
    store->prune(start_time + hours{14 * 24 + 1});
    CHECK(reader->waiting(10).size() == 1);
    CHECK(reader->find_waiting("a"));
}

TEST_CASE_METHOD(StoreFixture, "a message is found by its id in whatever chat, an unfinished send by its own",
                 "[storage][messages]")
{
    UnitOfWork work;
    work.messages = {text_message("100", "M", "one"), text_message("200", "M", "two"),
                     text_message("100", "N", "three")};
    work.outbox_put = {{MessageId{"OUT"}, Jid::phone("100"), to_bytes("stanza"), start_time}};
    auto const entry = work.outbox_put.front();
    commit(a, std::move(work));
    CHECK(store->messages_by_id(a, MessageId{"M"}).size() == 2);
    CHECK(store->messages_by_id(a, MessageId{"N"}).at(0).body == "three");
    CHECK(store->messages_by_id(a, MessageId{"O"}).empty());
    CHECK(store->outbox_entry(a, MessageId{"OUT"}) == entry);
    CHECK_FALSE(store->outbox_entry(a, MessageId{"M"}));
}
