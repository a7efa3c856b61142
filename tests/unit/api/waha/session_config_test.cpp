#include "api/waha/session_config.hpp"

#include "api/waha/event_names.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::waha;

namespace {

std::vector<std::string> problems_of(std::string const& config)
{
    http::Shape const shape{{config_field()}};
    std::vector<std::string> problems;
    http::accept_body("{\"config\":" + config + "}", shape, http::UnknownFields::dropped, problems);
    return problems;
}

std::vector<std::string> webhook_problems(std::string const& members)
{
    return problems_of(R"({"webhooks":[{"url":"https://h.example/","events":["*"],)" + members + "}]}");
}

using Problems = std::vector<std::string>;

} // namespace

TEST_CASE("a full configuration reaches the gateway's fields", "[api][config]")
{
    auto const config = parse_session_config(
        R"({"metadata":{"user.id":"123","7":"x"},"proxy":null,"client":{"deviceName":"Desk","browserName":"Firefox"},)"
        R"("noweb":{"markOnline":true,"store":{"enabled":true,"fullSync":false}},"webhooks":[)"
        R"({"url":"https://app.example.com/hook?x=1","events":["message","session.status"],"hmac":{"key":"secret"},)"
        R"("retries":{"policy":"exponential","delaySeconds":0.5,"attempts":4},"customHeaders":[{"name":"X-My","value":"v"}]},)"
        R"({"url":"http://127.0.0.1:9/","events":["*"]}]})");
    REQUIRE(config);
    CHECK(config->metadata ==
          std::vector<std::pair<std::string, std::string>>{{"user.id", "123"}, {"7", "x"}});
    CHECK(config->device_name == "Desk");
    CHECK(config->browser_name == "Firefox");
    CHECK(config->mark_online);
    REQUIRE(config->webhooks.size() == 2);
    auto const& first = config->webhooks[0];
    CHECK(first.url == "https://app.example.com/hook?x=1");
    CHECK(first.events == std::vector<std::string>{"message", "session.status"});
    CHECK(first.hmac_key == "secret");
    CHECK(first.policy == gateway::RetryPolicy::exponential);
    CHECK(first.delay_seconds == 0.5);
    CHECK(first.attempts == 4);
    CHECK(first.retries_given);
    CHECK(first.custom_headers == std::vector<std::pair<std::string, std::string>>{{"X-My", "v"}});
    auto const& second = config->webhooks[1];
    CHECK_FALSE(second.hmac_key);
    CHECK_FALSE(second.retries_given);
    CHECK(second.policy == gateway::RetryPolicy::constant);
    CHECK(second.delay_seconds == 2);
    CHECK(second.attempts == 15);
}

TEST_CASE("what is stored reads back to the same configuration and the same text", "[api][config]")
{
    auto const config = parse_session_config(
        R"({"unknown":1,"gows":{"storage":{"chats":false,"labels":null}},"metadata":{"b":"1","3":"2"},"ignore":{"groups":true}})");
    REQUIRE(config);
    CHECK(config->raw_json ==
          R"({"gows":{"storage":{"chats":false}},"metadata":{"3":"2","b":"1"},"ignore":{"groups":true}})");
    auto const again = parse_session_config(config->raw_json);
    REQUIRE(again);
    CHECK(again->raw_json == config->raw_json);
}

TEST_CASE("the echo shows unset parts as null and keeps what was given", "[api][config]")
{
    CHECK(http::stable_json(config_json(gateway::SessionConfig())) ==
          R"({"metadata":{},"proxy":null,"debug":false,"webhooks":[]})");
    auto const config = parse_session_config(
        R"({"debug":true,"webhooks":[{"url":"http://h.example","events":["message"],"retries":{"attempts":3}}]})");
    REQUIRE(config);
    CHECK(
        http::stable_json(config_json(*config)) ==
        R"({"debug":true,"webhooks":[{"url":"http://h.example","events":["message"],"retries":{"attempts":3},"hmac":null,"customHeaders":null}],"metadata":{},"proxy":null})");
}

TEST_CASE("webhook addresses must be http or https", "[api][config]")
{
    for (auto const* url : {"ftp://h.example/", "h.example/hook", "javascript:alert(1)", "http://",
                            "https:///path", "http://h example/", "//h.example/", "file:///etc/passwd"}) {
        INFO(url);
        CHECK(problems_of(std::string(R"({"webhooks":[{"url":")") + url + R"(","events":["*"]}]})") ==
              Problems{"config.webhooks.0.url must be a URL address"});
    }
    CHECK(problems_of(R"({"webhooks":[{"url":"","events":["*"]}]})") ==
          Problems{"config.webhooks.0.url should not be empty"});
}

TEST_CASE("a webhook subscribes to known events only", "[api][config]")
{
    CHECK(
        problems_of(
            R"({"webhooks":[{"url":"http://h","events":["message","message.*","*","engine.event","group.v2.*"]}]})")
            .empty());
    CHECK(problems_of(R"({"webhooks":[{"url":"http://h","events":["mesage","x.*","message*"]}]})") ==
          Problems{"config.webhooks.0.events.0 must be a known event name",
                   "config.webhooks.0.events.1 must be a known event name",
                   "config.webhooks.0.events.2 must be a known event name"});
    CHECK(problems_of(R"({"webhooks":[{"url":"http://h","events":[]}]})") ==
          Problems{"config.webhooks.0.events should not be empty"});
    CHECK_FALSE(is_event_name("*"));
    CHECK(is_event_name("label.chat.deleted"));
}

TEST_CASE("retries, secrets and headers of a webhook stay within their bounds", "[api][config]")
{
    CHECK(webhook_problems(R"("retries":{"policy":"never","delaySeconds":-1,"attempts":1.5})") ==
          Problems{"config.webhooks.0.retries.policy must be one of the following values: linear, "
                   "exponential, constant",
                   "config.webhooks.0.retries.delaySeconds must not be less than 0",
                   "config.webhooks.0.retries.attempts must be an integer number"});
    CHECK(webhook_problems(R"("hmac":{"key":""})") ==
          Problems{"config.webhooks.0.hmac.key should not be empty"});
    CHECK(
        webhook_problems(
            R"("customHeaders":[{"name":"X A","value":"v"},{"name":"content-length","value":"1"},{"name":"X-B","value":"a\r\nb"}])") ==
        Problems{"config.webhooks.0.customHeaders.0.name must be a header name that a webhook may set",
                 "config.webhooks.0.customHeaders.1.name must be a header name that a webhook may set",
                 "config.webhooks.0.customHeaders.2.value must not contain control characters"});
}

TEST_CASE("a webhook may have one or two signing secrets, and TLS that is not verified", "[api][config]")
{
    std::string const first = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";   // 24 bytes
    std::string const longest = "whsec_" + std::string(84, 'A') + "AA=="; // 64
    auto const parsed = parse_session_config(
        R"({"webhooks":[{"url":"http://h","events":["*"],"signing":{"secrets":[")" + first + R"(",")" +
        longest +
        R"("]},"tls":{"verify":false}},{"url":"http://g","events":["message.failed","session.*","webhook.state"]}]})");
    REQUIRE(parsed);
    auto const& signing = parsed->webhooks.at(0);
    REQUIRE(signing.signing_keys.size() == 2);
    CHECK(signing.signing_keys[0].size() == 24);
    CHECK(signing.signing_keys[0][0] == 0x31);
    CHECK(signing.signing_keys[1].size() == 64);
    CHECK_FALSE(signing.verify_tls);
    CHECK(parsed->webhooks.at(1).signing_keys.empty());
    CHECK(parsed->webhooks.at(1).verify_tls);
    CHECK(http::stable_json(config_json(*parsed)).find(R"("signing":{"secrets":[")" + first + "\"") !=
          std::string::npos);

    auto const secret_problem = [](std::string const& secret) {
        return webhook_problems(R"("signing":{"secrets":[")" + secret + R"("]})");
    };
    for (std::string const& bad :
         {std::string("whsec_"), std::string("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
          std::string("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa"), "whsec_" + std::string(88, 'A'),
          std::string("whsec_not base64, not at all, no way!!")}) {
        INFO(bad);
        CHECK(secret_problem(bad) ==
              Problems{"config.webhooks.0.signing.secrets.0 must be whsec_ and 24 to 64 bytes in base64"});
    }
    CHECK_FALSE(webhook_problems(R"("signing":{"secrets":[]})").empty());
    CHECK_FALSE(webhook_problems(R"("signing":{})").empty());
    CHECK_FALSE(
        webhook_problems(R"("signing":{"secrets":[")" + first + "\",\"" + first + "\",\"" + first + "\"]}")
            .empty());
    CHECK_FALSE(webhook_problems(R"("tls":{"verify":"no"})").empty());
}

TEST_CASE("metadata is a map of texts", "[api][config]")
{
    CHECK(problems_of(R"({"metadata":{"a":1}})") == Problems{"config.metadata.a must be a string"});
    CHECK(problems_of(R"({"metadata":[]})") == Problems{"config.metadata must be an object"});
}

TEST_CASE("a proxy is HTTP unless it says otherwise", "[api][config]")
{
    auto const plain = parse_session_config(R"({"proxy":{"server":"proxy.example:3128"}})");
    REQUIRE(plain);
    REQUIRE(plain->proxy);
    CHECK(plain->proxy->kind == transport::Proxy::Kind::http);
    CHECK(plain->proxy->host == "proxy.example");
    CHECK(plain->proxy->port == 3128);
    CHECK(plain->proxy->username.empty());
    auto const socks = parse_session_config(
        R"({"proxy":{"server":"socks5://10.0.0.1:1080","username":"ann","password":"secret"}})");
    REQUIRE(socks);
    CHECK(socks->proxy->kind == transport::Proxy::Kind::socks5);
    CHECK(socks->proxy->host == "10.0.0.1");
    CHECK(socks->proxy->username == "ann");
    CHECK(socks->proxy->password == "secret");
    CHECK(parse_session_config(R"({"proxy":{"server":"http://[::1]:8080"}})")->proxy->host == "::1");
    CHECK_FALSE(parse_session_config(R"({"proxy":null})")->proxy);

    for (auto const* server :
         {"proxy.example", "proxy.example:0", "proxy.example:70000", "ftp://proxy.example:21",
          "u:p@proxy.example:1", "proxy.example:1/path", "proxy.example:1/", ":3128", "[::1]"}) {
        CAPTURE(server);
        CHECK(problems_of(R"({"proxy":{"server":")" + std::string{server} + R"("}})") ==
              Problems{"config.proxy.server must be host:port, http://host:port or socks5://host:port"});
    }
    CHECK_FALSE(problems_of(R"({"proxy":{}})").empty());
}

TEST_CASE("a proxy's password is shown to nobody and kept when it comes back hidden", "[api][config]")
{
    auto const before =
        parse_session_config(R"({"proxy":{"server":"h:3128","username":"ann","password":"secret"}})");
    REQUIRE(before);
    auto const shown = http::stable_json(config_json(*before));
    CHECK(shown ==
          R"({"proxy":{"server":"h:3128","username":"ann","password":"***"},"metadata":{},"debug":false,)"
          R"("webhooks":[]})");
    auto again = parse_session_config(shown);
    REQUIRE(again);
    REQUIRE(hides_password(*again));
    take_password(*again, *before);
    CHECK(again->proxy->password == "secret");
    CHECK(parse_session_config(again->raw_json)->proxy->password == "secret");
    CHECK_FALSE(hides_password(*before));
    auto const open = parse_session_config(R"({"proxy":{"server":"h:3128"}})");
    CHECK(
        http::stable_json(config_json(*open)) ==
        R"({"proxy":{"server":"h:3128","username":null,"password":null},"metadata":{},"debug":false,"webhooks":[]})");
}
