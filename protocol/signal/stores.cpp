#include "protocol/signal/stores.hpp"

#include "protocol/signal/address.hpp"
#include "protocol/signal/context.hpp"

namespace wagate::signal {
namespace {

/// Runs a callback's body. What storage throws is kept, because C code is above us on the stack.
template <class Work>
int guarded(void* user, Work&& work) noexcept
{
    auto& state = *static_cast<StoreState*>(user);
    try {
        return work(state);
    } catch (...) {
        state.storage_failure = std::current_exception();
        return storage_threw;
    }
}

/// @return 1 found, 0 not found, negative when memory is out: libsignal's convention for loading.
int load(StoreState& state, signal_buffer** record, RecordKind kind, std::string_view key)
{
    auto const found = state.records.read(kind, key);
    if (!found) return 0;
    *record = new_buffer(*found);
    return *record ? 1 : SG_ERR_NOMEM;
}

// --- sessions

int load_session(signal_buffer** record, signal_buffer**, signal_protocol_address const* address, void* user)
{
    return guarded(user, [&](StoreState& state) {
        return load(state, record, RecordKind::signal_session, from_c(*address).record_key());
    });
}

int store_session(signal_protocol_address const* address, std::uint8_t* record, std::size_t size,
                  std::uint8_t*, std::size_t, void* user)
{
    return guarded(user, [&](StoreState& state) {
        state.records.write(RecordKind::signal_session, from_c(*address).record_key(),
                            Bytes(record, record + size));
        return SG_SUCCESS;
    });
}

int contains_session(signal_protocol_address const* address, void* user)
{
    return guarded(user,
                   [&](StoreState& state) { return has_session(state.records, from_c(*address)) ? 1 : 0; });
}

int delete_session(signal_protocol_address const* address, void* user)
{
    return guarded(user, [&](StoreState& state) {
        auto const peer = from_c(*address);
        if (!has_session(state.records, peer)) return 0;
        erase_session(state.records, peer);
        return 1;
    });
}

/// Ciphers and builders never list sessions, and records cannot be listed.
int no_device_list(signal_int_list**, char const*, std::size_t, void*)
{
    return SG_ERR_INVAL;
}

int no_bulk_deletion(char const*, std::size_t, void*)
{
    return SG_ERR_INVAL;
}

// --- prekeys

template <RecordKind kind>
int load_key(signal_buffer** record, std::uint32_t id, void* user)
{
    return guarded(user, [&](StoreState& state) {
        auto const code = load(state, record, kind, std::to_string(id));
        if (code == 0) return SG_ERR_INVALID_KEY_ID;
        if (code > 0 && kind == RecordKind::prekey) state.loaded_prekey = id;
        return code < 0 ? code : SG_SUCCESS;
    });
}

template <RecordKind kind>
int store_key(std::uint32_t id, std::uint8_t* record, std::size_t size, void* user)
{
    return guarded(user, [&](StoreState& state) {
        state.records.write(kind, std::to_string(id), Bytes(record, record + size));
        return SG_SUCCESS;
    });
}

template <RecordKind kind>
int contains_key(std::uint32_t id, void* user)
{
    return guarded(user,
                   [&](StoreState& state) { return state.records.read(kind, std::to_string(id)) ? 1 : 0; });
}

template <RecordKind kind>
int remove_key(std::uint32_t id, void* user)
{
    return guarded(user, [&](StoreState& state) {
        state.records.erase(kind, std::to_string(id));
        return SG_SUCCESS;
    });
}

// --- identities

int own_identity(signal_buffer** public_key, signal_buffer** private_key, void* user)
{
    return guarded(user, [&](StoreState& state) {
        if (!state.self) return SG_ERR_INVAL;
        *public_key = new_buffer(crypto::typed_key(state.self->identity.public_key));
        *private_key = new_buffer(state.self->identity.private_key);
        return *public_key && *private_key ? SG_SUCCESS : SG_ERR_NOMEM;
    });
}

int own_registration_id(void* user, std::uint32_t* id)
{
    return guarded(user, [&](StoreState& state) {
        if (!state.self) return SG_ERR_INVAL;
        *id = state.self->registration_id;
        return SG_SUCCESS;
    });
}

int save_identity(signal_protocol_address const* address, std::uint8_t* key, std::size_t size, void* user)
{
    return guarded(user, [&](StoreState& state) {
        auto const record_key = from_c(*address).record_key();
        auto const stored = state.records.read(RecordKind::identity, record_key);
        if (!key) {
            if (stored) state.records.erase(RecordKind::identity, record_key);
        } else if (!stored || !equal(*stored, {key, size})) {
            state.records.write(RecordKind::identity, record_key, Bytes(key, key + size));
        }
        return SG_SUCCESS;
    });
}

/// Every identity is trusted, as in WhatsApp's own clients; a change is reported to the caller
/// (protocol.md 5.1, 5.11).
int is_trusted_identity(signal_protocol_address const* address, std::uint8_t* key, std::size_t size,
                        void* user)
{
    return guarded(user, [&](StoreState& state) {
        auto const stored = state.records.read(RecordKind::identity, from_c(*address).record_key());
        if (stored && !equal(*stored, {key, size})) state.identity_changed = true;
        return 1;
    });
}

// --- sender keys

int load_sender_key(signal_buffer** record, signal_buffer**, signal_protocol_sender_key_name const* name,
                    void* user)
{
    return guarded(user, [&](StoreState& state) {
        return load(state, record, RecordKind::sender_key, from_c(*name).record_key());
    });
}

int store_sender_key(signal_protocol_sender_key_name const* name, std::uint8_t* record, std::size_t size,
                     std::uint8_t*, std::size_t, void* user)
{
    return guarded(user, [&](StoreState& state) {
        state.records.write(RecordKind::sender_key, from_c(*name).record_key(), Bytes(record, record + size));
        return SG_SUCCESS;
    });
}

} // namespace

Store::Store(RecordOverlay& records, LocalIdentity const* self)
    : state_{records, self, false, std::nullopt, nullptr}
{
    require(signal_protocol_store_context_create(Out{context_}, thread_context()));

    signal_protocol_session_store const sessions{
        .load_session_func = load_session,
        .get_sub_device_sessions_func = no_device_list,
        .store_session_func = store_session,
        .contains_session_func = contains_session,
        .delete_session_func = delete_session,
        .delete_all_sessions_func = no_bulk_deletion,
        .destroy_func = nullptr,
        .user_data = &state_,
    };
    signal_protocol_pre_key_store const prekeys{
        .load_pre_key = load_key<RecordKind::prekey>,
        .store_pre_key = store_key<RecordKind::prekey>,
        .contains_pre_key = contains_key<RecordKind::prekey>,
        .remove_pre_key = remove_key<RecordKind::prekey>,
        .destroy_func = nullptr,
        .user_data = &state_,
    };
    signal_protocol_signed_pre_key_store const signed_prekeys{
        .load_signed_pre_key = load_key<RecordKind::signed_prekey>,
        .store_signed_pre_key = store_key<RecordKind::signed_prekey>,
        .contains_signed_pre_key = contains_key<RecordKind::signed_prekey>,
        .remove_signed_pre_key = remove_key<RecordKind::signed_prekey>,
        .destroy_func = nullptr,
        .user_data = &state_,
    };
    signal_protocol_identity_key_store const identities{
        .get_identity_key_pair = own_identity,
        .get_local_registration_id = own_registration_id,
        .save_identity = save_identity,
        .is_trusted_identity = is_trusted_identity,
        .destroy_func = nullptr,
        .user_data = &state_,
    };
    signal_protocol_sender_key_store const sender_keys{
        .store_sender_key = store_sender_key,
        .load_sender_key = load_sender_key,
        .destroy_func = nullptr,
        .user_data = &state_,
    };
    require(signal_protocol_store_context_set_session_store(get(), &sessions));
    require(signal_protocol_store_context_set_pre_key_store(get(), &prekeys));
    require(signal_protocol_store_context_set_signed_pre_key_store(get(), &signed_prekeys));
    require(signal_protocol_store_context_set_identity_key_store(get(), &identities));
    require(signal_protocol_store_context_set_sender_key_store(get(), &sender_keys));
}

} // namespace wagate::signal
