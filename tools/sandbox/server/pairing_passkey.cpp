// The part of the pairing desk that demands a passkey (protocol.md 4.4).
#include "protocol/base/encoding.hpp"
#include "tools/sandbox/server/pairing_desk.hpp"
#include "tools/sandbox/server/stanzas.hpp"

namespace wagate::sandbox {

using binary::Node;

namespace {

Node challenge_node(PasskeyPairing const& passkey)
{
    auto const options = json::serialize(passkey_options(*passkey.account, passkey.challenge));
    return Node{"passkey_request_options"}.with_bytes(to_bytes(view(options)));
}

ByteView bytes_of(Node const& parent, std::string_view child)
{
    auto const* node = parent.child(child);
    return node == nullptr ? ByteView{} : node->bytes();
}

} // namespace

void PairingDesk::demand_passkey(Connection& connection, Account& account, crypto::Key32 const& adv_secret)
{
    auto& candidate = *find(connection);
    PasskeyPairing passkey;
    passkey.account = &account;
    passkey.handoff_key = pairing::handoff_key(adv_secret);
    passkey.challenge = hex_encode(network_.random().bytes(32));
    auto notice = notification("passkey_prologue_request", Jid::server_jid(), network_.next_id(),
                               network_.now_seconds());
    notice.add(challenge_node(passkey));
    candidate.passkey = std::move(passkey);
    network_.count("passkeys_demanded");
    connection.send(std::move(notice));
    auto done = std::exchange(candidate.done, nullptr);
    if (!done) return;
    PairingOutcome outcome;
    outcome.needs_passkey = true;
    done(std::move(outcome)); // the user goes on in the browser
}

bool PairingDesk::on_passkey_request(Connection& connection, Node const& iq)
{
    auto* candidate = find(connection);
    if (candidate == nullptr || !candidate->passkey) return false;
    auto& passkey = *candidate->passkey;
    auto const refuse = [&](int code) { connection.send(iq_error(iq, code, "not-acceptable")); };
    if (iq.child("passkey_request_options") != nullptr) {
        connection.send(iq_result(iq).add(challenge_node(passkey)));
    } else if (iq.child("ref") != nullptr) {
        passkey.ref = hex_encode(network_.random().bytes(16));
        connection.send(iq_result(iq).add(Node{"ref"}.with_bytes(to_bytes(view(passkey.ref)))));
    } else if (auto const* opening = iq.child("passkey_prologue")) {
        passkey.prologue = to_bytes(bytes_of(*opening, "prologue_payload"));
        auto const parsed = pairing::parse_prologue(passkey.prologue);
        auto const proof = bytes_of(*opening, "pairing_handoff_proof");
        auto const proof_holds =
            proof.empty() || equal(proof, pairing::handoff_proof(passkey.handoff_key, passkey.prologue));
        if (!parsed || parsed->ref != passkey.ref || !proof_holds ||
            !passkey_holds(*passkey.account, passkey.challenge, bytes_of(*opening, "credential_id"),
                           bytes_of(*opening, "webauthn_assertion"))) {
            network_.count("passkeys_refused");
            refuse(406);
            return true;
        }
        connection.send(iq_result(iq));
        passkey.ephemeral = crypto::generate_key_pair(network_.random());
        passkey.nonce = network_.random().array<32>();
        auto notice =
            notification("crsc_continuation", Jid::server_jid(), network_.next_id(), network_.now_seconds());
        auto bytes = pairing::make_primary_opening({passkey.ephemeral.public_key, passkey.nonce});
        notice.add(Node{"primary_ephemeral_identity"}.with_bytes(std::move(bytes)));
        connection.send(std::move(notice));
    } else if (auto const* nonce = iq.child("companion_nonce")) {
        if (!pairing::keeps_commitment(passkey.prologue, nonce->bytes())) {
            refuse(406);
            return true;
        }
        passkey.is_nonce_told = true;
        passkey.account->profile.passkey_code = pairing::display_code(
            pairing::confirmation_code(nonce->bytes(), {passkey.ephemeral.public_key, passkey.nonce}));
        connection.send(iq_result(iq));
    } else if (auto const* sealed = iq.child("encrypted_pairing_request")) {
        take_passkey_keys(connection, iq, sealed->bytes());
    } else {
        return false;
    }
    return true;
}

void PairingDesk::take_passkey_keys(Connection& connection, Node const& iq, ByteView sealed)
{
    auto& candidate = *find(connection);
    auto& passkey = *candidate.passkey;
    auto const opening = pairing::parse_prologue(passkey.prologue);
    auto const key = opening && passkey.is_nonce_told
                         ? pairing::passkey_sealing_key(passkey.ephemeral, opening->ephemeral,
                                                        opening->device_type, opening->ref)
                         : Result<crypto::Key32>{pairing::PairingErrc::malformed};
    auto const keys = key ? pairing::open_pairing_keys(sealed, *key)
                          : Result<pairing::PairingKeys>{pairing::PairingErrc::malformed};
    if (!keys || keys->identity != candidate.identity || keys->noise != connection.client_key())
        return connection.send(iq_error(iq, 406, "not-acceptable"));
    connection.send(iq_result(iq));
    auto& account = *passkey.account;
    account.profile.passkey_code.clear();
    candidate.passkey.reset();
    network_.count("passkeys_accepted");
    offer(connection, account, keys->adv_secret, Tamper::none);
}

} // namespace wagate::sandbox
