#pragma once
// Prekeys on the wire: upload, count, digest, rotation, bundles (protocol.md 5.2).
#include "protocol/binary/node.hpp"
#include "protocol/pairing/pairing.hpp"
#include "protocol/signal/signal.hpp"

namespace wagate::stanza {

binary::Node prekey_count(std::string_view id);
binary::Node prekey_digest(std::string_view id);
binary::Node prekey_upload(std::string_view id, signal::LocalIdentity const& self,
                           signal::SignedPreKey const& signed_prekey,
                           std::vector<signal::PreKey> const& keys);
binary::Node rotate_signed_prekey(std::string_view id, signal::SignedPreKey const& key);
binary::Node fetch_bundles(std::string_view id, std::vector<Jid> const& devices);

/// SHA-1 over identity, signed prekey, its signature and each prekey, in list order.
ByteArray<20> key_digest(ByteView identity, signal::SignedPreKey const& signed_prekey,
                         std::vector<crypto::Key32> const& prekeys);

binary::Node signed_prekey_node(signal::SignedPreKey const& key);
binary::Node prekey_node(std::uint32_t id, ByteView public_key);

/// One device of a bundle reply: a bundle, or the server's error code.
struct FetchedBundle {
    Jid device;
    std::optional<signal::PreKeyBundle> bundle;
    std::optional<pairing::SignedDeviceIdentity> device_identity;
    int error = 0; ///< 406: no longer registered
};
std::vector<FetchedBundle> parse_bundles(binary::Node const& reply);
/// The parts of a bundle inside `holder` (a <user> or a retry receipt's <keys>); registration id from
/// `registration`.
std::optional<signal::PreKeyBundle> parse_bundle(binary::Node const& holder, ByteView registration);

} // namespace wagate::stanza
