#include "protocol/message/identifiers.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace wagate;
using namespace wagate::message;

TEST_CASE("message ids look as those of web clients", "[message][ids]")
{
    testing::SeededRandom random{1};
    std::set<MessageId> ids;
    for (int i = 0; i < 200; ++i) {
        auto const id =
            generate_message_id(wall_from_seconds(1'790'000'000), Jid::phone("4915100000001", 3), random);
        CHECK(id.value.size() == 22);
        CHECK(id.value.substr(0, 4) == "3EB0");
        CHECK(id.value.find_first_not_of("0123456789ABCDEF") == std::string::npos);
        ids.insert(id);
    }
    CHECK(ids.size() == 200);
}

TEST_CASE("a message id hashes time, own number and sixteen random bytes", "[message][ids]")
{
    // protocol.md 7.1
    testing::SeededRandom random{7};
    auto const id =
        generate_message_id(wall_from_seconds(1'790'000'000), Jid::phone("4915100000001"), random);
    testing::SeededRandom same{7};
    Bytes input = big_endian(1'790'000'000, 8);
    append(input, view("4915100000001@c.us"));
    append(input, same.bytes(16));
    CHECK(id.value == "3EB0" + hex_encode_upper(ByteView{crypto::sha256(input)}.first(9)));
}

TEST_CASE("participant hashes are those of the protocol's vectors", "[message][phash]")
{
    // protocol.md 14
    CHECK(participant_hash({}) == "2:47DEQpj8");
    CHECK(participant_hash({Jid::phone("15550001111", 5), Jid::phone("15550002222")}) == "2:OKwQdy5K");
    CHECK(participant_hash({Jid::hidden("900000000000001", 5), Jid::hidden("900000000000002")}) ==
          "2:fLRMDrik");
}

TEST_CASE("the order of devices does not change the participant hash", "[message][phash]")
{
    CHECK(participant_hash({Jid::phone("15550002222"), Jid::phone("15550001111", 5)}) == "2:OKwQdy5K");
}
