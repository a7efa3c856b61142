#pragma once
// A store together with the keys that it is sealed with.
#include "storage/key_desk.hpp"
#include "storage/store.hpp"
#include "storage/vault/key_source.hpp"
#include "storage/vault/vault_errc.hpp"

namespace wagate::storage {

/// What a database would need to be opened.
struct SealedFacts {
    std::string wanted_key; ///< id of the master key
    std::string found_key;  ///< of the one that is there; empty: none
};

struct VaultOptions {
    vault::KeySource master_key;
    /// A master key was made, as there was none and nothing that one could be wanted for. It must be kept
    /// apart from the database.
    std::function<void(std::filesystem::path const& file, std::string const& id)> on_key_made;
    std::function<void(SealedFacts const&)> on_sealed; ///< before VaultErrc::sealed is returned
};

struct SealedStore {
    std::unique_ptr<Store> store;
    KeyDesk* keys = nullptr; ///< lives as long as the store
};

/// As open_store, which takes the master key from beside the database and makes it there. What earlier
/// versions wrote in plain is sealed.
/// @return VaultErrc::sealed when the master key that the database wants is not there; nothing was written
/// then. bad_master_key: what is there is no key, or none can be written.
Result<SealedStore> open_sealed_store(StoreOptions options, VaultOptions keys);

} // namespace wagate::storage
