#pragma once
// URLs as far as connecting to them needs. Pure.
#include "protocol/base/result.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace wagate::egress {

/// An absolute URL taken apart. Holds no userinfo and no fragment.
struct Url {
    std::string scheme;     ///< lower case
    std::string host;       ///< lower-case name or address literal, IPv6 without brackets
    std::uint16_t port = 0; ///< the scheme's default when the URL names none
    std::string target;     ///< path and query, percent-encoded, never empty

    bool is_secure() const { return scheme == "https" || scheme == "wss"; }
    /// Value of the Host header: brackets around IPv6, no default port.
    std::string authority() const;
};

/// Accepts http, https, ws, wss as far as `schemes` lists them. Names may hold letters, digits, '-', '_' and
/// '.'; percent-encoded hosts, zone ids, control characters and userinfo are refused with
/// EgressErrc::bad_url. Odd numeric forms such as "0x7f.1" pass as names: what counts is the address they
/// resolve to.
Result<Url> parse_url(std::string_view text, std::initializer_list<std::string_view> schemes);

/// For webhooks, media and other addresses that users give: http and https.
Result<Url> parse_http_url(std::string_view text);

} // namespace wagate::egress
