#include "tools/sandbox/server/ciphertext_watch.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::sandbox;
using binary::Node;

namespace {

Jid const alice = Jid::hidden("11111", 1);
Jid const bob = Jid::hidden("22222");

Bytes field(std::uint8_t number, ByteView content)
{
    return concat(
        {Bytes{static_cast<std::uint8_t>(number << 3 | 2), static_cast<std::uint8_t>(content.size())},
         content});
}

/// A SignalMessage: version, ratchet key, counter, ciphertext, MAC.
Bytes signal_message(std::uint8_t ratchet, std::uint8_t counter, std::uint8_t text)
{
    return concat({Bytes{0x33}, field(1, Bytes(33, ratchet)), Bytes{0x10, counter, 0x18, 0},
                   field(4, Bytes(16, text)), Bytes(8, text)});
}

Node enc(std::string_view type, Bytes bytes)
{
    Node node{"enc"};
    node.set("v", "2").set("type", type).with_bytes(std::move(bytes));
    return node;
}

Node message(std::uint8_t ratchet, std::uint8_t counter, std::uint8_t text)
{
    return enc("msg", signal_message(ratchet, counter, text));
}

/// A PreKeySignalMessage around it; `base` stands for everything that differs between two first messages.
Node first_message(std::uint8_t base, std::uint8_t counter, std::uint8_t text)
{
    auto const inner = signal_message(9, counter, text);
    return enc("pkmsg",
               concat({Bytes{0x33, 0x08, base}, field(2, Bytes(33, 5)), field(4, inner), Bytes{0x30, 1}}));
}

} // namespace

TEST_CASE("another ciphertext under the same message key is noticed", "[sandbox][watch]")
{
    CiphertextWatch watch;
    CHECK(watch.is_unique(alice, bob, message(1, 0, 'a')));
    CHECK_FALSE(watch.is_unique(alice, bob, message(1, 0, 'b')));
}

TEST_CASE("the same ciphertext again uses no key twice", "[sandbox][watch]")
{
    CiphertextWatch watch;
    CHECK(watch.is_unique(alice, bob, message(1, 0, 'a')));
    CHECK(watch.is_unique(alice, bob, message(1, 0, 'a')));
}

TEST_CASE("another counter, ratchet key or device is another message key", "[sandbox][watch]")
{
    CiphertextWatch watch;
    CHECK(watch.is_unique(alice, bob, message(1, 0, 'a')));
    CHECK(watch.is_unique(alice, bob, message(1, 1, 'b')));
    CHECK(watch.is_unique(alice, bob, message(2, 0, 'c')));
    CHECK(watch.is_unique(alice, bob.with_device(1), message(1, 0, 'd')));
    CHECK(watch.is_unique(bob, alice, message(1, 0, 'e')));
}

TEST_CASE("a reused key is noticed inside first messages and between both kinds", "[sandbox][watch]")
{
    CiphertextWatch watch;
    CHECK(watch.is_unique(alice, bob, first_message(1, 0, 'a')));
    CHECK(watch.is_unique(alice, bob, first_message(2, 0, 'a')));
    CHECK_FALSE(watch.is_unique(alice, bob, first_message(2, 0, 'b')));
    CHECK_FALSE(watch.is_unique(alice, bob, message(9, 0, 'c')));
}

TEST_CASE("bytes that are no message are let through", "[sandbox][watch]")
{
    CiphertextWatch watch;
    for (auto const& bytes :
         {Bytes{}, Bytes{0x33}, Bytes(40, 0xff), Bytes{0x33, 0x0a, 0x7f, 1, 2, 3, 4, 5, 6, 7, 8, 9}}) {
        CHECK(watch.is_unique(alice, bob, enc("msg", bytes)));
        CHECK(watch.is_unique(alice, bob, enc("pkmsg", bytes)));
    }
    CHECK(watch.is_unique(alice, bob, enc("skmsg", signal_message(1, 0, 'a'))));
    CHECK(watch.is_unique(alice, bob, enc("skmsg", signal_message(1, 0, 'b'))));
}

TEST_CASE("only the newest message keys are remembered", "[sandbox][watch]")
{
    CiphertextWatch watch{2};
    CHECK(watch.is_unique(alice, bob, message(1, 0, 'a')));
    CHECK(watch.is_unique(alice, bob, message(1, 1, 'a')));
    CHECK(watch.is_unique(alice, bob, message(1, 2, 'a')));
    CHECK_FALSE(watch.is_unique(alice, bob, message(1, 1, 'b')));
    CHECK(watch.is_unique(alice, bob, message(1, 0, 'b')));
}
