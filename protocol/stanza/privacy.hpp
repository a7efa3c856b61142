#pragma once
// Trusted-contact tokens as stanzas (protocol.md 7.10).
#include "protocol/base/bytes.hpp"
#include "protocol/binary/node.hpp"

namespace wagate::stanza {

struct GivenToken {
    Bytes token;
    std::int64_t time = 0; ///< unix seconds
};
/// Of a notification privacy_token.
std::optional<GivenToken> parse_token(binary::Node const& notification);
/// Gives `to` a token: without id, see Core::ask.
binary::Node issue_token(Jid const& to, std::int64_t now_seconds);

} // namespace wagate::stanza
