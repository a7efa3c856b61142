#pragma once
// What kinds of media mean for their files. Pure.
#include "protocol/media/media_type.hpp"
#include "protocol/message/media.hpp"

#include <string>
#include <string_view>

namespace wagate::gateway {

/// How the file of such a message is encrypted, and under which name servers keep it (protocol.md 8.1).
media::MediaType file_type(message::MediaKind kind) noexcept;
/// What a file is taken for when nobody says it.
std::string_view usual_mimetype(message::MediaKind kind) noexcept;
/// True when the list is empty or one of its entries begins the type: `image`, `audio/ogg`.
template <class List>
bool is_wanted(std::string_view mimetype, List const& beginnings)
{
    if (beginnings.empty()) return true;
    for (auto const& beginning : beginnings)
        if (mimetype.starts_with(beginning)) return true;
    return false;
}

} // namespace wagate::gateway
