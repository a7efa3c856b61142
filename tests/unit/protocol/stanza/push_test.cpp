#include "protocol/stanza/push.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::stanza;
using binary::Node;

TEST_CASE("the server's settings hold its key for Web Push", "[stanza][push]")
{
    auto const iq = push_settings_request();
    CHECK(iq.text("xmlns") == "urn:xmpp:whatsapp:push");
    CHECK(iq.text("type") == "get");
    CHECK(iq.child("settings") != nullptr);
    CHECK(parse_push_key(Node{"iq"}.add(Node{"settings"}.set("webserverkey", "BGsX"))) == "BGsX");
    CHECK_FALSE(parse_push_key(Node{"iq"}.add(Node{"settings"})).has_value());
    CHECK_FALSE(parse_push_key(Node{"iq"}).has_value());
}

TEST_CASE("each platform registers with what its pushes need", "[stanza][push]")
{
    auto const config_of = [](PushTarget const& target) {
        auto const iq = push_registration(target);
        CHECK(iq.text("xmlns") == "urn:xmpp:whatsapp:push");
        CHECK(iq.text("type") == "set");
        return *iq.child("config");
    };
    CHECK(config_of(WebPush{"https://push.example.com/1", Bytes{0xFB, 0xFF}, Bytes{4, 5, 6}}) ==
          Node{"config"}
              .set("platform", "web")
              .set("endpoint", "https://push.example.com/1")
              .set("auth", "+/8=")
              .set("p256dh", "BAUG"));
    CHECK(config_of(FcmPush{"token"}) ==
          Node{"config"}.set("id", "token").set("num_acc", "1").set("platform", "gcm"));
    auto const apple = config_of(ApnsPush{"token", "", Bytes(32, 0xFF)});
    CHECK(apple.text("id") == "token");
    CHECK(apple.text("platform") == "apple");
    CHECK(apple.text("pkey") == "__________________________________________8");
    CHECK_FALSE(apple.has("voip"));
    CHECK(config_of(ApnsPush{"token", "calls", Bytes(32, 1)}).text("voip") == "calls");
}
