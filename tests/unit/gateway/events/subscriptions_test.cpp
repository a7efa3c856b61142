#include "gateway/events/subscriptions.hpp"

#include <catch2/catch.hpp>

using namespace wagate::gateway;

TEST_CASE("subscriptions are names, everything, or a prefix", "[gateway][events]")
{
    CHECK(is_subscribed({"session.status", "message"}, "message"));
    CHECK_FALSE(is_subscribed({"message"}, "message.any"));
    CHECK_FALSE(is_subscribed({}, "message"));
    CHECK(is_subscribed({"*"}, "message.any"));
    CHECK_FALSE(is_subscribed({"*"}, "engine.event"));
    CHECK(is_subscribed({"*", "engine.event"}, "engine.event"));
    CHECK(is_subscribed({"message.*"}, "message.any"));
    CHECK_FALSE(is_subscribed({"message.*"}, "messages.any"));
    CHECK_FALSE(is_subscribed({"message.*"}, "message"));
}
