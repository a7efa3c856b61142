#pragma once
// Patches and snapshots as they travel, still encrypted (protocol.md 9.2).
#include "protocol/appstate/errors.hpp"
#include "protocol/appstate/macs.hpp"

#include <string>

namespace wagate::appstate {

/// A patch, snapshot or blob with more bytes than this is not parsed.
inline constexpr std::size_t max_sealed_bytes = std::size_t{64} << 20;
/// Entries of one patch or snapshot.
inline constexpr std::size_t max_mutations = 1'000'000;

struct SealedMutation {
    Operation operation = Operation::set;
    IndexMac index_mac{};
    Bytes ciphertext; ///< IV and encrypted value: at least two blocks
    ValueMac value_mac{};
    Bytes key_id;

    bool operator==(SealedMutation const&) const = default;
};

/// A file on a media server that has to be fetched first: media type app_state, `direct_path`, key and
/// hashes.
struct BlobReference {
    Bytes media_key;
    std::string direct_path;
    std::string handle;
    std::uint64_t file_bytes = 0;
    Bytes plain_sha256;
    Bytes encrypted_sha256;

    bool operator==(BlobReference const&) const = default;
};

struct Patch {
    std::uint64_t version = 0; ///< 0 is not given: the next one
    std::vector<SealedMutation> mutations;
    std::optional<BlobReference> external; ///< the mutations are there; reset by fill()
    Bytes snapshot_mac;
    Bytes patch_mac;
    Bytes key_id;
    std::uint32_t device_index = 0;
    std::uint64_t exit_code = 0; ///< other than 0: the author could not go on with this collection

    bool operator==(Patch const&) const = default;
};

struct Snapshot {
    std::uint64_t version = 0;
    std::vector<SealedMutation> records; ///< all of them `set`
    Bytes mac;
    Bytes key_id;

    bool operator==(Snapshot const&) const = default;
};

// Parsing: malformed or too_large. Memory stays within a small factor of the input.
Result<Patch> parse_patch(ByteView bytes);
Result<Snapshot> parse_snapshot(ByteView bytes);
Result<BlobReference> parse_blob_reference(ByteView bytes);
/// Puts the content of its external blob into a patch. @return malformed, too_large
Result<void> fill(Patch& patch, ByteView blob);

Bytes serialize(Patch const& patch);
Bytes serialize(Snapshot const& snapshot);
Bytes serialize(BlobReference const& reference);
/// The content of an external blob.
Bytes serialize(std::vector<SealedMutation> const& mutations);

/// The ids of all keys that are needed to read it, each once.
std::vector<Bytes> key_ids(Patch const& patch);
std::vector<Bytes> key_ids(Snapshot const& snapshot);

} // namespace wagate::appstate
