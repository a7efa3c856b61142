#include "protocol/message/reporting.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/message/compose.hpp"
#include "tests/support/message_samples.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::message;
namespace samples = wagate::testing::samples;

namespace {

MessageId const id{"3EB0ABC"};
Jid const sender = Jid::hidden("900000000000001");
Jid const remote = Jid::hidden("900000000000002");

std::string token_of(std::string_view message_hex)
{
    auto const token = reporting_token(*hex_decode(message_hex), id, sender, remote);
    return token ? hex_encode(*token) : "none";
}

/// messageContextInfo with a secret of the bytes 0 to 31.
std::string const secret = "9a02221a20000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

Bytes with_known_secret(TypedMessage message)
{
    message.envelope.secret = SharedSecret{samples::numbered(0, 32)};
    return build_message(message);
}

} // namespace

TEST_CASE("reporting tokens are those of another client", "[message][reporting]")
{
    // Made by Baileys 7.0.0-rc14 from these messages.
    CHECK(token_of("0a0548656c6c6f" + secret) == "00385a3d316a15c573e3977807c50a4a");
    CHECK(token_of(
              "323e0a167365652068747470733a2f2f612e6578616d706c652f121268747470733a2f2f612e6578616d706c652f"
              "3201748a01090a0158a80105b00101e80102" +
              secret) == "80a349e61990aaab837433fa5c44aca5");
    CHECK(token_of(
              "1a460a0968747470733a2f2f75120a696d6167652f6a7065671a016328053014380a42206b6b6b6b6b6b6b6b6b6b6b"
              "6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6baa010173" +
              secret) == "67dbd8727a63e650d7046ca7c3b31a6d");
    CHECK(token_of(secret + "8204121201711a050a037965731a040a026e6f2001") ==
          "20646a699e359c33266911cac06c57d5");
    CHECK(token_of("3a260a0175120f6170706c69636174696f6e2f7064661a015430034205612e706466a20103636170" +
                   secret) == "0540c2c318dfc42782ef953d930d9912");
}

TEST_CASE("a token vouches for what is shown, in the order of the fields", "[message][reporting]")
{
    auto const hello = *hex_decode("0a0548656c6c6f");
    auto const poll = *hex_decode("8204121201711a050a037965731a040a026e6f2001");
    // Without the number of choices, which nobody is shown.
    CHECK(hex_encode(reported_parts(poll)) == "8204101201711a050a037965731a040a026e6f");
    CHECK(reported_parts(concat({poll, hello})) == reported_parts(concat({hello, poll})));
    CHECK(reported_parts(*hex_decode(secret)).empty());
    CHECK(reported_parts(*hex_decode("0a05")).empty());
}

TEST_CASE("what is wrapped is reported as it is inside", "[message][reporting]")
{
    auto const image = *hex_decode("1a0f120a696d6167652f6a7065671a0163");
    Bytes inside, wrapped;
    inside = concat({*hex_decode("0a11"), image});
    wrapped = concat({*hex_decode("ba0313"), inside}); // viewOnceMessageV2
    CHECK(hex_encode(reported_parts(wrapped)) == hex_encode(wrapped));
}

TEST_CASE("what cannot be reported has no token", "[message][reporting]")
{
    testing::SeededRandom random(1);
    TypedMessage text;
    text.body = Text{"hello", {}, {}};
    CHECK(reporting_token(with_known_secret(text), id, sender, remote).has_value());
    CHECK_FALSE(reporting_token(build_message(text), id, sender, remote).has_value());
    TypedMessage reaction;
    reaction.body = Reaction{samples::target(), "👍", "", {}};
    CHECK_FALSE(reporting_token(with_known_secret(reaction), id, sender, remote).has_value());
    auto const scope = SecretScope{id, sender, remote};
    auto const key = SharedSecret{samples::numbered(0, 32)};
    auto const vote = new_poll_vote(samples::target(), key, scope, {"yes"}, WallTime{}, random);
    CHECK_FALSE(reporting_token(with_known_secret(vote), id, sender, remote).has_value());
    auto const answer = new_event_response(samples::target(), key, scope, {}, random);
    CHECK_FALSE(reporting_token(with_known_secret(answer), id, sender, remote).has_value());
}

TEST_CASE("a message is given a secret once", "[message][reporting]")
{
    testing::SeededRandom random(1);
    TypedMessage text;
    text.body = Text{"hello", {}, {}};
    text.envelope.add_on_duration = Seconds{60};
    auto const given = with_secret(build_message(text), random);
    auto const read = parse_body(given);
    REQUIRE(read.envelope.secret.has_value());
    CHECK(read.envelope.secret->reveal().size() == 32);
    CHECK(read.envelope.add_on_duration == text.envelope.add_on_duration);
    CHECK(text_of(read.body) == "hello");
    CHECK(with_secret(given, random) == given);
}
