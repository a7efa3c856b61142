#pragma once
// Names and passwords that users write into URLs: `https://name:password@host/`. They belong into a header,
// never on the wire or into a log as a part of the URL.
#include <optional>
#include <string>
#include <string_view>

namespace wagate::egress {

struct Userinfo {
    std::string url;                          ///< as given, without it
    std::optional<std::string> authorization; ///< value of a header (RFC 7617), when the URL had any
};

/// What is no URL is given back as it is; connecting to it tells what is wrong.
Userinfo take_userinfo(std::string_view url);

} // namespace wagate::egress
