#pragma once
// What a page says about itself to those who link to it: the Open Graph tags, or its title. Pages are written
// by anybody: the reader is total, and gives what it finds. Pure.
#include <optional>
#include <string>
#include <string_view>

namespace wagate::gateway {

/// The first address of http or https in a text, without what ends the sentence behind it.
std::optional<std::string> first_link(std::string_view text);

struct LinkPage {
    std::string title;       ///< at most 300 bytes of UTF-8
    std::string description; ///< at most 1,000 bytes of UTF-8
    std::string image;       ///< as it stands there: a reference
};
LinkPage read_page(std::string_view html);

} // namespace wagate::gateway
