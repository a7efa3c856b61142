#pragma once
// Short links: to an account (its QR code), to a business with a text, into a call. Requests carry no id:
// Core::ask gives one. Shapes as whatsmeow (user.go) and Baileys (createCallLink) know them.
#include "protocol/base/time.hpp"
#include "protocol/binary/node.hpp"

namespace wagate::stanza {

inline constexpr std::string_view contact_link_prefix = "https://wa.me/qr/";
inline constexpr std::string_view message_link_prefix = "https://wa.me/message/";

enum class LinkKind : std::uint8_t { contact, message };

/// The code in a link, which may come whole (also of api.whatsapp.com, with a query) or as the code alone: up
/// to 64 letters, digits, '-' and '_'. Nothing for anything else.
std::optional<std::string> link_code(std::string_view text, LinkKind kind);

// ---------------------------------------------------------------------------- the own account's
/// @param revoke the link there is becomes worthless, and another one is made
binary::Node contact_link_request(bool revoke);
std::optional<std::string> parse_contact_link(binary::Node const& reply);

// ---------------------------------------------------------------------------- where links lead
/// For both kinds: the server knows which one a code is.
binary::Node link_request(std::string_view code);

struct ContactLinkTarget {
    Jid jid;
    std::string type; ///< contact, as far as is known
    std::string push_name;
    bool operator==(ContactLinkTarget const&) const = default;
};
/// Nothing when the code is another kind's.
std::optional<ContactLinkTarget> parse_contact_target(binary::Node const& reply);

struct MessageLinkTarget {
    Jid jid;
    std::string push_name;
    std::string message; ///< stands in the input field of who follows the link; may be empty
    std::string verified_name;
    std::string verified_level; ///< unknown, low, high
    bool is_signed = false;     ///< the verified name is
    bool operator==(MessageLinkTarget const&) const = default;
};
/// Nothing when the code is another kind's.
std::optional<MessageLinkTarget> parse_message_target(binary::Node const& reply);

// ---------------------------------------------------------------------------- calls
enum class CallMedia : std::uint8_t { audio, video };

/// @param starts when the call is planned for
binary::Node call_link_request(CallMedia media, std::optional<WallTime> starts);
struct CallLinkReply {
    std::string token; ///< empty: refused
    int error = 0;     ///< the server's code of a refusal
};
/// Of the ack that answers it.
CallLinkReply parse_call_link(binary::Node const& ack);
/// What people open: https://call.whatsapp.com/…
std::string call_link(CallMedia media, std::string_view token);

} // namespace wagate::stanza
