#include "protocol/engine/app_state_records.hpp"

#include "protocol/appstate/key_messages.hpp"
#include "protocol/base/encoding.hpp"
#include "protocol/proto/app_state_records.pb.h"
#include "protocol/proto/codec.hpp"

namespace wagate::engine {
namespace {

using appstate::Collection;

/// No hexadecimal digits: cannot be a key's id.
constexpr std::string_view newest_key = "newest";
constexpr std::size_t generation_bytes = 8;

std::string row_key(Collection collection, appstate::IndexMac const& index)
{
    return std::string{appstate::collection_name(collection)} + ':' + hex_encode(index);
}

std::optional<appstate::SharedKey> read_key(RecordSource const& records, ByteView id)
{
    auto const data = records.read(RecordKind::app_state_key, hex_encode(id));
    if (!data) return std::nullopt;
    auto key = appstate::parse_key_data(id, *data);
    if (!key) return std::nullopt;
    return std::move(*key);
}

std::optional<appstate::SharedKey> read_newest(RecordSource const& records)
{
    auto const name = records.read(RecordKind::app_state_key, newest_key);
    auto const id = name ? hex_decode(to_text(*name)) : std::nullopt;
    return id ? read_key(records, *id) : std::nullopt;
}

} // namespace

CollectionRecord load_collection(RecordSource const& records, Collection collection)
{
    CollectionRecord record;
    record.state.collection = collection;
    auto const bytes = records.read(RecordKind::app_state, appstate::collection_name(collection));
    proto::StoredCollection stored;
    if (!bytes || !proto::decode(stored, *bytes)) return record;
    auto const hash = appstate::LtHash::from_bytes(view(stored.hash()));
    if (!hash) return record;
    record.state.version = stored.version();
    record.state.hash = *hash;
    record.generation = stored.generation();
    record.is_due = stored.due();
    record.is_complete = stored.complete();
    record.is_broken = stored.broken();
    return record;
}

void save_collection(RecordOverlay& step, CollectionRecord const& record)
{
    proto::StoredCollection stored;
    stored.set_version(record.state.version);
    stored.set_hash(to_text(record.state.hash.bytes()));
    stored.set_generation(record.generation);
    stored.set_due(record.is_due);
    stored.set_complete(record.is_complete);
    stored.set_broken(record.is_broken);
    step.write(RecordKind::app_state, appstate::collection_name(record.state.collection),
               proto::encode(stored));
}

std::optional<RecoveryRecord> load_recovery(RecordSource const& records, Collection collection)
{
    auto const bytes = records.read(RecordKind::app_state_recovery, appstate::collection_name(collection));
    proto::StoredRecovery stored;
    if (!bytes || !proto::decode(stored, *bytes)) return std::nullopt;
    RecoveryRecord record;
    record.request = MessageId{stored.request()};
    record.asked = wall_from_milliseconds(stored.asked());
    if (stored.has_answer()) record.answer = to_bytes(stored.answer());
    record.is_compressed = stored.is_compressed();
    return record;
}

void save_recovery(RecordOverlay& step, Collection collection, RecoveryRecord const& record)
{
    proto::StoredRecovery stored;
    stored.set_request(record.request.value);
    stored.set_asked(unix_milliseconds(record.asked));
    if (record.answer) stored.set_answer(to_text(*record.answer));
    stored.set_is_compressed(record.is_compressed);
    step.write(RecordKind::app_state_recovery, appstate::collection_name(collection), proto::encode(stored));
}

std::optional<appstate::ValueMac> StoredMacs::find(Collection collection, appstate::IndexMac const& index)
{
    auto const row = records_.read(RecordKind::app_state_mac, row_key(collection, index));
    if (!row || row->size() != generation_bytes + appstate::ValueMac{}.size()) return std::nullopt;
    if (read_big_endian(ByteView{*row}.first(generation_bytes)) != generation_) return std::nullopt;
    return to_array<32>(ByteView{*row}.subspan(generation_bytes));
}

void write_mac(RecordOverlay& step, Collection collection, std::uint64_t generation,
               appstate::MacChange const& change)
{
    auto const key = row_key(collection, change.index_mac);
    if (change.value_mac)
        step.write(RecordKind::app_state_mac, key,
                   concat({big_endian(generation, generation_bytes), *change.value_mac}));
    else
        step.erase(RecordKind::app_state_mac, key);
}

void store_app_state_key(RecordOverlay& step, ByteView id, ByteView data)
{
    step.write(RecordKind::app_state_key, hex_encode(id), to_bytes(data));
    note_app_state_key(step, id);
}

std::optional<Secret<Bytes>> StoredKeys::find(ByteView key_id)
{
    auto key = read_key(records_, key_id);
    if (!key) return std::nullopt;
    return std::move(key->data);
}

GatheredKeys::GatheredKeys(RecordSource const& records, std::vector<Bytes> const& ids)
{
    StoredKeys stored{records};
    for (auto const& id : ids)
        if (auto key = stored.find(id)) keys_.emplace(id, std::move(*key));
}

std::optional<Secret<Bytes>> GatheredKeys::find(ByteView key_id)
{
    auto const found = keys_.find(to_bytes(key_id));
    return found == keys_.end() ? std::nullopt : std::optional{found->second};
}

void note_app_state_key(RecordOverlay& step, ByteView id)
{
    auto const key = read_key(step, id);
    if (!key) return;
    auto const newest = read_newest(step);
    if (newest && newest->created >= key->created) return;
    step.write(RecordKind::app_state_key, newest_key, to_bytes(hex_encode(id)));
}

bool has_app_state_key(RecordSource const& records)
{
    return records.read(RecordKind::app_state_key, newest_key).has_value();
}

std::optional<appstate::WritingKey> writing_key(RecordSource const& records)
{
    auto const newest = read_newest(records);
    if (!newest) return std::nullopt;
    return appstate::WritingKey{newest->id, appstate::expand_mutation_keys(newest->data.reveal())};
}

} // namespace wagate::engine
