#pragma once
// The companion's side of pairing with a passkey (protocol.md 4.4), for accounts that demand one after the QR
// or the code. The passkey itself is in somebody's browser: the challenge goes out, the answer comes back.
#include "protocol/engine/core.hpp"
#include "protocol/pairing/passkey.hpp"

namespace wagate::engine {

/// What navigator.credentials.get() has given, as it goes to the server.
struct PasskeyAnswer {
    Bytes credential_id;
    std::string assertion; ///< JSON, binary values in base64url
};

class PasskeyFlow {
public:
    struct Events {
        std::function<void()> challenged;      ///< a passkey is needed, see challenge()
        std::function<void()> to_be_confirmed; ///< the user has to compare code() with the phone's
        std::function<void(std::string_view detail)> failed;
    };
    PasskeyFlow(Core& core, Events events) : core_(core), events_(std::move(events)) {}

    using Done = std::function<void(ErrorCode)>;

    /// True when the notification belonged to this.
    bool on_notification(binary::Node const& notification);
    /// Done when the server has taken the answer. not_waiting without a challenge; a refusal leaves the
    /// challenge.
    void answer(PasskeyAnswer answer, Done done);
    /// The codes are the same. not_waiting when there is none to be compared.
    void confirm(Done done);
    void on_disconnected();

    /// PublicKeyCredentialRequestOptions as JSON, while it is to be answered.
    std::optional<std::string> const& challenge() const noexcept { return challenge_; }
    /// XXXX-XXXX, while it is to be compared.
    std::optional<std::string> const& code() const noexcept { return code_; }
    bool is_pending() const noexcept { return challenge_ || opening_; }

private:
    struct Opening {
        crypto::KeyPair ephemeral;
        ByteArray<32> nonce{};
        std::string ref;
        bool has_proof = false; ///< the phone knows us by the QR or the code: nobody has to compare
        std::optional<crypto::Key32> sealing_key;
    };

    void begin(std::string options);
    void open(PasskeyAnswer answer, std::string ref, Done done);
    void on_continuation(binary::Node const& notification);
    void hand_over(Done done);
    int device_type() const;

    Core& core_;
    Events events_;
    std::optional<std::string> challenge_;
    std::optional<std::string> code_;
    std::optional<Opening> opening_;
    std::optional<crypto::Key32> handoff_key_;
    MonotonicTime handoff_end_{};
};

} // namespace wagate::engine
