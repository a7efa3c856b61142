#pragma once
// The companion's side of pairing (protocol.md 4): QR refs and their rotation, the phone-number code,
// pair-success.
#include "protocol/engine/core.hpp"
#include "protocol/engine/passkey_flow.hpp"

namespace wagate::engine {

class PairingFlow {
public:
    struct Events {
        std::function<void()> qr_changed; ///< a new code to show
        std::function<void()> qr_expired; ///< the last code went unscanned
        std::function<void()> paired;     ///< durable and confirmed; the server restarts the stream now
        std::function<void(std::string_view detail)> failed; ///< the phone's answer did not verify
        std::function<void()> passkey_needed;                ///< see passkey()
        std::function<void()> passkey_to_be_confirmed;
    };
    PairingFlow(Core& core, Events events);

    /// True when the stanza belonged to pairing.
    bool on_iq(binary::Node const& iq);
    bool on_notification(binary::Node const& notification);
    void request_code(CommandId command, std::string phone_user);
    void on_disconnected();

    struct Qr {
        std::string text;
        WallTime expires{};
    };
    std::optional<Qr> const& qr() const noexcept { return qr_; }
    PasskeyFlow& passkey() noexcept { return passkey_; }

private:
    void on_pair_device(binary::Node const& iq);
    void on_pair_success(binary::Node const& iq);
    void rotate();
    void send_companion_hello(CommandId command, std::string code, std::string phone_user, Bytes wrapped);
    void on_primary_hello(binary::Node const& registration);
    void finish_code(crypto::Key32 const& primary_ephemeral, Bytes const& primary_identity);

    Core& core_;
    Events events_;
    PasskeyFlow passkey_;
    std::vector<std::string> refs_;
    std::size_t next_ref_ = 0;
    std::optional<Qr> qr_;
    Core::TimerId rotation_ = 0;

    struct CodePairing {
        std::string code;
        Jid phone;
        crypto::KeyPair ephemeral;
        Bytes ref;
    };
    std::unique_ptr<CodePairing> code_;
    bool finishing_ = false; ///< the phone has the key bundle: the secret must not change any more
};

} // namespace wagate::engine
