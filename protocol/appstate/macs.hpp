#pragma once
// The four MACs of app state (protocol.md 9.4, 9.5).
#include "protocol/appstate/collection.hpp"
#include "protocol/appstate/keys.hpp"

#include <vector>

namespace wagate::appstate {

using IndexMac = crypto::Key32; ///< names an entry without telling what it is
using ValueMac = crypto::Key32; ///< what the hash sums up

enum class Operation : std::uint8_t { set = 0, remove = 1 };

/// Over the index exactly as its author wrote it.
IndexMac index_mac(MutationKeys const& keys, ByteView index);
/// @param ciphertext IV and encrypted value
ValueMac value_mac(MutationKeys const& keys, Operation operation, ByteView key_id, ByteView ciphertext);
/// Over the state after the patch.
crypto::Key32 snapshot_mac(MutationKeys const& keys, CollectionState const& state);
crypto::Key32 patch_mac(MutationKeys const& keys, ByteView snapshot_mac, std::vector<ValueMac> const& values,
                        std::uint64_t version, Collection collection);

} // namespace wagate::appstate
