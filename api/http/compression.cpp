#include "api/http/compression.hpp"

#include <zlib.h>

#include <algorithm>

namespace wagate::http {
namespace {

constexpr std::size_t smallest = 2 * 1024;
/// Compressing runs on the connection's loop: what would hold it up for long goes as it is.
constexpr std::size_t largest = 8u << 20;
constexpr int gzip_window = 15 + 16; ///< zlib's way to ask for gzip's frame

std::string_view trimmed(std::string_view text) noexcept
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// `q=0`, `q=0.0` …
bool is_refused(std::string_view parameters) noexcept
{
    auto const weight = trimmed(parameters);
    if (!weight.starts_with("q=") && !weight.starts_with("Q=")) return false;
    return weight.substr(2).find_first_of("123456789") == std::string_view::npos;
}

bool is_text(Response const& response)
{
    auto const type = response.headers.find("Content-Type");
    return type.starts_with("application/json") || type.starts_with("text/");
}

/// Empty when it fails or gains nothing.
std::string gzipped(std::string const& body)
{
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return {};
    std::string out(body.size(), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data())); // zlib does not write there
    stream.avail_in = static_cast<uInt>(body.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    int const ended = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return ended == Z_STREAM_END ? out : std::string();
}

} // namespace

bool accepts_gzip(std::string_view accept_encoding) noexcept
{
    bool any = false;
    while (!accept_encoding.empty()) {
        auto const comma = accept_encoding.find(',');
        auto const item = accept_encoding.substr(0, comma);
        accept_encoding.remove_prefix(comma == std::string_view::npos ? accept_encoding.size() : comma + 1);
        auto const semicolon = item.find(';');
        auto const name = trimmed(item.substr(0, semicolon));
        bool const refused = semicolon != std::string_view::npos && is_refused(item.substr(semicolon + 1));
        if (equal_ignoring_case(name, "gzip")) return !refused;
        if (name == "*" && !refused) any = true;
    }
    return any;
}

Response compressed(Response response, std::string_view accept_encoding)
{
    if (response.stream || response.later || response.web_socket || !is_text(response) ||
        response.body.size() < smallest || response.body.size() > largest ||
        response.headers.contains("Content-Encoding"))
        return response;
    response.headers.add("Vary", "Accept-Encoding");
    if (!accepts_gzip(accept_encoding)) return response;
    auto body = gzipped(response.body);
    if (body.empty()) return response;
    response.body = std::move(body);
    response.headers.add("Content-Encoding", "gzip");
    return response;
}

} // namespace wagate::http
