#pragma once
// Applying what others changed and saying what we change (protocol.md 9.2, 9.4, 9.5). Every MAC is checked.
// Nothing here stores: what has to be written comes back as a value, for one transaction.
#include "protocol/appstate/actions.hpp"
#include "protocol/appstate/sealed.hpp"
#include "protocol/base/random.hpp"

#include <unordered_map>

namespace wagate::appstate {

/// One entry as it was set or removed.
struct Mutation {
    Operation operation = Operation::set;
    IndexMac index_mac{};
    ValueMac value_mac{};
    Bytes key_id;
    Bytes index; ///< JSON as its author wrote it
    std::int32_t version = 0;
    WallTime time{}; ///< when its author did it; the epoch when that is unknown
    Action action;
};

/// A row of the table (collection, index MAC) → value MAC: the new value, or nothing when the row goes.
struct MacChange {
    IndexMac index_mac{};
    std::optional<ValueMac> value_mac;
    bool operator==(MacChange const&) const = default;
};

/// Reads that table. Called on the thread of whoever applies a patch, at most once per mutation.
class ValueMacSource {
public:
    virtual ~ValueMacSource() = default;
    virtual std::optional<ValueMac> find(Collection collection, IndexMac const& index) = 0;
};

/// What has become of a collection. Everything is to be stored together, or nothing.
struct Applied {
    CollectionState state;
    bool replaces_all = false; ///< a snapshot: the rows that the table had before go
    std::vector<MacChange> macs;
    std::vector<Mutation> mutations;
    std::size_t missing_removals =
        0; ///< removed entries that were not there; harmless, since the MAC was right
};

/// Rows that are decided but not stored yet on top of those that are. For one collection, not thread-safe;
/// `below` must outlive it. Grows with what is recorded.
class MacOverlay final : public ValueMacSource {
public:
    explicit MacOverlay(ValueMacSource& below) : below_{below} {}
    void record(Applied const& applied);
    std::optional<ValueMac> find(Collection collection, IndexMac const& index) override;

private:
    struct Hash {
        std::size_t operator()(IndexMac const& mac) const noexcept;
    };
    ValueMacSource& below_;
    bool hides_below_ = false;
    std::unordered_map<IndexMac, std::optional<ValueMac>, Hash> rows_;
};

/// One patch on top of `before`. Nothing changes on failure: malformed, blob_missing, version_gap,
/// already_applied, missing_key, patch_mac_mismatch, value_mac_mismatch, undecryptable, index_mac_mismatch,
/// snapshot_mac_mismatch.
Result<Applied> apply_patch(CollectionState const& before, Patch const& patch, KeyRing& keys,
                            ValueMacSource& table);

/// A snapshot, which replaces whatever there was. Errors as above; snapshot_mac_mismatch here means that
/// fetching it again may help, or the phone has to be asked.
Result<Applied> apply_snapshot(Collection collection, Snapshot const& snapshot, KeyRing& keys);

// --- sending

struct Intent {
    Operation operation = Operation::set;
    Action action;
};

/// The key that new patches are written with.
struct WritingKey {
    Bytes id;
    MutationKeys keys;
};

struct OutgoingPatch {
    Bytes bytes;     ///< content of <patch>; has no version
    Applied applied; ///< what our collection becomes once the server has accepted it
};

/// Intents of one collection, each of another entry, as the patch that follows `before`.
/// @return empty_patch, wrong_collection, duplicate_index
Result<OutgoingPatch> make_patch(CollectionState const& before, std::vector<Intent> const& intents,
                                 WritingKey const& key, ValueMacSource& table, WallTime now,
                                 RandomSource& random);

} // namespace wagate::appstate
