#include "protocol/stanza/iq.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/binary/codec.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::stanza;
using binary::Node;

TEST_CASE("a keepalive is the vector of the protocol byte for byte", "[stanza][iq]")
{
    // protocol.md 14
    CHECK(hex_encode(binary::encode(keepalive("1.1-1"))) == "00f8091911fa00030429165708ff831b1a1f");
}

TEST_CASE("the request to become active says what the protocol's vector says", "[stanza][iq]")
{
    // protocol.md 14; the order of attributes differs there
    auto const vector = binary::decode(*hex_decode("00f80a1911fa000316ec18045a0845f801f801ec01")).value();
    auto const built = set_active("2");
    for (auto const key : {"to", "xmlns", "type", "id"})
        CHECK(built.text(key) == vector.text(key));
    CHECK(built.attributes.size() == vector.attributes.size());
    CHECK(built.content == vector.content);
}

TEST_CASE("a result answers whoever asked", "[stanza][iq]")
{
    Node request{"iq"};
    request.set("from", Jid::hidden("900000000000001")).set("id", "7").set("type", "get");
    auto const reply = iq_result(request);
    CHECK(reply.jid("to") == Jid::hidden("900000000000001"));
    CHECK(reply.text("id") == "7");
    CHECK(reply.text("type") == "result");
    CHECK(iq_result(Node{"iq"}.set("id", "8")).jid("to") == Jid::server_jid());
}

TEST_CASE("an error answer carries code and text", "[stanza][iq]")
{
    auto const reply =
        iq_error(Node{"iq"}.set("id", "J").set("from", Jid::server_jid()), 401, "hmac-mismatch");
    CHECK(reply.text("type") == "error");
    auto const error = error_of(reply);
    REQUIRE(error);
    CHECK(error->code == 401);
    CHECK(error->text == "hmac-mismatch");
}

TEST_CASE("errors are read with their backoff and never missed", "[stanza][iq]")
{
    CHECK_FALSE(error_of(Node{"iq"}.set("type", "result")));
    auto const throttled =
        error_of(Node{"iq"}.set("type", "error").add(Node{"error"}.set("code", "429").set("backoff", "30")));
    REQUIRE(throttled);
    CHECK(throttled->code == 429);
    CHECK(throttled->backoff == std::chrono::seconds{30});
    CHECK(error_of(Node{"iq"}.set("type", "error"))->code == 500);
    CHECK(error_of(Node{"user"}.add(Node{"error"}.set("code", "406")))->code == 406);
}

TEST_CASE("the unified session id counts milliseconds into a shifted week", "[stanza][iq]")
{
    auto const id = [](std::int64_t now_ms, std::int64_t offset_ms) {
        return unified_session(wall_from_milliseconds(now_ms), Milliseconds{offset_ms})
            .child("unified_session")
            ->integer("id")
            .value();
    };
    constexpr std::int64_t day = 86'400'000;
    CHECK(id(0, 0) == 3 * day);
    CHECK(id(4 * day - 1, 0) == 7 * day - 1);
    CHECK(id(4 * day, 0) == 0);
    CHECK(id(4 * day, 250) == 250);
}

TEST_CASE("unlinking names the own device", "[stanza][iq]")
{
    auto const iq = remove_companion("9", Jid::phone("15550001111", 5));
    CHECK(iq.text("xmlns") == "md");
    CHECK(iq.text("type") == "set");
    auto const* child = iq.child("remove-companion-device");
    REQUIRE(child != nullptr);
    CHECK(child->jid("jid") == Jid::phone("15550001111", 5));
    CHECK(child->text("reason") == "user_initiated");
}

TEST_CASE("batches and presence have the shapes of 3.4 and 10.3", "[stanza][iq]")
{
    CHECK(offline_batch(200) == Node{"ib"}.add(Node{"offline_batch"}.set("count", "200")));
    CHECK(presence_available("Anna") == Node{"presence"}.set("type", "available").set("name", "Anna"));
    CHECK(presence_unavailable("Anna").text("type") == "unavailable");
}

TEST_CASE("the end of a time lock is asked for and read", "[stanza][iq]")
{
    auto const request = reachout_timelock("9");
    CHECK(request.text("xmlns") == "w:mex");
    CHECK(request.text("type") == "get");
    REQUIRE(request.child("query") != nullptr);
    CHECK(request.child("query")->text("query_id") == "23983697327930364");
    CHECK(text_view(request.child("query")->bytes()) == R"({"variables":{}})");

    auto const unlock = [](std::string_view json) {
        return reachout_unlock(
            Node{"iq"}.set("type", "result").add(Node{"result"}.with_bytes(to_bytes(json))));
    };
    auto const end = wall_from_seconds(1'790'003'600);
    CHECK(unlock(R"({"data":{"xwa2_fetch_account_reachout_timelock":{"is_active":true,)"
                 R"("time_enforcement_ends":"1790003600","enforcement_type":"DEFAULT"}}})") == end);
    CHECK(unlock(R"({ "time_enforcement_ends" : 1790003600 , "is_active" : true })") == end);
    for (auto const json :
         {R"({"is_active":false,"time_enforcement_ends":"1790003600"})",
          R"({"is_active":true,"time_enforcement_ends":"0"})",
          R"({"is_active":true,"time_enforcement_ends":null})",
          R"({"is_active":true,"time_enforcement_ends":"99999999999999999999999"})",
          R"({"is_active":true,"time_enforcement_ends":)", R"({"is_active":true})", R"({"data":null})", ""})
        CHECK_FALSE(unlock(json));
    CHECK_FALSE(reachout_unlock(Node{"iq"}.set("type", "error")));
}
