// What is stored about a peer: reading it without a cipher, erasing and moving it.
#include "protocol/signal/context.hpp"
#include "protocol/signal/keys.hpp"
#include "protocol/signal/signal.hpp"

#include <signal/session_record.h>
#include <signal/session_state.h>

namespace wagate::signal {
namespace {

/// The record of an established session; empty when there is none or it cannot be read.
Ref<session_record> load_session(RecordSource const& records, Address const& peer)
{
    Ref<session_record> record;
    auto const bytes = records.read(RecordKind::signal_session, peer.record_key());
    if (!bytes) return record;
    if (session_record_deserialize(record.out(), bytes->data(), bytes->size(), thread_context()) < 0)
        return {};
    if (!session_state_has_sender_chain(session_record_get_state(record.get()))) return {};
    return record;
}

void move_record(RecordOverlay& records, RecordKind kind, std::string const& from, std::string const& to)
{
    auto moved = records.read(kind, from);
    if (!moved) return;
    records.erase(kind, from);
    if (!records.read(kind, to)) records.write(kind, to, std::move(*moved));
}

} // namespace

bool has_session(RecordSource const& records, Address const& peer)
{
    return records.read(RecordKind::signal_session, peer.record_key()).has_value();
}

std::optional<std::uint32_t> remote_registration_id(RecordSource const& records, Address const& peer)
{
    auto const record = load_session(records, peer);
    if (!record) return std::nullopt;
    return session_state_get_remote_registration_id(session_record_get_state(record.get()));
}

Bytes session_base_key(RecordSource const& records, Address const& peer)
{
    auto const record = load_session(records, peer);
    if (!record) return {};
    auto const* key = session_state_get_alice_base_key(session_record_get_state(record.get()));
    if (!key) return {};
    return to_bytes(crypto::typed_key(raw_key(key)));
}

void erase_session(RecordOverlay& records, Address const& peer)
{
    records.erase(RecordKind::signal_session, peer.record_key());
}

std::optional<crypto::Key32> stored_identity(RecordSource const& records, Address const& peer)
{
    auto const typed = records.read(RecordKind::identity, peer.record_key());
    if (!typed || typed->size() != 33) return std::nullopt;
    return to_array<32>(ByteView{*typed}.subspan(1));
}

void store_identity(RecordOverlay& records, Address const& peer, ByteView public_key32)
{
    records.write(RecordKind::identity, peer.record_key(), to_bytes(crypto::typed_key(public_key32)));
}

void move_records(RecordOverlay& records, Address const& from, Address const& to)
{
    if (from == to) return;
    auto const source = from.record_key();
    auto const target = to.record_key();
    move_record(records, RecordKind::signal_session, source, target);
    move_record(records, RecordKind::identity, source, target);
}

} // namespace wagate::signal
