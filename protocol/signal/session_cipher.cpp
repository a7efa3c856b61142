// X3DH and the double ratchet between two devices.
#include "protocol/signal/address.hpp"
#include "protocol/signal/context.hpp"
#include "protocol/signal/keys.hpp"
#include "protocol/signal/stores.hpp"

#include <signal/protocol.h>
#include <signal/session_builder.h>
#include <signal/session_cipher.h>
#include <signal/session_pre_key.h>
#include <signal/session_state.h>

namespace wagate::signal {
namespace {

using CipherHandle = std::unique_ptr<session_cipher, FreeWith<session_cipher_free>>;
using BuilderHandle = std::unique_ptr<session_builder, FreeWith<session_builder_free>>;

constexpr std::uint32_t max_skipped_messages = 2'000; ///< libsignal's constant for a receiving chain

/// A cipher for one call, with the address that it points to.
class Cipher {
public:
    Cipher(Store& store, Address const& peer) : address_(c_address(peer))
    {
        require(session_cipher_create(Out{handle_}, store.get(), &address_, thread_context()));
    }
    Cipher(Cipher const&) = delete;
    Cipher& operator=(Cipher const&) = delete;

    session_cipher* get() const noexcept { return handle_.get(); }

private:
    signal_protocol_address address_;
    CipherHandle handle_;
};

bool is_too_far(session_state* state, signal_message const* message, bool& chain_known)
{
    auto* chain = session_state_get_receiver_chain_key(state, signal_message_get_sender_ratchet_key(message));
    if (!chain) return false;
    chain_known = true;
    auto const counter = signal_message_get_counter(message);
    auto const index = ratchet_chain_key_get_index(chain);
    return counter > index && counter - index > max_skipped_messages;
}

/// libsignal reports a jump beyond its limit as an invalid message: find out which of the two it was.
bool is_too_far_ahead(Store& store, Address const& peer, signal_message const* message)
{
    auto const address = c_address(peer);
    Ref<session_record> record;
    if (signal_protocol_session_load_session(store.get(), record.out(), &address) < 0) return false;
    bool chain_known = false;
    if (is_too_far(session_record_get_state(record.get()), message, chain_known)) return true;
    for (auto* node = session_record_get_previous_states_head(record.get()); node && !chain_known;
         node = session_record_get_previous_states_next(node)) {
        if (is_too_far(session_record_get_previous_states_element(node), message, chain_known)) return true;
    }
    return !chain_known && signal_message_get_counter(message) > max_skipped_messages;
}

ErrorCode decryption_error(int code, Store& store, Address const& peer, signal_message const* message)
{
    if (code == SG_ERR_INVALID_MESSAGE && is_too_far_ahead(store, peer, message))
        return SignalErrc::too_far_ahead;
    return operation_error(code);
}

Result<Bytes> decrypt_message(Store& store, Address const& peer, ByteView ciphertext)
{
    Ref<signal_message> message;
    if (auto code =
            signal_message_deserialize(message.out(), ciphertext.data(), ciphertext.size(), thread_context());
        code < 0)
        return parse_error(code);
    Cipher const cipher{store, peer};
    Buffer plaintext;
    auto const code =
        session_cipher_decrypt_signal_message(cipher.get(), message.get(), nullptr, Out{plaintext});
    if (code < 0) return decryption_error(code, store, peer, message.get());
    return to_bytes(bytes_of(plaintext));
}

Result<Bytes> decrypt_prekey_message(Store& store, Address const& peer, ByteView ciphertext)
{
    Ref<pre_key_signal_message> message;
    if (auto code = pre_key_signal_message_deserialize(message.out(), ciphertext.data(), ciphertext.size(),
                                                       thread_context());
        code < 0)
        return parse_error(code);
    Cipher const cipher{store, peer};
    Buffer plaintext;
    auto const code =
        session_cipher_decrypt_pre_key_signal_message(cipher.get(), message.get(), nullptr, Out{plaintext});
    if (code < 0)
        return decryption_error(code, store, peer, pre_key_signal_message_get_signal_message(message.get()));
    // libsignal keeps id 2^24-1 as a key of last resort; for us it is an ordinary one-time key.
    if (auto used = store.state().loaded_prekey)
        store.state().records.erase(RecordKind::prekey, std::to_string(*used));
    return to_bytes(bytes_of(plaintext));
}

Ref<session_pre_key_bundle> c_bundle(Address const& peer, PreKeyBundle const& bundle)
{
    Ref<ec_public_key> one_time;
    if (bundle.one_time) one_time = public_key(bundle.one_time->key);
    Ref<session_pre_key_bundle> made;
    require(session_pre_key_bundle_create(
        made.out(), bundle.registration_id, static_cast<int>(peer.device),
        bundle.one_time ? bundle.one_time->id : 0, one_time.get(), bundle.signed_prekey_id,
        public_key(bundle.signed_prekey).get(), bundle.signed_prekey_signature.data(),
        bundle.signed_prekey_signature.size(), public_key(bundle.identity).get()));
    return made;
}

} // namespace

Result<void> process_bundle(RecordOverlay& records, LocalIdentity const& self, Address const& peer,
                            PreKeyBundle const& bundle)
{
    return on_copy(records, &self, [&](Store& store) -> Result<void> {
        auto const address = c_address(peer);
        BuilderHandle builder;
        require(session_builder_create(Out{builder}, store.get(), &address, thread_context()));
        auto const code = session_builder_process_pre_key_bundle(builder.get(), c_bundle(peer, bundle).get());
        if (code < 0) return operation_error(code);
        return {};
    });
}

Result<Ciphertext> encrypt(RecordOverlay& records, LocalIdentity const& self, Address const& peer,
                           ByteView plaintext)
{
    if (!has_session(records, peer)) return SignalErrc::no_session;
    return on_copy(records, &self, [&](Store& store) -> Result<Ciphertext> {
        Cipher const cipher{store, peer};
        Ref<ciphertext_message> message;
        auto const code =
            session_cipher_encrypt(cipher.get(), plaintext.data(), plaintext.size(), message.out());
        if (code < 0) return operation_error(code);
        auto const kind = ciphertext_message_get_type(message.get()) == CIPHERTEXT_PREKEY_TYPE
                              ? CiphertextKind::prekey_message
                              : CiphertextKind::message;
        return Ciphertext{kind, to_bytes(bytes_of(ciphertext_message_get_serialized(message.get())))};
    });
}

Result<Bytes> decrypt(RecordOverlay& records, LocalIdentity const& self, Address const& peer,
                      CiphertextKind kind, ByteView ciphertext, bool* changed_identity)
{
    if (changed_identity) *changed_identity = false;
    if (kind == CiphertextKind::sender_key_message) return SignalErrc::invalid_message;
    return on_copy(records, &self, [&](Store& store) -> Result<Bytes> {
        auto plaintext = kind == CiphertextKind::prekey_message
                             ? decrypt_prekey_message(store, peer, ciphertext)
                             : decrypt_message(store, peer, ciphertext);
        if (plaintext && changed_identity) *changed_identity = store.state().identity_changed;
        return plaintext;
    });
}

std::optional<crypto::Key32> identity_in_prekey_message(ByteView ciphertext)
{
    Ref<pre_key_signal_message> message;
    if (pre_key_signal_message_deserialize(message.out(), ciphertext.data(), ciphertext.size(),
                                           thread_context()) < 0)
        return std::nullopt;
    return raw_key(pre_key_signal_message_get_identity_key(message.get()));
}

} // namespace wagate::signal
