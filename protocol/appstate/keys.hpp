#pragma once
// App-state keys: what the phone shares, and what is derived from it (protocol.md 9.3).
#include "protocol/base/secret.hpp"
#include "protocol/crypto/crypto.hpp"

#include <map>
#include <optional>

namespace wagate::appstate {

struct MutationKeys {
    Secret<crypto::Key32> index;
    Secret<crypto::Key32> value_encryption;
    Secret<crypto::Key32> value_mac;
    Secret<crypto::Key32> snapshot_mac;
    Secret<crypto::Key32> patch_mac;
};
MutationKeys expand_mutation_keys(ByteView key_data);

/// Where the shared keys are kept. Called on the thread of whoever applies a patch.
class KeySource {
public:
    virtual ~KeySource() = default;
    /// The shared key's data (32 bytes); nothing when it is not known.
    virtual std::optional<Secret<Bytes>> find(ByteView key_id) = 0;
};

/// Expands every key once. Keeps one entry per key that the source knows; `source` must outlive it.
class KeyRing {
public:
    explicit KeyRing(KeySource& source) : source_{source} {}
    /// nullptr when the source does not know it.
    MutationKeys const* find(ByteView key_id);

private:
    KeySource& source_;
    std::map<Bytes, MutationKeys> expanded_;
};

} // namespace wagate::appstate
