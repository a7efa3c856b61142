#include "api/v1/archive.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace wagate::v1 {
namespace {

constexpr std::size_t block = 512;
constexpr int gzip_window = 15 + 16;
constexpr std::size_t name_bytes = 100;
constexpr std::size_t prefix_bytes = 155;

/// Places in a ustar header (POSIX.1-1988).
struct Place {
    std::size_t offset;
    std::size_t size;
};
constexpr Place name_place{0, 100}, mode_place{100, 8}, owner_place{108, 8}, group_place{116, 8},
    size_place{124, 12}, time_place{136, 12}, sum_place{148, 8}, type_place{156, 1}, magic_place{257, 8},
    prefix_place{345, 155};

using Header = std::array<char, block>;

void put(Header& header, Place place, std::string_view text)
{
    std::memcpy(header.data() + place.offset, text.data(), std::min(text.size(), place.size));
}

void put_octal(Header& header, Place place, std::uint64_t number)
{
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%0*llo", static_cast<int>(place.size - 1),
                  static_cast<unsigned long long>(number));
    put(header, place, {text.data(), place.size - 1});
}

Header header_of(std::string_view name, std::uint64_t bytes, std::int64_t time)
{
    std::string_view prefix;
    if (name.size() > name_bytes) {
        auto const slash = name.rfind('/', prefix_bytes);
        if (slash == std::string_view::npos || name.size() - slash - 1 > name_bytes)
            throw std::logic_error("the name of an entry is too long");
        prefix = name.substr(0, slash);
        name.remove_prefix(slash + 1);
    }
    Header header{};
    put(header, name_place, name);
    put(header, prefix_place, prefix);
    put_octal(header, mode_place, 0600);
    put_octal(header, owner_place, 0);
    put_octal(header, group_place, 0);
    put_octal(header, size_place, bytes);
    put_octal(header, time_place, static_cast<std::uint64_t>(time));
    put(header, type_place, "0");
    put(header, magic_place, std::string_view("ustar\00000", 8));
    put(header, sum_place, "        ");
    unsigned sum = 0;
    for (char const c : header)
        sum += static_cast<unsigned char>(c);
    put_octal(header, {sum_place.offset, 7}, sum);
    header[sum_place.offset + 6] = '\0';
    return header;
}

} // namespace

struct Archive::Stream {
    z_stream zlib{};
    Stream()
    {
        if (deflateInit2(&zlib, Z_BEST_SPEED, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc();
    }
    ~Stream() { deflateEnd(&zlib); }
};

Archive::Archive(std::int64_t unix_seconds) : stream_(std::make_unique<Stream>()), time_(unix_seconds)
{}

Archive::~Archive() = default;

std::string Archive::squeeze(std::string_view bytes, bool is_last)
{
    auto& zlib = stream_->zlib;
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    zlib.avail_in = static_cast<uInt>(bytes.size());
    std::string out;
    std::array<char, 32 * 1024> space;
    for (;;) {
        zlib.next_out = reinterpret_cast<Bytef*>(space.data());
        zlib.avail_out = static_cast<uInt>(space.size());
        auto const state = deflate(&zlib, is_last ? Z_FINISH : Z_NO_FLUSH);
        out.append(space.data(), space.size() - zlib.avail_out);
        if (is_last ? state == Z_STREAM_END : zlib.avail_in == 0 && zlib.avail_out != 0) return out;
        if (state != Z_OK && state != Z_BUF_ERROR) throw std::runtime_error("compressing failed");
    }
}

std::string Archive::begin(std::string_view name, std::uint64_t bytes)
{
    entry_bytes_ = bytes;
    auto const header = header_of(name, bytes, time_);
    return squeeze({header.data(), header.size()}, false);
}

std::string Archive::add(std::string_view content)
{
    return squeeze(content, false);
}

std::string Archive::end_entry()
{
    return squeeze(std::string((block - entry_bytes_ % block) % block, '\0'), false);
}

std::string Archive::finish()
{
    return squeeze(std::string(2 * block, '\0'), true);
}

} // namespace wagate::v1
