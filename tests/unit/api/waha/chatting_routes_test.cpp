#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;
using test::body_of;

TEST_CASE("a text is handed to the gateway and answered with the message", "[api][send]")
{
    Api api;
    api.add_session("acme", "shop");
    auto const response = api.call(
        "POST", "/api/sendText",
        R"({"session":"shop","chatId":"49151@c.us","text":"hello","reply_to":"false_49151@c.us_3EB0","id":"3EB0FF",)"
        R"("mentions":["4917@c.us"],"linkPreview":true,"linkPreviewHighQuality":false})");
    CHECK(response.status == 201);
    auto const body = body_of(response);
    CHECK(body.at("id") == "true_49151@c.us_3EB0FF");
    CHECK(body.at("ack") == 1);
    CHECK(body.at("body") == "hello");
    REQUIRE(api.gateway.sent);
    CHECK(api.gateway.sent->chat == "49151@c.us");
    CHECK(api.gateway.sent->reply_to == "false_49151@c.us_3EB0");
    CHECK(api.gateway.sent->id == "3EB0FF");
    CHECK(api.gateway.sent->mentions == std::vector<std::string>{"4917@c.us"});
}

TEST_CASE("the session of a send is named default when left out, and empty optional fields are unset",
          "[api][send]")
{
    Api api;
    api.add_session("acme", "default");
    CHECK(api.call("POST", "/api/sendText", R"({"chatId":"49151","text":"x","reply_to":"","id":null})")
              .status == 201);
    CHECK(api.gateway.calls == std::vector<std::string>{"send acme/default"});
    CHECK_FALSE(api.gateway.sent->reply_to);
    CHECK_FALSE(api.gateway.sent->id);
}

TEST_CASE("a send without chat or text is refused before the gateway", "[api][send]")
{
    Api api;
    api.add_session("acme", "default");
    CHECK(
        api.call("POST", "/api/sendText", R"({"text":""})").body ==
        R"({"statusCode":400,"message":["text should not be empty","chatId should not be empty"],"error":"Bad Request"})");
    CHECK(api.call("POST", "/api/sendText", "not json").status == 400);
    CHECK(api.call("POST", "/api/sendText", R"({"chatId":"1","text":")" + std::string(65'537, 'x') + "\"}")
              .status == 400);
    CHECK(api.call("GET", "/api/sendText?text=x").status == 400);
    CHECK(api.gateway.calls.empty());
}

TEST_CASE("an idempotency key is handed on together with what was asked for", "[api][send]")
{
    Api api;
    api.add_session("acme", "default");
    auto const send = [&](std::string key, std::string text) {
        http::Request request;
        request.method = "POST";
        request.path = "/api/sendText";
        request.headers.add("X-Api-Key", "acme-key");
        request.headers.add("idempotency-key", std::move(key));
        request.body = R"({"chatId":"49151","text":")" + text + "\"}";
        api.gateway.sent.reset();
        return api.send(std::move(request));
    };
    auto const key_of = [&](std::string key, std::string text) {
        CHECK(send(std::move(key), std::move(text)).status == 201);
        REQUIRE(api.gateway.sent);
        REQUIRE(api.gateway.sent->key);
        return *api.gateway.sent->key;
    };
    auto const first = key_of("order-17", "hello");
    CHECK(key_of("order-17", "hello") == first);
    CHECK(key_of("order-17", "bye").key_hash == first.key_hash);
    CHECK(key_of("order-17", "bye").body_hash != first.body_hash);
    CHECK(key_of("order-18", "hello").key_hash != first.key_hash);
    CHECK(key_of("order-18", "hello").body_hash == first.body_hash);
    CHECK(key_of(std::string(255, '~'), "hello").key_hash != first.key_hash);

    for (std::string const& bad : {std::string{}, std::string(256, 'a'), std::string("a b"),
                                   std::string("a\tb"), std::string("gr\xc3\xbc")}) {
        CAPTURE(bad);
        CHECK(
            send(bad, "hello").body ==
            R"({"statusCode":400,"message":["Idempotency-Key must be 1 to 255 visible ASCII characters"],"error":"Bad Request"})");
        CHECK_FALSE(api.gateway.sent);
    }
    CHECK(api.call("POST", "/api/sendText", R"({"chatId":"49151","text":"x"})").status == 201);
    CHECK_FALSE(api.gateway.sent->key);
}

TEST_CASE("the deprecated GET sends too", "[api][send]")
{
    Api api;
    api.add_session("acme", "shop");
    CHECK(api.call("GET", "/api/sendText?phone=49151&text=hello+you&session=shop").status == 200);
    CHECK(api.gateway.sent->chat == "49151");
    CHECK(api.gateway.sent->text == "hello you");
}

TEST_CASE("what WhatsApp refuses is 422 with a reason a program can read", "[api][send]")
{
    Api api;
    api.add_session("acme", "default");
    auto const answer = [&](gateway::GatewayErrc code, int server_code = 0) {
        gateway::Rejection rejection;
        rejection.code = code;
        rejection.server_code = server_code;
        api.gateway.rejection = rejection;
        return api.call("POST", "/api/sendText", R"({"chatId":"49151","text":"x"})");
    };
    auto const capped = answer(gateway::GatewayErrc::rejected_by_server, 475);
    CHECK(capped.status == 422);
    CHECK(
        capped.body ==
        R"({"statusCode":422,"message":"WhatsApp rejected the request","error":"Unprocessable Entity","reason":"new_chat_limit_reached","code":475,"session":"default"})");
    CHECK(body_of(answer(gateway::GatewayErrc::rejected_by_server, 463)).at("reason") == "reachout_timelock");
    CHECK(body_of(answer(gateway::GatewayErrc::rejected_by_server, 400)).at("reason") ==
          "rejected_by_server");
    auto const absent = answer(gateway::GatewayErrc::not_on_whatsapp);
    CHECK(absent.status == 422);
    CHECK(body_of(absent).at("reason") == "not_on_whatsapp");
    CHECK(body_of(absent).at("code").is_null());
    auto const reused = answer(gateway::GatewayErrc::idempotency_key_reused);
    CHECK(reused.status == 422);
    CHECK(body_of(reused).at("reason") == "idempotency_key_reused");
    CHECK(answer(gateway::GatewayErrc::invalid_recipient).status == 400);
    CHECK(answer(gateway::GatewayErrc::message_not_found).status == 404);
    CHECK(answer(gateway::GatewayErrc::session_not_found).status == 422);
}

