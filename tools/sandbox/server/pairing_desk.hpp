#pragma once
// Pairing on the server's side: references for QR codes, phone-number codes, and the phone's signature
// (protocol.md 4, 11.5).
#include "protocol/proto/client_payload.pb.h"
#include "tools/sandbox/server/network.hpp"
#include "tools/sandbox/server/passkeys.hpp"

namespace wagate::sandbox {

/// What the phone got from a scan or a typed code.
struct PairingOutcome {
    int status = 200;  ///< HTTP status for the control API
    std::string error; ///< empty on success
    Jid phone;
    Jid lid;
    bool needs_passkey = false; ///< the companion has been asked for one; it goes on without the user's hand
};
using PairingDone = std::function<void(PairingOutcome)>;

/// Damage for tests of the companion's checks.
enum class Tamper : std::uint8_t { none, hmac, signature };

class PairingDesk {
public:
    explicit PairingDesk(Network& network) : network_(network) {}

    /// An unpaired client has connected: sends it six references.
    void begin(Connection& connection, proto::ClientPayload const& payload);
    void forget(Connection& connection);
    /// iq with xmlns md.
    void on_request(Connection& connection, binary::Node const& iq);
    /// Result or error for one of the server's own iqs.
    void on_reply(Connection& connection, binary::Node const& iq);

    // --- the user's hand on the phone; `done` is called exactly once
    void scan(Account& account, std::string_view qr, Tamper tamper, PairingDone done);
    void enter_code(Account& account, std::string_view code, PairingDone done);

    std::size_t waiting() const noexcept { return candidates_.size(); }

private:
    /// pair-success has been sent; the companion's signature is awaited.
    struct Offer {
        Account* account = nullptr;
        std::string iq_id;
        std::uint16_t device = 0;
        std::uint32_t key_index = 0;
        Bytes details; ///< the signed ADVDeviceIdentity
    };
    /// Phone-number pairing in progress.
    struct LinkCode {
        std::string phone;
        Bytes wrapped_ephemeral;
        Bytes ref;
        crypto::KeyPair primary_ephemeral;
        crypto::Key32 companion_ephemeral{};
        Account* account = nullptr; ///< set once the user has typed the code
    };
    struct Candidate {
        crypto::Key32 identity{};
        std::uint32_t registration_id = 0;
        KeyStore::SignedKey signed_key;
        std::string platform;
        std::vector<std::string> refs;
        std::optional<LinkCode> link_code;
        std::optional<Offer> offer;
        std::optional<PasskeyPairing> passkey;
        PairingDone done;
    };

    Candidate* find(Connection& connection);
    Connection* find_ref(std::string const& ref);
    void companion_hello(Connection& connection, binary::Node const& iq, binary::Node const& request);
    void companion_finish(Connection& connection, binary::Node const& iq, binary::Node const& request);
    void offer(Connection& connection, Account& account, crypto::Key32 const& adv_secret, Tamper tamper);
    void demand_passkey(Connection& connection, Account& account, crypto::Key32 const& adv_secret);
    /// @return false when the iq is about something else
    bool on_passkey_request(Connection& connection, binary::Node const& iq);
    void take_passkey_keys(Connection& connection, binary::Node const& iq, ByteView sealed);
    void complete(Connection& connection, Candidate& candidate, binary::Node const& reply);
    static void finish(Candidate& candidate, int status, std::string error);
    /// Ends a pairing whose companion does not answer.
    void watch(Connection& connection);

    Network& network_;
    std::map<Connection*, Candidate> candidates_;
};

} // namespace wagate::sandbox
