#pragma once
// App state as it is stored: keys, where a session stands in each collection, and the table of value MACs
// (protocol.md 9.3, 9.5). Records can only be read one by one, so rows carry the generation that they belong
// to: a snapshot starts a new one, and what was there before does not count any more.
#include "protocol/appstate/patch.hpp"
#include "protocol/base/ids.hpp"
#include "protocol/base/records.hpp"

namespace wagate::engine {

struct CollectionRecord {
    appstate::CollectionState state;
    std::uint64_t generation = 0;
    bool is_due = true;       ///< the server may have something that is not here
    bool is_complete = false; ///< was fetched to its end once: what comes now are changes
    bool is_broken = false;   ///< does not add up: only a snapshot helps

    bool wants_snapshot() const noexcept { return is_broken || (!is_complete && state.version == 0); }
};
/// As at the very beginning when there is none, or none that can be read.
CollectionRecord load_collection(RecordSource const& records, appstate::Collection collection);
void save_collection(RecordOverlay& step, CollectionRecord const& record);

/// What the phone was asked for when a collection could not be had from the server.
struct RecoveryRecord {
    MessageId request; ///< empty: it is answered
    WallTime asked{};
    std::optional<Bytes> answer; ///< until it is taken, see appstate/recovery.hpp
    bool is_compressed = false;
};
/// Nothing when the phone was never asked.
std::optional<RecoveryRecord> load_recovery(RecordSource const& records, appstate::Collection collection);
void save_recovery(RecordOverlay& step, appstate::Collection collection, RecoveryRecord const& record);

/// Valid as long as `records`.
class StoredMacs final : public appstate::ValueMacSource {
public:
    StoredMacs(RecordSource const& records, std::uint64_t generation) noexcept
        : records_(records), generation_(generation)
    {}
    std::optional<appstate::ValueMac> find(appstate::Collection collection,
                                           appstate::IndexMac const& index) override;

private:
    RecordSource const& records_;
    std::uint64_t generation_;
};
void write_mac(RecordOverlay& step, appstate::Collection collection, std::uint64_t generation,
               appstate::MacChange const& change);

/// A key that the phone has shared; the youngest of them is remembered for writing.
void store_app_state_key(RecordOverlay& step, ByteView id, ByteView data);
/// Valid as long as `records`.
class StoredKeys final : public appstate::KeySource {
public:
    explicit StoredKeys(RecordSource const& records) noexcept : records_(records) {}
    std::optional<Secret<Bytes>> find(ByteView key_id) override;

private:
    RecordSource const& records_;
};
/// Keys that were looked up before, for work away from the session's thread.
class GatheredKeys final : public appstate::KeySource {
public:
    GatheredKeys(RecordSource const& records, std::vector<Bytes> const& ids);
    std::optional<Secret<Bytes>> find(ByteView key_id) override;

private:
    std::map<Bytes, Secret<Bytes>> keys_;
};
/// Takes note that a key is in use, also one that was stored before the youngest was remembered.
void note_app_state_key(RecordOverlay& step, ByteView id);
bool has_app_state_key(RecordSource const& records);
/// Nothing when the phone has not shared any key yet.
std::optional<appstate::WritingKey> writing_key(RecordSource const& records);

} // namespace wagate::engine