TEST_CASE("a send that is stored but not yet answered is 202, never an error that invites a second send",
          "[api][send]")
{
    Api api;
    api.add_session("acme", "default");
    gateway::Rejection rejection;
    rejection.code = gateway::GatewayErrc::timed_out;
    api.gateway.rejection = rejection;
    auto const response = api.call("POST", "/api/sendText", R"({"chatId":"49151","text":"x"})");
    CHECK(response.status == 202);
    CHECK(response.body ==
          R"({"status":"accepted","session":"default","chatId":"49151","ack":0,"ackName":"PENDING"})");
}

TEST_CASE("messages are asked for with all filters", "[api][messages]")
{
    Api api;
    api.add_session("acme", "shop");
    auto const response =
        api.call("GET", "/api/shop/chats/49151%40c.us/"
                        "messages?limit=50&offset=7&sortBy=messageTimestamp&sortOrder=asc&downloadMedia=false"
                        "&merge=true&filter.timestamp.gte=1700000000&filter.timestamp.lte=1700000001&filter."
                        "fromMe=false&filter.ack=READ");
    CHECK(response.status == 200);
    CHECK(response.body == "[]");
    REQUIRE(api.gateway.asked);
    CHECK(api.gateway.asked_chat == "49151@c.us");
    CHECK(api.gateway.asked->limit == 50);
    CHECK(api.gateway.asked->offset == 7);
    CHECK_FALSE(api.gateway.asked->newest_first);
    CHECK(api.gateway.asked->from == wall_from_milliseconds(1'700'000'000'000));
    CHECK(api.gateway.asked->until == wall_from_milliseconds(1'700'000'001'999));
    CHECK(api.gateway.asked->from_me == false);
    CHECK(api.gateway.asked->ack == Ack::read);
}

TEST_CASE("a time lock tells when it ends, overload when to try again, a full disk that it is full",
          "[api][send]")
{
    Api api;
    api.add_session("acme", "default");
    auto const answer = [&](gateway::Rejection rejection) {
        api.gateway.rejection = std::move(rejection);
        return api.call("POST", "/api/sendText", R"({"chatId":"49151","text":"x"})");
    };
    gateway::Rejection locked;
    locked.code = gateway::GatewayErrc::rejected_by_server;
    locked.server_code = 463;
    locked.unlock = wall_from_milliseconds(1'741'336'102'000);
    CHECK(
        answer(locked).body ==
        R"({"statusCode":422,"message":"WhatsApp rejected the request","error":"Unprocessable Entity","reason":"reachout_timelock","code":463,"session":"default","unlockAt":1741336102000})");
    gateway::Rejection busy;
    busy.code = gateway::GatewayErrc::overloaded;
    CHECK(answer(busy).headers.find("Retry-After") == "1");
    busy.retry_after = Milliseconds(2'001);
    CHECK(answer(busy).status == 429);
    CHECK(answer(busy).headers.find("Retry-After") == "3");
    gateway::Rejection full;
    full.code = gateway::GatewayErrc::storage_full;
    CHECK(answer(full).status == 507);
    CHECK(answer(full).headers.find("Retry-After") == "30");
    CHECK(body_of(answer(full)).at("error") == "Insufficient Storage");
}

TEST_CASE("messages come ten at a time, newest first, of all chats on demand", "[api][messages]")
{
    Api api;
    api.add_session("acme", "shop");
    Message message;
    message.chat = Jid::phone("49151");
    message.id = MessageId("3EB0");
    message.sender = Jid::phone("49151");
    message.body = "hi";
    api.gateway.stored = {message, message};
    auto const list = body_of(api.call("GET", "/api/shop/chats/all/messages")).as_array();
    CHECK(list.size() == 2);
    CHECK(list[0].at("id") == "false_49151@c.us_3EB0");
    CHECK(api.gateway.asked_chat.empty());
    CHECK(api.gateway.asked->limit == 10);
    CHECK(api.gateway.asked->newest_first);
    CHECK_FALSE(api.gateway.asked->from_me);
    CHECK_FALSE(api.gateway.asked->ack);
}

TEST_CASE("queries for messages that make no sense are refused", "[api][messages]")
{
    Api api;
    api.add_session("acme", "shop");
    for (auto const* query : {"limit=0", "limit=1001", "limit=x", "offset=-1", "sortOrder=up", "sortBy=name",
                              "filter.fromMe=maybe", "filter.ack=3", "filter.timestamp.gte=1e9",
                              "filter.timestamp.lte=99999999999999999999"}) {
        INFO(query);
        CHECK(api.call("GET", std::string("/api/shop/chats/1@c.us/messages?") + query).status == 400);
    }
    CHECK(api.gateway.calls.empty());
    CHECK(api.call("GET", "/api/nobody/chats/1@c.us/messages").status == 422);
}
