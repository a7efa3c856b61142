#include "gateway/webhooks/delivery.hpp"

#include "protocol/base/encoding.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace wagate;
using namespace wagate::gateway;
using namespace wagate::gateway::webhooks;

namespace {

WebhookConfig webhook(std::string url)
{
    WebhookConfig config;
    config.url = std::move(url);
    return config;
}

RenderedEvent const event{"message", "evt_01aryz6s410000000000000000", R"({"event":"message"})"};

std::optional<std::string> header(transport::HttpRequest const& request, std::string_view name)
{
    std::optional<std::string> found;
    for (auto const& [key, value] : request.headers) {
        if (key != name) continue;
        if (found) return "twice";
        found = value;
    }
    return found;
}

} // namespace

TEST_CASE("the signature is WAHA's HMAC-SHA512 over the body", "[gateway][webhooks]")
{
    // The example of WAHA's documentation, how-to/events.
    CHECK(signature("my-secret-key", R"({"event":"message","session":"default","engine":"WEBJS"})") ==
          "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8"
          "097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89");
}

TEST_CASE("a request carries WAHA's headers and the exact body", "[gateway][webhooks]")
{
    auto config = webhook("https://example.org/hook");
    config.hmac_key = "key";
    auto const request =
        make_request(config, event, "wagate/1.2.3", {wall_from_milliseconds(1'741'249'702'485), 3});
    CHECK(request.method == "POST");
    CHECK(request.url == config.url);
    CHECK(request.body == event.body);
    CHECK(request.verify_tls);
    CHECK(header(request, "Content-Type") == "application/json");
    CHECK(header(request, "User-Agent") == "wagate/1.2.3");
    CHECK(header(request, "X-Webhook-Request-Id") == event.id);
    CHECK(header(request, "X-Webhook-Timestamp") == "1741249702485");
    CHECK(header(request, "X-Webhook-Hmac") == signature("key", event.body));
    CHECK(header(request, "X-Webhook-Hmac-Algorithm") == "sha512");
    CHECK(header(request, "X-Webhook-Attempt") == "3");
    CHECK(header(request, "webhook-id") == event.id);
    CHECK(header(request, "webhook-timestamp") == "1741249702");
    CHECK(header(request, "webhook-signature") == std::nullopt);
    CHECK(header(request, "webhook-replay") == std::nullopt);
    CHECK(request.timeouts.connect == std::chrono::seconds(5));
    CHECK(request.timeouts.response == std::chrono::seconds(15));
}

TEST_CASE("each signing key gives a signature of Standard Webhooks", "[gateway][webhooks]")
{
    // The example of the Standard Webhooks libraries; the second key is "0123456789abcdef01234567".
    std::vector const keys{base64_decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").value(),
                           to_bytes("0123456789abcdef01234567")};
    auto const body = R"({"test": 2432232314})";
    std::string const first = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    CHECK(standard_signature(std::span{keys}.first(1), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body) ==
          first);
    auto const both = standard_signature(keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body);
    CHECK(both.starts_with(first + " v1,"));
    CHECK(both.size() == 2 * first.size() + 1);

    auto config = webhook("https://example.org/hook");
    config.signing_keys = keys;
    config.custom_headers = {{"Webhook-Signature", "forged"}, {"webhook-replay", "forged"}};
    auto const request = make_request(config, event, "wagate/1", {wall_from_seconds(1'614'265'330), 1, true});
    CHECK(header(request, "webhook-signature") ==
          standard_signature(keys, event.id, "1614265330", event.body));
    CHECK(header(request, "webhook-replay") == "1");
}

TEST_CASE("a name and a password in the URL become a header", "[gateway][webhooks]")
{
    auto config = webhook("https://crm:p%40ss%3A1@example.org:8443/hook?a=1");
    auto request = make_request(config, event, "wagate/1", {});
    CHECK(request.url == "https://example.org:8443/hook?a=1");
    CHECK(header(request, "Authorization") == "Basic " + base64_encode(view("crm:p@ss:1")));

    config.custom_headers = {{"authorization", "Bearer token"}};
    request = make_request(config, event, "wagate/1", {});
    CHECK(header(request, "authorization") == "Bearer token");
    CHECK(header(request, "Authorization") == std::nullopt);

    config = webhook("https://example.org/hook?to=a@b");
    request = make_request(config, event, "wagate/1", {});
    CHECK(request.url == config.url);
    CHECK(header(request, "Authorization") == std::nullopt);
}

TEST_CASE("TLS is verified unless the webhook says otherwise", "[gateway][webhooks]")
{
    auto config = webhook("https://example.org");
    config.verify_tls = false;
    CHECK_FALSE(make_request(config, event, "wagate/1", {}).verify_tls);
}

TEST_CASE("a request without a key is not signed", "[gateway][webhooks]")
{
    auto const request = make_request(webhook("https://example.org"), event, "wagate/1", {});
    CHECK(header(request, "X-Webhook-Hmac") == std::nullopt);
    CHECK(header(request, "X-Webhook-Hmac-Algorithm") == std::nullopt);
}

TEST_CASE("custom headers are added but cannot forge what receivers trust", "[gateway][webhooks]")
{
    auto config = webhook("https://example.org");
    config.hmac_key = "key";
    config.custom_headers = {{"X-Token", "abc"},
                             {"user-agent", "mine"},
                             {"x-webhook-hmac", "forged"},
                             {"X-WEBHOOK-REQUEST-ID", "forged"}};
    auto const request = make_request(config, event, "wagate/1", {});
    CHECK(header(request, "X-Token") == "abc");
    CHECK(header(request, "user-agent") == "mine");
    CHECK(header(request, "User-Agent") == std::nullopt);
    auto const is_forged = [](auto const& entry) { return entry.second == "forged"; };
    CHECK(std::none_of(request.headers.begin(), request.headers.end(), is_forged));
}

TEST_CASE("endpoint ids are constant, distinct and free of the URL", "[gateway][webhooks]")
{
    std::vector const global{webhook("https://a.example/?token=secret")};
    std::vector const own{webhook("https://a.example/?token=secret"), webhook("https://b.example/"),
                          webhook("https://a.example/?token=secret")};
    auto const endpoints = make_endpoints(global, own);
    REQUIRE(endpoints.size() == 4);
    std::set<std::string> ids;
    for (auto const& endpoint : endpoints) {
        ids.insert(endpoint.id);
        CHECK(endpoint.id.find("secret") == std::string::npos);
    }
    CHECK(ids.size() == 4);

    auto changed = own;
    changed[1].hmac_key = "new";
    changed[1].events = {"*"};
    std::swap(changed[0], changed[1]);
    auto const again = make_endpoints({}, changed);
    CHECK(again[0].id == endpoints[2].id);
    CHECK(again[0].config.hmac_key == "new");
    CHECK(again[1].id == endpoints[1].id);
}
