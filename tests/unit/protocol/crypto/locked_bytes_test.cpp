#include "protocol/crypto/locked_bytes.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

using namespace wagate;

namespace {

/// What the kernel says about the pages of `address`.
std::string flags_of(void const* address)
{
    auto const wanted = reinterpret_cast<std::uintptr_t>(address);
    std::ifstream maps("/proc/self/smaps");
    bool is_ours = false;
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t first = 0;
        std::uintptr_t last = 0;
        char dash = 0;
        std::istringstream words(line);
        if (words >> std::hex >> first >> dash >> last && dash == '-')
            is_ours = first <= wanted && wanted < last;
        if (is_ours && line.starts_with("VmFlags:")) return line + " ";
    }
    return {};
}

} // namespace

TEST_CASE("locked bytes hold what they were given, and only one owner has them", "[crypto][locked]")
{
    auto const secret = to_bytes("a key that nobody reads");
    crypto::LockedBytes first{secret};
    CHECK(to_bytes(first.reveal()) == secret);
    crypto::LockedBytes second{std::move(first)};
    CHECK(first.empty()); // NOLINT(bugprone-use-after-move): that is the question
    CHECK(to_bytes(second.reveal()) == secret);
    first = std::move(second);
    CHECK(first.size() == secret.size());
    CHECK(crypto::LockedBytes{}.empty());
    CHECK(crypto::LockedBytes{ByteView{}}.reveal().empty());
}

TEST_CASE("locked bytes are in no core dump, and read-only", "[crypto][locked]")
{
    crypto::LockedBytes const key{32, [](std::span<std::uint8_t> target) { target[0] = 7; }};
    CHECK(key.reveal()[0] == 7);
    auto const flags = flags_of(key.reveal().data());
    INFO(flags);
    CHECK(flags.find(" dd ") != std::string::npos);
    CHECK(flags.find(" lo ") != std::string::npos);
    CHECK(flags.find(" wr ") == std::string::npos);
}
