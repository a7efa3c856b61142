#include "protocol/appstate/recovery.hpp"

#include "protocol/binary/codec.hpp"
#include "protocol/binary/compression.hpp"
#include "protocol/proto/appstate.pb.h"
#include "protocol/proto/codec.hpp"

#include <set>

namespace wagate::appstate {
namespace {

// Numbers of ProtocolMessage.type and of PeerDataOperationRequestType.
constexpr int peer_data_request = 16;
constexpr int peer_data_response = 17;
constexpr int snapshot_recovery = 8;

Result<Bytes> unpack(ByteView bytes)
{
    auto const limit = std::max(free_recovery_bytes, bytes.size() * max_recovery_ratio);
    auto plain = binary::gunzip_bounded(bytes, std::min(limit, max_sealed_bytes));
    if (plain) return plain;
    return plain.error() == binary::CodecErrc::too_large ? AppStateErrc::too_large : AppStateErrc::malformed;
}

Result<Recovery> parse_plain(ByteView bytes)
{
    proto::SyncdSnapshotRecovery parsed;
    if (!proto::decode(parsed, bytes)) return AppStateErrc::malformed;
    if (static_cast<std::size_t>(parsed.mutation_records_size()) > max_mutations)
        return AppStateErrc::too_large;
    auto const collection = collection_from_name(parsed.collection_name());
    auto const hash = LtHash::from_bytes(view(parsed.collection_lthash()));
    if (!collection || !hash || parsed.version().version() == 0) return AppStateErrc::malformed;
    Recovery recovery;
    recovery.state = {*collection, parsed.version().version(), *hash};
    recovery.entries.reserve(static_cast<std::size_t>(parsed.mutation_records_size()));
    for (auto const& record : parsed.mutation_records()) {
        if (record.mac().size() != ValueMac{}.size() || record.key_id().empty())
            return AppStateErrc::malformed;
        recovery.entries.push_back({.index = to_bytes(record.value().index()),
                                    .value = to_bytes(record.value().value()),
                                    .version = record.value().version(),
                                    .key_id = to_bytes(record.key_id()),
                                    .value_mac = to_array<32>(view(record.mac()))});
    }
    return recovery;
}

} // namespace

Result<Recovery> parse_recovery(ByteView bytes, bool is_compressed)
{
    if (bytes.size() > max_recovery_bytes) return AppStateErrc::too_large;
    if (!is_compressed) return parse_plain(bytes);
    WAGATE_TRY(auto const plain, unpack(bytes));
    return parse_plain(plain);
}

std::vector<Bytes> key_ids(Recovery const& recovery)
{
    std::set<Bytes> found;
    for (auto const& entry : recovery.entries)
        found.insert(entry.key_id);
    return {found.begin(), found.end()};
}

Result<Applied> apply_recovery(Recovery const& recovery, KeyRing& keys)
{
    Applied applied;
    applied.replaces_all = true;
    applied.state.collection = recovery.state.collection;
    applied.state.version = recovery.state.version;
    std::set<IndexMac> seen;
    for (auto const& entry : recovery.entries) {
        auto const* known = keys.find(entry.key_id);
        if (known == nullptr) return AppStateErrc::missing_key;
        auto const place = index_mac(*known, entry.index);
        if (!seen.insert(place).second) return AppStateErrc::duplicate_index;
        applied.state.hash.add(entry.value_mac);
        applied.macs.push_back({place, entry.value_mac});
        auto dated = read_action(Operation::set, parse_index(to_text(entry.index)).value_or(Index{}),
                                 entry.value, entry.version);
        applied.mutations.push_back({.operation = Operation::set,
                                     .index_mac = place,
                                     .value_mac = entry.value_mac,
                                     .key_id = entry.key_id,
                                     .index = entry.index,
                                     .version = entry.version,
                                     .time = dated.time,
                                     .action = std::move(dated.action)});
    }
    if (applied.state.hash != recovery.state.hash) return AppStateErrc::snapshot_mac_mismatch;
    return applied;
}

RecoveredEntry recovered_entry(Mutation const& mutation)
{
    return {.index = mutation.index,
            .value = write_action(mutation.action, mutation.time),
            .version = mutation.version,
            .key_id = mutation.key_id,
            .value_mac = mutation.value_mac};
}

Bytes serialize(Recovery const& recovery)
{
    proto::SyncdSnapshotRecovery out;
    out.mutable_version()->set_version(recovery.state.version);
    out.set_collection_name(std::string{collection_name(recovery.state.collection)});
    out.set_collection_lthash(to_text(recovery.state.hash.bytes()));
    for (auto const& entry : recovery.entries) {
        auto& record = *out.add_mutation_records();
        auto& data = *record.mutable_value();
        data.set_index(to_text(entry.index));
        data.set_value(to_text(entry.value));
        data.set_padding("");
        data.set_version(entry.version);
        record.set_key_id(to_text(entry.key_id));
        record.set_mac(to_text(entry.value_mac));
    }
    return proto::encode(out);
}

Bytes recovery_request_message(Collection collection, WallTime now)
{
    proto::Message message;
    auto& protocol = *message.mutable_protocol_message();
    protocol.set_type(peer_data_request);
    auto& asked = *protocol.mutable_peer_data_operation_request_message();
    asked.set_peer_data_operation_request_type(snapshot_recovery);
    auto& wanted = *asked.mutable_syncd_collection_fatal_recovery_request();
    wanted.set_collection_name(std::string{collection_name(collection)});
    wanted.set_timestamp(unix_seconds(now));
    return proto::encode(message);
}

Result<Collection> parse_recovery_request(ByteView message)
{
    proto::Message parsed;
    if (!proto::decode(parsed, message)) return AppStateErrc::malformed;
    auto const& asked = parsed.protocol_message().peer_data_operation_request_message();
    auto const collection =
        collection_from_name(asked.syncd_collection_fatal_recovery_request().collection_name());
    if (asked.peer_data_operation_request_type() != snapshot_recovery || !collection)
        return AppStateErrc::malformed;
    return *collection;
}

Bytes recovery_answer_message(std::string_view request, std::optional<ByteView> bytes, bool is_compressed)
{
    proto::Message message;
    auto& protocol = *message.mutable_protocol_message();
    protocol.set_type(peer_data_response);
    auto& response = *protocol.mutable_peer_data_operation_request_response_message();
    response.set_peer_data_operation_request_type(snapshot_recovery);
    response.set_stanza_id(std::string{request});
    auto& result = *response.add_peer_data_operation_result();
    if (bytes) {
        auto& snapshot = *result.mutable_syncd_snapshot_fatal_recovery_response();
        snapshot.set_collection_snapshot(to_text(*bytes));
        snapshot.set_is_compressed(is_compressed);
    }
    return proto::encode(message);
}

} // namespace wagate::appstate
