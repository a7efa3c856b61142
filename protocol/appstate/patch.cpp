#include "protocol/appstate/patch.hpp"

#include "protocol/proto/appstate.pb.h"
#include "protocol/proto/codec.hpp"

#include <cstring>
#include <set>

namespace wagate::appstate {
namespace {

constexpr std::size_t iv_bytes = 16;

// ---------------------------------------------------------------------------- one entry

Result<Mutation> open(SealedMutation const& sealed, KeyRing& ring)
{
    auto const* keys = ring.find(sealed.key_id);
    if (keys == nullptr) return AppStateErrc::missing_key;
    auto const expected = value_mac(*keys, sealed.operation, sealed.key_id, sealed.ciphertext);
    if (!crypto::constant_time_equal(expected, sealed.value_mac)) return AppStateErrc::value_mac_mismatch;

    auto const ciphertext = ByteView{sealed.ciphertext};
    auto const plaintext = crypto::aes256_cbc_decrypt(
        keys->value_encryption.reveal(), ciphertext.first(iv_bytes), ciphertext.subspan(iv_bytes));
    if (!plaintext) return AppStateErrc::undecryptable;
    proto::SyncActionData data;
    if (!proto::decode(data, *plaintext)) return AppStateErrc::undecryptable;
    if (!crypto::constant_time_equal(index_mac(*keys, view(data.index())), sealed.index_mac))
        return AppStateErrc::index_mac_mismatch;

    auto dated = read_action(sealed.operation, parse_index(data.index()).value_or(Index{}),
                             view(data.value()), data.version());
    return Mutation{.operation = sealed.operation,
                    .index_mac = sealed.index_mac,
                    .value_mac = sealed.value_mac,
                    .key_id = sealed.key_id,
                    .index = to_bytes(data.index()),
                    .version = data.version(),
                    .time = dated.time,
                    .action = std::move(dated.action)};
}

SealedMutation seal(Intent const& intent, std::string const& index, WritingKey const& key, WallTime now,
                    RandomSource& random)
{
    proto::SyncActionData data;
    data.set_index(index);
    data.set_value(to_text(write_action(intent.action, now)));
    data.set_padding("");
    data.set_version(version_of(intent.action));
    auto const iv = random.array<iv_bytes>();
    auto const encrypted =
        crypto::aes256_cbc_encrypt(key.keys.value_encryption.reveal(), iv, proto::encode(data));
    SealedMutation sealed;
    sealed.operation = intent.operation;
    sealed.index_mac = index_mac(key.keys, view(index));
    sealed.ciphertext = concat({iv, encrypted});
    sealed.value_mac = value_mac(key.keys, sealed.operation, key.id, sealed.ciphertext);
    sealed.key_id = key.id;
    return sealed;
}

// ---------------------------------------------------------------------------- the whole

struct EmptyTable final : ValueMacSource {
    std::optional<ValueMac> find(Collection, IndexMac const&) override { return std::nullopt; }
};

/// Sums changes up. An entry's old value is that of an earlier change, or else of the table.
void fold(Applied& applied, std::vector<SealedMutation> const& mutations, ValueMacSource& table)
{
    std::map<IndexMac, std::size_t> rows; ///< into applied.macs
    for (auto const& mutation : mutations) {
        bool const is_set = mutation.operation == Operation::set;
        auto const [row, is_first] = rows.try_emplace(mutation.index_mac, applied.macs.size());
        if (is_first)
            applied.macs.push_back(
                {mutation.index_mac, table.find(applied.state.collection, mutation.index_mac)});
        auto& current = applied.macs[row->second].value_mac;
        if (current) applied.state.hash.subtract(*current);
        if (!current && !is_set) ++applied.missing_removals;
        if (is_set) applied.state.hash.add(mutation.value_mac);
        current = is_set ? std::optional{mutation.value_mac} : std::nullopt;
    }
}

std::vector<ValueMac> value_macs(std::vector<SealedMutation> const& mutations)
{
    std::vector<ValueMac> values;
    values.reserve(mutations.size());
    for (auto const& mutation : mutations)
        values.push_back(mutation.value_mac);
    return values;
}

Result<void> open_all(Applied& applied, std::vector<SealedMutation> const& mutations, KeyRing& keys)
{
    applied.mutations.reserve(mutations.size());
    for (auto const& sealed : mutations) {
        WAGATE_TRY(auto mutation, open(sealed, keys));
        applied.mutations.push_back(std::move(mutation));
    }
    return {};
}

} // namespace

std::size_t MacOverlay::Hash::operator()(IndexMac const& mac) const noexcept
{
    // A MAC is as good as random already.
    std::size_t value = 0;
    std::memcpy(&value, mac.data(), sizeof value);
    return value;
}

void MacOverlay::record(Applied const& applied)
{
    if (applied.replaces_all) {
        hides_below_ = true;
        rows_.clear();
    }
    for (auto const& change : applied.macs)
        rows_[change.index_mac] = change.value_mac;
}

std::optional<ValueMac> MacOverlay::find(Collection collection, IndexMac const& index)
{
    if (auto const row = rows_.find(index); row != rows_.end()) return row->second;
    if (hides_below_) return std::nullopt;
    return below_.find(collection, index);
}

Result<Applied> apply_patch(CollectionState const& before, Patch const& patch, KeyRing& keys,
                            ValueMacSource& table)
{
    if (patch.external) return AppStateErrc::blob_missing;
    auto const version = patch.version != 0 ? patch.version : before.version + 1;
    if (version <= before.version) return AppStateErrc::already_applied;
    if (version != before.version + 1) return AppStateErrc::version_gap;

    auto const* own = keys.find(patch.key_id);
    if (own == nullptr) return AppStateErrc::missing_key;
    auto const expected =
        patch_mac(*own, patch.snapshot_mac, value_macs(patch.mutations), version, before.collection);
    if (!crypto::constant_time_equal(expected, patch.patch_mac)) return AppStateErrc::patch_mac_mismatch;

    Applied applied;
    WAGATE_CHECK_OK(open_all(applied, patch.mutations, keys));
    applied.state = before;
    applied.state.version = version;
    fold(applied, patch.mutations, table);
    if (!crypto::constant_time_equal(snapshot_mac(*own, applied.state), patch.snapshot_mac))
        return AppStateErrc::snapshot_mac_mismatch;
    return applied;
}

Result<Applied> apply_snapshot(Collection collection, Snapshot const& snapshot, KeyRing& keys)
{
    auto const* own = keys.find(snapshot.key_id);
    if (own == nullptr) return AppStateErrc::missing_key;
    Applied applied;
    applied.replaces_all = true;
    applied.state.collection = collection;
    applied.state.version = snapshot.version;
    EmptyTable nothing;
    fold(applied, snapshot.records, nothing);
    if (!crypto::constant_time_equal(snapshot_mac(*own, applied.state), snapshot.mac))
        return AppStateErrc::snapshot_mac_mismatch;
    WAGATE_CHECK_OK(open_all(applied, snapshot.records, keys));
    return applied;
}

Result<OutgoingPatch> make_patch(CollectionState const& before, std::vector<Intent> const& intents,
                                 WritingKey const& key, ValueMacSource& table, WallTime now,
                                 RandomSource& random)
{
    if (intents.empty()) return AppStateErrc::empty_patch;
    Patch patch;
    OutgoingPatch outgoing;
    auto& applied = outgoing.applied;
    std::set<IndexMac> seen;
    for (auto const& intent : intents) {
        if (collection_of(intent.action).value_or(before.collection) != before.collection)
            return AppStateErrc::wrong_collection;
        auto const index = write_index(index_of(intent.action));
        auto sealed = seal(intent, index, key, now, random);
        if (!seen.insert(sealed.index_mac).second) return AppStateErrc::duplicate_index;
        applied.mutations.push_back({.operation = sealed.operation,
                                     .index_mac = sealed.index_mac,
                                     .value_mac = sealed.value_mac,
                                     .key_id = sealed.key_id,
                                     .index = to_bytes(index),
                                     .version = version_of(intent.action),
                                     .time = now,
                                     .action = intent.action});
        patch.mutations.push_back(std::move(sealed));
    }
    applied.state = before;
    ++applied.state.version;
    fold(applied, patch.mutations, table);

    patch.snapshot_mac = to_bytes(snapshot_mac(key.keys, applied.state));
    patch.patch_mac = to_bytes(patch_mac(key.keys, patch.snapshot_mac, value_macs(patch.mutations),
                                         applied.state.version, before.collection));
    patch.key_id = key.id;
    outgoing.bytes = serialize(patch);
    return outgoing;
}

} // namespace wagate::appstate
