#pragma once
// What the stanza around a message must say about its content (protocol.md 7.2, 7.3). The server checks it:
// media without a media type is dropped, and a wrong edit attribute refused.
#include "protocol/message/body.hpp"

namespace wagate::message {

/// Content that only businesses made once: the server wants to be told, else no app shows it.
enum class BusinessContent : std::uint8_t { none, list, native_flow };

struct StanzaTraits {
    std::string_view type = "text"; ///< of <message>: text, media, reaction, poll, event
    std::string_view media_type;    ///< of <enc>; empty: none
    std::string_view edit;          ///< of <message>; empty: none
    bool hide_decrypt_failure =
        false; ///< decrypt-fail="hide" on <enc>: nothing to show when it cannot be read
    std::vector<std::pair<std::string_view, std::string_view>>
        meta; ///< attributes of <meta>; empty: no such node
    BusinessContent business = BusinessContent::none;
    bool operator==(StanzaTraits const&) const = default;
};

/// @param to_channel channels have their own edit attributes
StanzaTraits stanza_traits(TypedMessage const& message, bool to_channel = false);

} // namespace wagate::message
