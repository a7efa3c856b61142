#include "gateway/webhooks/policy.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::gateway;
using namespace wagate::gateway::webhooks;
using namespace std::chrono_literals;

namespace {

WebhookConfig webhook(RetryPolicy policy, double delay_seconds)
{
    WebhookConfig config;
    config.policy = policy;
    config.delay_seconds = delay_seconds;
    config.retries_given = true;
    return config;
}

} // namespace

TEST_CASE("only 2xx counts as delivered", "[gateway][webhooks]")
{
    for (auto status : {200u, 204u, 299u})
        CHECK(is_delivered(status));
    for (auto status : {0u, 100u, 199u, 300u, 301u, 304u, 400u, 410u, 429u, 500u, 503u})
        CHECK_FALSE(is_delivered(status));
}

TEST_CASE("retry delays follow the policy", "[gateway][webhooks]")
{
    SECTION("constant")
    {
        auto const config = webhook(RetryPolicy::constant, 2);
        CHECK(retry_delay(config, 1, 0.9) == 2s);
        CHECK(retry_delay(config, 14, 0.9) == 2s);
    }
    SECTION("linear")
    {
        auto const config = webhook(RetryPolicy::linear, 2);
        CHECK(retry_delay(config, 1, 0.9) == 2s);
        CHECK(retry_delay(config, 4, 0.9) == 8s);
    }
    SECTION("exponential, with up to a fifth on top")
    {
        auto const config = webhook(RetryPolicy::exponential, 2);
        CHECK(retry_delay(config, 1, 0) == 2s);
        CHECK(retry_delay(config, 4, 0) == 16s);
        CHECK(retry_delay(config, 4, 0.5) == 17'600ms);
        CHECK(retry_delay(config, 1'000, 0.5) == 24h);
    }
    SECTION("none")
    {
        CHECK(retry_delay(webhook(RetryPolicy::exponential, 0), 5, 0.5) == 0s);
        CHECK(retry_delay(webhook(RetryPolicy::constant, -3), 5, 0.5) == 0s);
        CHECK(retry_delay(webhook(RetryPolicy::constant, 0.25), 5, 0.5) == 250ms);
    }
}

TEST_CASE("an event is tried at least once", "[gateway][webhooks]")
{
    WebhookConfig config;
    config.retries_given = true;
    CHECK(allowed_attempts(config) == 15);
    config.attempts = 0;
    CHECK(allowed_attempts(config) == 1);
}

TEST_CASE("without retries the schedule of Standard Webhooks holds, a fifth more or less",
          "[gateway][webhooks]")
{
    WebhookConfig const config;
    CHECK(allowed_attempts(config) == 10);
    std::vector<Milliseconds> pauses;
    for (int failures = 1; failures < 10; ++failures)
        pauses.push_back(retry_delay(config, failures, 0.5));
    CHECK(pauses == std::vector<Milliseconds>{5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h});
    CHECK(retry_delay(config, 1, 0) == 4s);
    CHECK(retry_delay(config, 1, 0.75) == 5'500ms);
    CHECK(retry_delay(config, 1'000, 0.5) == 24h);
}

TEST_CASE("Retry-After is read as seconds or as a date, up to an hour", "[gateway][webhooks]")
{
    // Sun, 06 Nov 1994 08:49:37 GMT is the example of RFC 9110; as Unix time 784111777.
    auto const now = wall_from_seconds(784'111'777);
    CHECK(parse_retry_after("120", now) == 120s);
    CHECK(parse_retry_after(" 0 ", now) == 0s);
    CHECK(parse_retry_after("7200", now) == 1h);
    CHECK(parse_retry_after("99999999999999999999", now) == 1h);
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now) == 60s);
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now + 5s) == 0s);
    CHECK(parse_retry_after("Mon, 07 Nov 1994 08:49:37 GMT", now) == 1h);
    for (auto const* wrong :
         {"", "soon", "-5", "1.5", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 99 Nov 1994 08:49:37 GMT",
          "Sun, 06 ovD 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08-49-37 GMT"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_retry_after(wrong, now));
    }
}
