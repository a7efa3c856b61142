// Parsed by hand: Boost.URL 1.81 ends a host after a dotted quad and a port after its digits and takes the
// rest for a path ("http://127.0.0.1.example.com/" becomes host 127.0.0.1), so it cannot judge where a URL
// leads.
#include "gateway/egress/url.hpp"

#include "gateway/egress/errors.hpp"

#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <charconv>

namespace wagate::egress {
namespace {

constexpr std::size_t longest_url = 8'192;
constexpr std::size_t longest_name = 253;

std::string lower(std::string_view text)
{
    std::string out(text);
    for (auto& character : out)
        if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
    return out;
}

std::uint16_t default_port(std::string_view scheme)
{
    return scheme == "https" || scheme == "wss" ? 443 : 80;
}

bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

bool is_name(std::string_view text)
{
    if (text.empty() || text.size() > longest_name) return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_' || c == '.';
    });
}

bool is_ipv6(std::string const& text)
{
    ErrorCode failure;
    boost::asio::ip::make_address_v6(text, failure);
    return !failure && text.find('%') == std::string::npos;
}

/// Path, query and fragment as browsers send them: printable ASCII, '%' only before two hexadecimal digits,
/// none of the characters that browsers escape or that other parsers read as separators.
bool is_target(std::string_view text)
{
    constexpr std::string_view hexadecimal = "0123456789abcdefABCDEF";
    constexpr std::string_view refused = "\"<>\\^`{|}";
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const character = text[i];
        if (character <= ' ' || character >= 0x7f || refused.find(character) != std::string_view::npos)
            return false;
        if (character != '%') continue;
        if (i + 2 >= text.size()) return false;
        for (char const digit : text.substr(i + 1, 2))
            if (hexadecimal.find(digit) == std::string_view::npos) return false;
    }
    return true;
}

/// @return 0 when the text is no port.
std::uint16_t port_of(std::string_view text)
{
    std::uint16_t port = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() ? port : std::uint16_t{0};
}

/// Fills host and port from `host[:port]` or `[ipv6][:port]`.
bool read_authority(std::string_view authority, Url& url)
{
    std::string_view rest;
    if (authority.starts_with('[')) {
        auto const end = authority.find(']');
        if (end == std::string_view::npos) return false;
        url.host = lower(authority.substr(1, end - 1));
        if (!is_ipv6(url.host)) return false;
        rest = authority.substr(end + 1);
    } else {
        auto const colon = std::min(authority.find(':'), authority.size());
        url.host = lower(authority.substr(0, colon));
        if (!is_name(url.host)) return false;
        rest = authority.substr(colon);
    }
    url.port = default_port(url.scheme);
    if (rest.empty() || rest == ":") return true;
    if (rest.front() != ':') return false;
    url.port = port_of(rest.substr(1));
    return url.port != 0;
}

} // namespace

std::string Url::authority() const
{
    std::string text = host.find(':') == std::string::npos ? host : '[' + host + ']';
    if (port != default_port(scheme)) text += ':' + std::to_string(port);
    return text;
}

Result<Url> parse_url(std::string_view text, std::initializer_list<std::string_view> schemes)
{
    if (text.size() > longest_url) return EgressErrc::bad_url;
    auto const separator = text.find("://");
    if (separator == std::string_view::npos) return EgressErrc::bad_url;

    Url url;
    url.scheme = lower(text.substr(0, separator));
    if (std::find(schemes.begin(), schemes.end(), url.scheme) == schemes.end()) return EgressErrc::bad_url;

    auto const rest = text.substr(separator + 3);
    auto const end = std::min(rest.find_first_of("/?#"), rest.size());
    if (!read_authority(rest.substr(0, end), url)) return EgressErrc::bad_url;

    auto const target = rest.substr(end);
    if (!is_target(target)) return EgressErrc::bad_url;
    url.target = target.substr(0, target.find('#'));
    if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');
    return url;
}

Result<Url> parse_http_url(std::string_view text)
{
    return parse_url(text, {"http", "https"});
}

} // namespace wagate::egress
