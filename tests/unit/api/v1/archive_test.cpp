#include "api/v1/archive.hpp"

#include <catch2/catch.hpp>
#include <zlib.h>

#include <array>

using wagate::v1::Archive;

namespace {

std::string inflated(std::string const& packed)
{
    z_stream stream{};
    REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    std::string out;
    std::array<char, 4096> space;
    int state = Z_OK;
    while (state == Z_OK) {
        stream.next_out = reinterpret_cast<Bytef*>(space.data());
        stream.avail_out = space.size();
        state = inflate(&stream, Z_NO_FLUSH);
        out.append(space.data(), space.size() - stream.avail_out);
    }
    inflateEnd(&stream);
    REQUIRE(state == Z_STREAM_END);
    return out;
}

std::string entry(Archive& archive, std::string const& name, std::string const& content)
{
    return archive.begin(name, content.size()) + archive.add(content) + archive.end_entry();
}

} // namespace

TEST_CASE("an archive is blocks of 512 bytes with two empty ones at its end", "[api][archive]")
{
    Archive archive(1'700'000'000);
    auto packed = entry(archive, "a.txt", "hello");
    packed += entry(archive, "folder/empty", "");
    packed += entry(archive, "full", std::string(512, 'x'));
    packed += archive.finish();
    auto const tar = inflated(packed);
    REQUIRE(tar.size() == 512 * (2 + 1 + 2 + 2));
    CHECK(tar.substr(0, 5) == "a.txt");
    CHECK(tar.substr(257, 5) == "ustar");
    CHECK(tar.substr(124, 11) == "00000000005");
    CHECK(tar.substr(512, 6) == std::string("hello\0", 6));
    CHECK(tar.substr(1024, 12) == "folder/empty");
    CHECK(tar.substr(tar.size() - 1024) == std::string(1024, '\0'));
    unsigned sum = 0;
    for (std::size_t i = 0; i < 512; ++i)
        sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(tar[i]);
    CHECK(std::stoul(tar.substr(148, 6), nullptr, 8) == sum);
}

TEST_CASE("long names are split, and names that no header holds are refused", "[api][archive]")
{
    Archive archive(0);
    auto const folder = "sessions/" + std::string(120, 's');
    auto packed = entry(archive, folder + "/media/" + std::string(65, 'f'), "x");
    packed += archive.finish();
    auto const tar = inflated(packed);
    CHECK(tar.substr(0, 65) == std::string(65, 'f'));
    CHECK(tar.substr(345, 135) == folder + "/media");
    CHECK_THROWS_AS(archive.begin(std::string(300, 'x'), 0), std::logic_error);
}
