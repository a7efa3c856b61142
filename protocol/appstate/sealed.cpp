#include "protocol/appstate/sealed.hpp"

#include "protocol/proto/appstate.pb.h"
#include "protocol/proto/codec.hpp"

#include <set>

namespace wagate::appstate {
namespace {

constexpr std::size_t block_bytes = 16;
constexpr std::size_t mac_bytes = sizeof(ValueMac);
constexpr std::size_t max_key_id_bytes = 64;

bool is_key_id(std::string const& id) noexcept
{
    return !id.empty() && id.size() <= max_key_id_bytes;
}

Result<SealedMutation> read_record(proto::SyncdRecord const& record, Operation operation)
{
    auto const& index = record.index().blob();
    auto const& value = record.value().blob();
    auto const& key_id = record.key_id().id();
    if (index.size() != sizeof(IndexMac) || !is_key_id(key_id)) return AppStateErrc::malformed;
    if (value.size() < 2 * block_bytes + mac_bytes || (value.size() - mac_bytes) % block_bytes != 0)
        return AppStateErrc::malformed;
    auto const blob = view(value);
    return SealedMutation{.operation = operation,
                          .index_mac = to_array<32>(view(index)),
                          .ciphertext = to_bytes(blob.first(blob.size() - mac_bytes)),
                          .value_mac = to_array<32>(blob.last(mac_bytes)),
                          .key_id = to_bytes(key_id)};
}

template <class Mutations>
Result<std::vector<SealedMutation>> read_mutations(Mutations const& list)
{
    if (static_cast<std::size_t>(list.size()) > max_mutations) return AppStateErrc::too_large;
    std::vector<SealedMutation> mutations;
    mutations.reserve(static_cast<std::size_t>(list.size()));
    for (auto const& entry : list) {
        if (entry.operation() != 0 && entry.operation() != 1) return AppStateErrc::malformed;
        WAGATE_TRY(auto mutation, read_record(entry.record(), static_cast<Operation>(entry.operation())));
        mutations.push_back(std::move(mutation));
    }
    return mutations;
}

void write_record(proto::SyncdRecord& record, SealedMutation const& mutation)
{
    record.mutable_index()->set_blob(to_text(mutation.index_mac));
    auto& value = *record.mutable_value()->mutable_blob();
    value.reserve(mutation.ciphertext.size() + mac_bytes);
    value.append(text_view(mutation.ciphertext)).append(text_view(mutation.value_mac));
    record.mutable_key_id()->set_id(to_text(mutation.key_id));
}

void write_mutation(proto::SyncdMutation& target, SealedMutation const& mutation)
{
    target.set_operation(static_cast<int>(mutation.operation));
    write_record(*target.mutable_record(), mutation);
}

BlobReference read_reference(proto::ExternalBlobReference const& message)
{
    return {.media_key = to_bytes(message.media_key()),
            .direct_path = message.direct_path(),
            .handle = message.handle(),
            .file_bytes = message.file_size_bytes(),
            .plain_sha256 = to_bytes(message.file_sha256()),
            .encrypted_sha256 = to_bytes(message.file_enc_sha256())};
}

void write_reference(proto::ExternalBlobReference& message, BlobReference const& reference)
{
    message.set_media_key(to_text(reference.media_key));
    message.set_direct_path(reference.direct_path);
    if (!reference.handle.empty()) message.set_handle(reference.handle);
    message.set_file_size_bytes(reference.file_bytes);
    message.set_file_sha256(to_text(reference.plain_sha256));
    message.set_file_enc_sha256(to_text(reference.encrypted_sha256));
}

std::vector<Bytes> distinct_key_ids(Bytes const& own, std::vector<SealedMutation> const& mutations)
{
    std::set<Bytes> ids;
    if (!own.empty()) ids.insert(own);
    for (auto const& mutation : mutations)
        ids.insert(mutation.key_id);
    return {ids.begin(), ids.end()};
}

} // namespace

Result<Patch> parse_patch(ByteView bytes)
{
    if (bytes.size() > max_sealed_bytes) return AppStateErrc::too_large;
    proto::SyncdPatch message;
    if (!proto::decode(message, bytes)) return AppStateErrc::malformed;
    if (!is_key_id(message.key_id().id()) || message.snapshot_mac().size() != mac_bytes ||
        message.patch_mac().size() != mac_bytes)
        return AppStateErrc::malformed;
    Patch patch;
    patch.version = message.version().version();
    WAGATE_TRY(patch.mutations, read_mutations(message.mutations()));
    if (message.has_external_mutations()) patch.external = read_reference(message.external_mutations());
    patch.snapshot_mac = to_bytes(message.snapshot_mac());
    patch.patch_mac = to_bytes(message.patch_mac());
    patch.key_id = to_bytes(message.key_id().id());
    patch.device_index = message.device_index();
    patch.exit_code = message.exit_code().code();
    return patch;
}

Result<Snapshot> parse_snapshot(ByteView bytes)
{
    if (bytes.size() > max_sealed_bytes) return AppStateErrc::too_large;
    proto::SyncdSnapshot message;
    if (!proto::decode(message, bytes)) return AppStateErrc::malformed;
    if (!is_key_id(message.key_id().id()) || message.mac().size() != mac_bytes)
        return AppStateErrc::malformed;
    if (static_cast<std::size_t>(message.records_size()) > max_mutations) return AppStateErrc::too_large;
    Snapshot snapshot;
    snapshot.version = message.version().version();
    snapshot.records.reserve(static_cast<std::size_t>(message.records_size()));
    for (auto const& record : message.records()) {
        WAGATE_TRY(auto mutation, read_record(record, Operation::set));
        snapshot.records.push_back(std::move(mutation));
    }
    snapshot.mac = to_bytes(message.mac());
    snapshot.key_id = to_bytes(message.key_id().id());
    return snapshot;
}

Result<BlobReference> parse_blob_reference(ByteView bytes)
{
    proto::ExternalBlobReference message;
    if (!proto::decode(message, bytes)) return AppStateErrc::malformed;
    auto reference = read_reference(message);
    if (reference.media_key.size() != 32 || reference.direct_path.empty()) return AppStateErrc::malformed;
    return reference;
}

Result<void> fill(Patch& patch, ByteView blob)
{
    if (blob.size() > max_sealed_bytes) return AppStateErrc::too_large;
    proto::SyncdMutations message;
    if (!proto::decode(message, blob)) return AppStateErrc::malformed;
    WAGATE_TRY(auto mutations, read_mutations(message.mutations()));
    if (mutations.empty()) return AppStateErrc::malformed;
    patch.mutations = std::move(mutations);
    patch.external.reset();
    return {};
}

Bytes serialize(Patch const& patch)
{
    proto::SyncdPatch message;
    if (patch.version != 0) message.mutable_version()->set_version(patch.version);
    for (auto const& mutation : patch.mutations)
        write_mutation(*message.add_mutations(), mutation);
    if (patch.external) write_reference(*message.mutable_external_mutations(), *patch.external);
    message.set_snapshot_mac(to_text(patch.snapshot_mac));
    message.set_patch_mac(to_text(patch.patch_mac));
    message.mutable_key_id()->set_id(to_text(patch.key_id));
    if (patch.device_index != 0) message.set_device_index(patch.device_index);
    if (patch.exit_code != 0) message.mutable_exit_code()->set_code(patch.exit_code);
    return proto::encode(message);
}

Bytes serialize(Snapshot const& snapshot)
{
    proto::SyncdSnapshot message;
    message.mutable_version()->set_version(snapshot.version);
    for (auto const& record : snapshot.records)
        write_record(*message.add_records(), record);
    message.set_mac(to_text(snapshot.mac));
    message.mutable_key_id()->set_id(to_text(snapshot.key_id));
    return proto::encode(message);
}

Bytes serialize(BlobReference const& reference)
{
    proto::ExternalBlobReference message;
    write_reference(message, reference);
    return proto::encode(message);
}

Bytes serialize(std::vector<SealedMutation> const& mutations)
{
    proto::SyncdMutations message;
    for (auto const& mutation : mutations)
        write_mutation(*message.add_mutations(), mutation);
    return proto::encode(message);
}

std::vector<Bytes> key_ids(Patch const& patch)
{
    return distinct_key_ids(patch.key_id, patch.mutations);
}

std::vector<Bytes> key_ids(Snapshot const& snapshot)
{
    return distinct_key_ids(snapshot.key_id, snapshot.records);
}

} // namespace wagate::appstate
