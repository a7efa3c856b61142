#pragma once
// Push: what the server wakes a device with that has no connection. Shapes as whatsmeow (push.go) and
// WhatsApp Web (getPushServerSettings) know them.
#include "protocol/base/bytes.hpp"
#include "protocol/binary/node.hpp"

#include <variant>

namespace wagate::stanza {

/// A subscription of a browser, or of whatever speaks Web Push.
struct WebPush {
    std::string endpoint; ///< a URL of the push service
    Bytes auth;           ///< the subscription's secret, 16 bytes
    Bytes p256dh;         ///< its public key, 65 bytes
};
/// Firebase Cloud Messaging.
struct FcmPush {
    std::string token;
};
/// Apple's push service.
struct ApnsPush {
    static constexpr std::size_t key_size = 32;
    std::string token;
    std::string voip_token; ///< empty: no pushes for calls
    Bytes message_id_key;   ///< key_size bytes; ids of messages in pushes are encrypted with it
};
using PushTarget = std::variant<WebPush, FcmPush, ApnsPush>;

binary::Node push_settings_request();
/// The server's public key for Web Push (VAPID), as it writes it. Nothing when it tells none.
std::optional<std::string> parse_push_key(binary::Node const& reply);
binary::Node push_registration(PushTarget const& target);

} // namespace wagate::stanza
