// What a connection reads as requests, in any pieces: the first byte of the input is the size of a piece, the
// rest is the stream. The pieces make no difference, and nothing that is read could be read in another way.
#include "api/http/request_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace wagate;
using namespace wagate::http;

namespace {

constexpr std::size_t most_body = 4'096;

void require(bool condition)
{
    if (!condition) std::abort();
}

struct Seen {
    std::vector<std::string> requests;
    unsigned refused = 0;
    bool operator==(Seen const&) const = default;
};

std::string shown(RequestHead const& head, std::string const& body)
{
    auto const& request = head.request;
    auto text =
        request.method + " " + request.path + "?" + request.query + (head.keep_alive ? "\n" : " close\n");
    for (auto const& [name, value] : request.headers)
        text += name + ": " + value + "\n";
    return text + body;
}

void check(RequestHead const& head)
{
    auto const& request = head.request;
    require(request.path.starts_with('/') || request.path == "*");
    std::size_t fields = 0;
    std::size_t hosts = 0;
    std::size_t sizes = 0;
    for (auto const& [name, value] : request.headers) {
        ++fields;
        require(!name.empty() && value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
        hosts += equal_ignoring_case(name, "Host") ? 1 : 0;
        sizes += equal_ignoring_case(name, "Content-Length") || equal_ignoring_case(name, "Transfer-Encoding")
                     ? 1
                     : 0;
    }
    require(fields <= HeadLimits().fields + 1 && sizes <= 1 && hosts <= 1 && (hosts == 1 || head.is_http10));
}

/// As a connection does it.
Seen read_all(std::string_view stream, std::size_t piece)
{
    Seen seen;
    std::string pending;
    auto const more = [&] {
        auto const part = stream.substr(0, piece);
        pending += part;
        stream.remove_prefix(part.size());
        return !part.empty();
    };
    while (true) {
        HeadReader reader{HeadLimits()};
        auto state = reader.look(pending);
        while (state == HeadReader::State::more && more())
            state = reader.look(pending);
        if (state == HeadReader::State::refused) seen.refused = reader.status();
        if (state != HeadReader::State::done) return seen;
        auto const head = std::move(reader.head());
        check(head);
        pending.erase(0, reader.size());
        BodyReader body(head, most_body);
        std::string content;
        auto taken = body.take(pending, content);
        while (taken == BodyReader::State::more && more())
            taken = body.take(pending, content);
        require(content.size() <= most_body);
        if (taken == BodyReader::State::malformed) seen.refused = 400;
        if (taken == BodyReader::State::too_large) seen.refused = 413;
        if (taken != BodyReader::State::done) return seen;
        seen.requests.push_back(shown(head, content));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0) return 0;
    std::string_view const stream(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const whole = read_all(stream, stream.size() + 1);
    auto const pieces = read_all(stream, std::max<std::size_t>(data[0], 1));
    require(whole.requests == pieces.requests && whole.refused == pieces.refused);
    return 0;
}
