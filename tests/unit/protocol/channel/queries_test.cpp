#include "protocol/channel/queries.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::channel;
using binary::Node;

namespace {

Node reply_of(std::string_view json)
{
    Node result{"result"};
    result.with_bytes(to_bytes(json));
    return Node{"iq"}.set("type", "result").add(std::move(result));
}

std::string asked(Node const& iq)
{
    return std::string(text_view(iq.child("query")->bytes()));
}

} // namespace

TEST_CASE("channels are named by id, invite code or link", "[channel]")
{
    auto const by_id = parse_channel_key("123@newsletter");
    REQUIRE(by_id);
    CHECK(by_id->jid == Jid{"123", JidServer::newsletter});
    for (auto const* text :
         {"0029Va4K0PZ5a245NkngBA2M", "https://whatsapp.com/channel/0029Va4K0PZ5a245NkngBA2M",
          "https://www.whatsapp.com/channel/0029Va4K0PZ5a245NkngBA2M"}) {
        auto const by_code = parse_channel_key(text);
        INFO(text);
        REQUIRE(by_code);
        CHECK(by_code->invite == "0029Va4K0PZ5a245NkngBA2M");
        CHECK_FALSE(by_code->jid);
    }
    for (auto const* text : {"", "1@c.us", "@newsletter", "a b", "code?x=1", "https://whatsapp.com/channel/"})
        CHECK_FALSE(parse_channel_key(text));
}

TEST_CASE("a question names its query and its channel", "[channel]")
{
    auto const iq = follow_query(Jid{"123", JidServer::newsletter});
    CHECK(iq.text("xmlns") == "w:mex");
    CHECK(iq.text("type") == "get");
    CHECK(iq.child("query")->text("query_id") == "24404358912487870");
    CHECK(asked(iq) == R"({"variables":{"newsletter_id":"123@newsletter"}})");
    CHECK(asked(info_query({std::nullopt, "CODE"})).find(R"("input":{"key":"CODE","type":"INVITE"})") !=
          std::string::npos);
    CHECK(asked(create_query("a \"name\"", "", {})) ==
          R"({"variables":{"input":{"name":"a \"name\"","description":null}}})");
}

TEST_CASE("a channel is read with whatever the server tells of it", "[channel]")
{
    auto const answer = read_answer(reply_of(R"({"data":{"xwa2_newsletter":{"id":"120363@newsletter",
        "state":{"type":"SUSPENDED"},"thread_metadata":{"creation_time":"1700000000","invite":"CODE",
        "name":{"text":"Name"},"description":{"text":"About"},"subscribers_count":"42","verification":"VERIFIED",
        "preview":{"direct_path":"/small"},"picture":{"url":"https://pps/large"}},
        "viewer_metadata":{"mute":"ON","role":"ADMIN"}}}})"));
    CHECK(answer.error == 0);
    REQUIRE(answer.channel);
    Channel expected;
    expected.jid = Jid{"120363", JidServer::newsletter};
    expected.name = "Name";
    expected.description = "About";
    expected.invite = "CODE";
    expected.preview = "/small";
    expected.picture = "https://pps/large";
    expected.role = ChannelRole::admin;
    expected.verified = true;
    expected.active = false;
    expected.muted = true;
    expected.subscribers = 42;
    expected.created = wall_from_seconds(1'700'000'000);
    CHECK(*answer.channel == expected);

    auto const bare = read_answer(reply_of(R"({"data":{"x":{"id":"1@newsletter"}}})"));
    REQUIRE(bare.channel);
    CHECK(bare.channel->role == ChannelRole::guest);
}

TEST_CASE("lists and pages leave out what is no channel", "[channel]")
{
    auto const list = read_answer(
        reply_of(R"({"data":{"x":[{"id":"1@newsletter"},{"id":"2@g.us"},7,{"id":"3@newsletter"}]}})"));
    REQUIRE(list.channels.size() == 2);
    CHECK(list.channels[1].jid.user == "3");
    auto const page = read_answer(reply_of(
        R"({"data":{"x":{"page_info":{"hasNextPage":true,"endCursor":"e"},"result":[{"id":"1@newsletter"}]}}})"));
    CHECK(page.page.channels.size() == 1);
    CHECK(page.page.has_next);
    CHECK_FALSE(page.page.has_previous);
    CHECK(page.page.end_cursor == "e");
    CHECK_FALSE(page.channel);
}

TEST_CASE("refusals and damaged answers are errors, never channels", "[channel]")
{
    auto const refused =
        read_answer(reply_of(R"({"data":null,"errors":[{"message":"no","extensions":{"error_code":404}}]})"));
    CHECK(refused.error == 404);
    CHECK(read_answer(reply_of(R"({"errors":[{"message":"no"}]})")).error == 400);
    CHECK(read_answer(reply_of(R"({"errors":[{"extensions":{"error_code":99999}}]})")).error == 400);
    for (auto const* text : {"", "{", "[]", "nonsense", R"({"data":)"}) {
        INFO(text);
        CHECK(read_answer(reply_of(text)).error == 400);
    }
    CHECK(read_answer(Node{"iq"}).error == 0);
    CHECK_FALSE(read_answer(Node{"iq"}).channel);
}

TEST_CASE("posts come oldest first with what is counted for them", "[channel]")
{
    auto const post = [](std::int64_t number, std::string_view text) {
        Node message{"message"};
        message.set("id", "M" + std::to_string(number))
            .set("server_id", number)
            .set("type", "text")
            .set("t", "1700000000");
        return message.add(Node{"plaintext"}.with_bytes(to_bytes(text)));
    };
    Node views{"views_count"};
    views.set("count", std::int64_t{7});
    Node reaction{"reaction"};
    reaction.set("code", "👍").set("count", std::int64_t{3});
    Node messages{"messages"};
    messages.add(post(102, "b").add(std::move(views)).add(Node{"reactions"}.add(std::move(reaction))));
    messages.add(post(101, "a")).add(Node{"unknown"});
    auto const chat = Jid{"9", JidServer::newsletter};
    auto const posts = read_posts(Node{"iq"}.add(std::move(messages)), chat);
    REQUIRE(posts.size() == 2);
    CHECK(posts[0].message.server_id == 101);
    CHECK(posts[0].message.chat == chat);
    CHECK(posts[0].views == 0);
    CHECK(posts[1].message.content == to_bytes(std::string_view{"b"}));
    CHECK(posts[1].views == 7);
    CHECK(posts[1].reactions == std::map<std::string, std::int64_t>{{"👍", 3}});
}
