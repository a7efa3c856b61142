#pragma once
// ClientPayload: who connects, sent inside clientFinish (protocol.md 1.8).
#include "protocol/base/jid.hpp"
#include "protocol/signal/signal.hpp"

namespace wagate::stanza {

struct ClientVersion {
    std::uint32_t primary = 2;
    std::uint32_t secondary = 3000;
    std::uint32_t tertiary = 1'045'649'367; ///< 2026-08-20
    std::string dotted() const;
    static std::optional<ClientVersion> parse(std::string_view dotted);
};

/// How the companion shows itself on the phone.
struct DeviceDescription {
    std::string os_name = "wagate"; ///< shown in the list of linked devices
    std::string browser = "Chrome"; ///< decides platform type, QR client type and the pairing code's display
    bool full_history = false;      ///< the phone is asked for all it has
    std::uint32_t history_days = 0; ///< how far back; 0: the phone decides
};
/// Client type character of QR and pairing code (4.2).
char client_type(std::string_view browser) noexcept;
/// DeviceProps.platformType.
int platform_type(std::string_view browser) noexcept;
/// "Chrome (Linux)": a common browser and a real system name, else the server refuses (4.3).
std::string pairing_display(std::string_view browser);

Bytes registration_payload(ClientVersion const& version, DeviceDescription const& device,
                           signal::LocalIdentity const& identity, signal::SignedPreKey const& signed_prekey);
Bytes login_payload(ClientVersion const& version, Jid const& own_device);

} // namespace wagate::stanza
