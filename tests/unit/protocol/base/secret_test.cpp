#include "protocol/base/secret.hpp"

#include <catch2/catch.hpp>

using namespace wagate;

TEST_CASE("wiping overwrites every byte", "[base][secret]")
{
    Bytes memory(33, 0xaa);
    wipe(memory);
    CHECK(memory == Bytes(33, 0));
    wipe({});
}

TEST_CASE("a moved secret leaves nothing behind", "[base][secret]")
{
    Secret<ByteArray<4>> source{ByteArray<4>{1, 2, 3, 4}};
    Secret<ByteArray<4>> const target{std::move(source)};
    CHECK(target.reveal() == ByteArray<4>{1, 2, 3, 4});
    CHECK(source.reveal() == ByteArray<4>{});
}

TEST_CASE("a secret that goes out of scope is wiped", "[base][secret]")
{
    alignas(Secret<ByteArray<8>>) std::array<std::uint8_t, sizeof(Secret<ByteArray<8>>)> storage{};
    auto* const secret = new (storage.data()) Secret<ByteArray<8>>{ByteArray<8>{9, 9, 9, 9, 9, 9, 9, 9}};
    REQUIRE(storage[0] == 9);
    secret->~Secret();
    CHECK(std::all_of(storage.begin(), storage.end(), [](auto byte) { return byte == 0; }));
}
