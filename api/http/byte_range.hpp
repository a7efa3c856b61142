#pragma once
// The part of a file that a request asks for (RFC 9110 14). Pure.
#include <cstdint>
#include <string_view>

namespace wagate::http {

struct ByteRange {
    bool is_part = false;          ///< 206 instead of 200
    bool is_unsatisfiable = false; ///< 416
    std::uint64_t first = 0;
    std::uint64_t count = 0;
};

/// One range is served; several, and what is none, give the whole file, as RFC 9110 allows.
ByteRange byte_range(std::string_view header, std::uint64_t size);

} // namespace wagate::http
