#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::test;
using std::chrono::seconds;

namespace {

struct MessagesFixture : StoreFixture {
    void put(Message message)
    {
        UnitOfWork work;
        work.messages.push_back(std::move(message));
        commit(a, std::move(work));
    }
    void acknowledge(std::string_view id, Ack ack)
    {
        UnitOfWork work;
        work.acks.push_back({Jid::phone("100"), MessageId{id}, ack});
        commit(a, std::move(work));
    }
    Message find(std::string_view id)
    {
        return store->reader(a)->find_message(Jid::phone("100"), MessageId{id}).value();
    }
    std::vector<std::string> ids(storage::MessageQuery const& query)
    {
        std::vector<std::string> found;
        for (auto const& message : store->messages(a, query))
            found.push_back(message.id.value);
        return found;
    }
};

using Ids = std::vector<std::string>;

} // namespace

TEST_CASE_METHOD(MessagesFixture, "an ack moves forward, never back, and to error at any time",
                 "[storage][messages]")
{
    put(text_message("100", "M", "x"));
    acknowledge("M", Ack::device);
    acknowledge("M", Ack::server);
    CHECK(find("M").ack == Ack::device);
    acknowledge("M", Ack::read);
    CHECK(find("M").ack == Ack::read);
    acknowledge("M", Ack::error);
    CHECK(find("M").ack == Ack::error);
    acknowledge("M", Ack::server);
    CHECK(find("M").ack == Ack::server);
}

TEST_CASE_METHOD(MessagesFixture, "an ack for an unknown message changes nothing", "[storage][messages]")
{
    acknowledge("M", Ack::read);
    CHECK(store->messages(a, {}).empty());
    put(text_message("100", "M", "x"));
    CHECK(find("M").ack == Ack::pending);
}

TEST_CASE_METHOD(MessagesFixture, "replacing a message keeps the higher ack and the newer content",
                 "[storage][messages]")
{
    auto first = text_message("100", "M", "first");
    first.ack = Ack::read;
    put(first);
    auto second = text_message("100", "M", "second");
    second.ack = Ack::server;
    put(second);
    CHECK(find("M").ack == Ack::read);
    CHECK(find("M").body == "second");
    CHECK(store->messages(a, {}).size() == 1);
}

TEST_CASE_METHOD(MessagesFixture, "a placeholder gives way to the message, and not the other way round",
                 "[storage][messages]")
{
    auto placeholder = text_message("100", "M", "");
    placeholder.kind = MessageKind::waiting;
    auto const message = text_message("100", "M", "readable", start_time + seconds{5});
    put(placeholder);
    put(message);
    CHECK(find("M") == message);
    put(placeholder);
    CHECK(find("M") == message);
    CHECK(store->messages(a, {}).size() == 1);
}

TEST_CASE_METHOD(MessagesFixture, "messages come by time, then in the order of their insertion",
                 "[storage][messages]")
{
    put(text_message("100", "late", "x", start_time + seconds{9}));
    for (auto const* id : {"z", "y", "x"})
        put(text_message("100", id, "x"));
    put(text_message("100", "early", "x", start_time - seconds{9}));
    put(text_message("100", "y", "replaced")); // stays where it was

    storage::MessageQuery query;
    query.chat = Jid::phone("100");
    query.newest_first = false;
    CHECK(ids(query) == Ids{"early", "z", "y", "x", "late"});
    query.newest_first = true;
    CHECK(ids(query) == Ids{"late", "x", "y", "z", "early"});
    query.limit = 2;
    query.offset = 1;
    CHECK(ids(query) == Ids{"x", "y"});
    query.offset = 5;
    CHECK(ids(query).empty());
    query.limit = SIZE_MAX;
    query.offset = 3;
    CHECK(ids(query) == Ids{"z", "early"});
}

TEST_CASE_METHOD(MessagesFixture, "a chat and its alias are one list", "[storage][messages]")
{
    for (int i = 0; i < 6; ++i) {
        auto message = text_message("100", "m" + std::to_string(i), "x", start_time + seconds{i / 2});
        if (i % 2) message.chat = Jid::hidden("777");
        put(message);
    }
    put(text_message("200", "other", "x"));

    storage::MessageQuery query;
    query.chat = Jid::phone("100");
    CHECK(ids(query) == Ids{"m4", "m2", "m0"});
    query.chat_alias = Jid::hidden("777");
    CHECK(ids(query) == Ids{"m5", "m4", "m3", "m2", "m1", "m0"});
    query.newest_first = false;
    query.offset = 1;
    query.limit = 3;
    CHECK(ids(query) == Ids{"m1", "m2", "m3"});
    query.chat_alias = query.chat;
    CHECK(ids(query) == Ids{"m2", "m4"});
    query = {};
    CHECK(ids(query).size() == 7);
}

TEST_CASE_METHOD(MessagesFixture, "messages are filtered by time, direction and ack", "[storage][messages]")
{
    for (int i = 0; i < 4; ++i) {
        auto message = text_message("100", "m" + std::to_string(i), "x", start_time + seconds{i});
        message.from_me = i % 2 == 0;
        message.ack = i < 2 ? Ack::server : Ack::read;
        put(message);
    }
    storage::MessageQuery query;
    query.newest_first = false;
    SECTION("time, both ends included")
    {
        query.from = start_time + seconds{1};
        query.until = start_time + seconds{2};
        CHECK(ids(query) == Ids{"m1", "m2"});
    }
    SECTION("direction")
    {
        query.from_me = true;
        CHECK(ids(query) == Ids{"m0", "m2"});
        query.from_me = false;
        CHECK(ids(query) == Ids{"m1", "m3"});
    }
    SECTION("ack, in one chat")
    {
        query.chat = Jid::phone("100");
        query.ack = Ack::read;
        CHECK(ids(query) == Ids{"m2", "m3"});
    }
}
