#pragma once
// Passkeys of accounts and the pairing that demands one (protocol.md 4.4). The authenticator is simulated: it
// signs with a secret of the account instead of a key pair, over the same bytes.
#include "protocol/pairing/passkey.hpp"
#include "tools/sandbox/control/json.hpp"
#include "tools/sandbox/state/account.hpp"

namespace wagate::sandbox {

/// PublicKeyCredentialRequestOptions for the account. @param challenge base64url
json::object passkey_options(Account const& account, std::string const& challenge);
/// What the user's browser makes of the options.
json::object sign_with_passkey(Account const& account, std::string const& challenge);
bool passkey_holds(Account const& account, std::string const& challenge, ByteView credential_id,
                   ByteView assertion);

/// One pairing that waits for a passkey, on the phone's and the server's side.
struct PasskeyPairing {
    Account* account = nullptr;
    crypto::Key32 handoff_key{}; ///< from the secret that the phone has seen
    std::string challenge;
    std::string ref;
    Bytes prologue;
    crypto::KeyPair ephemeral;
    ByteArray<32> nonce{};
    bool is_nonce_told = false;
};

} // namespace wagate::sandbox
