#pragma once
// A whole collection in plain text, which the own phone sends when what the server has does not add up
// (protocol.md 9.5). It comes through the Signal session with the phone, which is what vouches for it; that
// it is whole is checked by its hash.
#include "protocol/appstate/patch.hpp"

namespace wagate::appstate {

/// An answer with more bytes than this, packed, is not taken.
inline constexpr std::size_t max_recovery_bytes = std::size_t{8} << 20;
/// Unpacked it may have so many times its bytes, and at least `free_recovery_bytes`, but never more than
/// max_sealed_bytes. Entries pack some ten times.
inline constexpr std::size_t max_recovery_ratio = 64;
inline constexpr std::size_t free_recovery_bytes = std::size_t{1} << 20;

struct RecoveredEntry {
    Bytes index; ///< JSON
    Bytes value; ///< a serialized SyncActionValue
    std::int32_t version = 0;
    Bytes key_id; ///< names the key of its index MAC
    ValueMac value_mac{};
    bool operator==(RecoveredEntry const&) const = default;
};

struct Recovery {
    CollectionState state; ///< the hash as the phone has it
    std::vector<RecoveredEntry> entries;
    bool operator==(Recovery const&) const = default;
};

/// @return malformed, too_large. Memory stays within the limits above and a small factor of the input.
Result<Recovery> parse_recovery(ByteView bytes, bool is_compressed);
/// Each once.
std::vector<Bytes> key_ids(Recovery const& recovery);
/// Replaces whatever there was, like a snapshot.
/// @return missing_key; duplicate_index, when two entries have one place; snapshot_mac_mismatch, when the
///         values do not sum up to the hash
Result<Applied> apply_recovery(Recovery const& recovery, KeyRing& keys);

/// An entry as the phone tells it that has applied it. @param mutation sets something
RecoveredEntry recovered_entry(Mutation const& mutation);
Bytes serialize(Recovery const& recovery);

// --- peer messages, serialized Message

/// @param now goes along, in seconds
Bytes recovery_request_message(Collection collection, WallTime now);
/// @return malformed when the message is no such request, or names no collection that is known
Result<Collection> parse_recovery_request(ByteView message);
/// @param bytes nothing: the phone cannot help
Bytes recovery_answer_message(std::string_view request, std::optional<ByteView> bytes, bool is_compressed);

} // namespace wagate::appstate
