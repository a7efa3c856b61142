#include "../crypto/known_answers.hpp"
#include "protocol/noise/noise.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::noise;
using namespace wagate::test;

namespace {

constexpr std::size_t prefix = frame_prefix_bytes;

Bytes payload_of(Bytes const& frame)
{
    return to_bytes(ByteView{frame}.subspan(prefix));
}

} // namespace

TEST_CASE("the second frame of a direction is the one of protocol.md 14", "[noise][transport]")
{
    TransportCipher cipher{counting_key(), Bytes(32)};
    REQUIRE(cipher.seal(view("the first takes counter zero")).has_value());
    CHECK(cipher.seal(from_hex("00f801")).value() ==
          from_hex("000013 152ebe9279bf1e9acdd110868f3112ee4e6390"));
}

TEST_CASE("each direction has its own key and counter", "[noise][transport]")
{
    auto const other_key = Bytes(32, 0x77);
    TransportCipher client{counting_key(), other_key};
    TransportCipher server{other_key, counting_key()};
    for (int round = 0; round < 3; ++round) {
        auto const text = "frame " + std::to_string(round);
        CHECK(server.open(payload_of(client.seal(view(text)).value())).value() == to_bytes(text));
        if (round == 1) continue; // the directions need not take turns
        CHECK(client.open(payload_of(server.seal(view(text)).value())).value() == to_bytes(text));
    }
}

TEST_CASE("an empty frame is a tag", "[noise][transport]")
{
    TransportCipher sender{counting_key(), Bytes(32)};
    TransportCipher receiver{Bytes(32), counting_key()};
    auto const frame = sender.seal({}).value();
    CHECK(frame.size() == prefix + 16);
    CHECK(receiver.open(payload_of(frame)).value().empty());
}

TEST_CASE("a replayed, skipped or tampered frame does not open", "[noise][transport]")
{
    TransportCipher sender{counting_key(), Bytes(32)};
    TransportCipher receiver{Bytes(32), counting_key()};
    auto const first = payload_of(sender.seal(view("first")).value());
    auto const second = payload_of(sender.seal(view("second")).value());

    CHECK(receiver.open(second).error() == NoiseErrc::decryption_failed);
    auto tampered = first;
    tampered.back() ^= 1;
    CHECK(receiver.open(tampered).error() == NoiseErrc::decryption_failed);
    CHECK(receiver.open({}).error() == NoiseErrc::decryption_failed);

    CHECK(receiver.open(first).value() == to_bytes("first"));
    CHECK(receiver.open(first).error() == NoiseErrc::decryption_failed);
    CHECK(receiver.open(second).value() == to_bytes("second"));
}

TEST_CASE("a plaintext that no frame can carry uses up no counter", "[noise][transport]")
{
    TransportCipher sender{counting_key(), Bytes(32)};
    TransportCipher receiver{Bytes(32), counting_key()};
    CHECK(sender.seal(Bytes(max_frame_bytes - 15)).error() == NoiseErrc::frame_too_large);
    auto const largest = sender.seal(Bytes(max_frame_bytes - 16)).value();
    CHECK(largest.size() == prefix + max_frame_bytes);
    CHECK(receiver.open(payload_of(largest)).value().size() == max_frame_bytes - 16);
}
