// Sender keys: one ratchet per member device of a group.
#include "protocol/signal/address.hpp"
#include "protocol/signal/context.hpp"
#include "protocol/signal/stores.hpp"

#include <signal/group_cipher.h>
#include <signal/group_session_builder.h>
#include <signal/protocol.h>
#include <signal/sender_key.h>
#include <signal/sender_key_record.h>
#include <signal/sender_key_state.h>

namespace wagate::signal {
namespace {

using CipherHandle = std::unique_ptr<group_cipher, FreeWith<group_cipher_free>>;
using BuilderHandle = std::unique_ptr<group_session_builder, FreeWith<group_session_builder_free>>;

constexpr std::uint32_t max_skipped_messages = 2'000; ///< libsignal's constant for a sender chain
constexpr std::size_t chain_key_bytes = 32;

/// The state with this key id inside `record`, which owns it; null when there is none.
sender_key_state* find_state(sender_key_record* record, std::uint32_t key_id)
{
    sender_key_state* state = nullptr;
    return sender_key_record_get_sender_key_state_by_id(record, &state, key_id) < 0 ? nullptr : state;
}

std::uint32_t next_iteration(sender_key_state* state)
{
    return sender_chain_key_get_iteration(sender_key_state_get_chain_key(state));
}

bool skips_too_many(std::uint32_t iteration, std::uint32_t next) noexcept
{
    return iteration > next && iteration - next > max_skipped_messages;
}

/// libsignal folds a missing key, a wrong signature and a jump beyond its limit into one code.
ErrorCode decryption_error(int code, Store& store, signal_protocol_sender_key_name const& name,
                           sender_key_message* message)
{
    if (code == SG_ERR_NO_SESSION) return SignalErrc::no_sender_key;
    if (code != SG_ERR_INVALID_MESSAGE) return operation_error(code);
    Ref<sender_key_record> record;
    if (signal_protocol_sender_key_load_key(store.get(), record.out(), &name) < 0)
        return SignalErrc::internal;
    auto* state = find_state(record.get(), sender_key_message_get_key_id(message));
    if (!state) return SignalErrc::no_sender_key;
    if (sender_key_message_verify_signature(message, sender_key_state_get_signing_key_public(state)) < 0)
        return SignalErrc::invalid_message;
    if (skips_too_many(sender_key_message_get_iteration(message), next_iteration(state)))
        return SignalErrc::too_far_ahead;
    return SignalErrc::invalid_message;
}

/// True when the stored chain can still open everything that the offered one can. Taking the offered chain
/// instead would forget the keys of messages that are late, and accept again those that were opened.
bool is_known(Store& store, signal_protocol_sender_key_name const& name,
              sender_key_distribution_message* offered)
{
    Ref<sender_key_record> record;
    if (signal_protocol_sender_key_load_key(store.get(), record.out(), &name) < 0) return false;
    auto* state = find_state(record.get(), sender_key_distribution_message_get_id(offered));
    if (!state) return false;
    auto const* signing_key = sender_key_state_get_signing_key_public(state);
    if (ec_public_key_compare(signing_key, sender_key_distribution_message_get_signature_key(offered)) != 0)
        return false;
    return !skips_too_many(sender_key_distribution_message_get_iteration(offered), next_iteration(state));
}

} // namespace

Result<Bytes> sender_key_distribution(RecordOverlay& records, SenderKeyName const& own)
{
    return on_copy(records, nullptr, [&](Store& store) -> Result<Bytes> {
        auto const name = c_name(own);
        BuilderHandle builder;
        require(group_session_builder_create(Out{builder}, store.get(), thread_context()));
        Ref<sender_key_distribution_message> message;
        auto const code = group_session_builder_create_session(builder.get(), message.out(), &name);
        if (code < 0) return operation_error(code);
        auto* base = reinterpret_cast<ciphertext_message*>(message.get());
        return to_bytes(bytes_of(ciphertext_message_get_serialized(base)));
    });
}

Result<void> process_sender_key_distribution(RecordOverlay& records, SenderKeyName const& sender,
                                             ByteView distribution)
{
    Ref<sender_key_distribution_message> message;
    if (auto code = sender_key_distribution_message_deserialize(message.out(), distribution.data(),
                                                                distribution.size(), thread_context());
        code < 0)
        return parse_error(code);
    if (signal_buffer_len(sender_key_distribution_message_get_chain_key(message.get())) != chain_key_bytes)
        return SignalErrc::invalid_message;
    return on_copy(records, nullptr, [&](Store& store) -> Result<void> {
        auto const name = c_name(sender);
        if (is_known(store, name, message.get())) return {};
        BuilderHandle builder;
        require(group_session_builder_create(Out{builder}, store.get(), thread_context()));
        auto const code = group_session_builder_process_session(builder.get(), &name, message.get());
        if (code < 0) return operation_error(code);
        return {};
    });
}

Result<Bytes> group_encrypt(RecordOverlay& records, SenderKeyName const& own, ByteView plaintext)
{
    return on_copy(records, nullptr, [&](Store& store) -> Result<Bytes> {
        auto const name = c_name(own);
        CipherHandle cipher;
        require(group_cipher_create(Out{cipher}, store.get(), &name, thread_context()));
        Ref<ciphertext_message> message;
        auto const code =
            group_cipher_encrypt(cipher.get(), plaintext.data(), plaintext.size(), message.out());
        if (code == SG_ERR_NO_SESSION) return SignalErrc::no_sender_key;
        if (code < 0) return operation_error(code);
        return to_bytes(bytes_of(ciphertext_message_get_serialized(message.get())));
    });
}

Result<Bytes> group_decrypt(RecordOverlay& records, SenderKeyName const& sender, ByteView ciphertext)
{
    Ref<sender_key_message> message;
    if (auto code = sender_key_message_deserialize(message.out(), ciphertext.data(), ciphertext.size(),
                                                   thread_context());
        code < 0)
        return parse_error(code);
    return on_copy(records, nullptr, [&](Store& store) -> Result<Bytes> {
        auto const name = c_name(sender);
        CipherHandle cipher;
        require(group_cipher_create(Out{cipher}, store.get(), &name, thread_context()));
        Buffer plaintext;
        auto const code = group_cipher_decrypt(cipher.get(), message.get(), nullptr, Out{plaintext});
        if (code < 0) return decryption_error(code, store, name, message.get());
        return to_bytes(bytes_of(plaintext));
    });
}

} // namespace wagate::signal
