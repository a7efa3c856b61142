#pragma once
// Where the master key comes from, and which of the keys at hand is the one that a database is sealed with.
#include "storage/vault/master_key.hpp"

#include <memory>
#include <optional>

namespace wagate::storage::vault {

struct KeySource {
    std::shared_ptr<MasterKey const> given; ///< by the environment or the service manager; instead of `file`
    std::filesystem::path file{};           ///< empty: master.key beside the database
    std::filesystem::path
        next_file{}; ///< what a rotation takes the next key from; empty: it makes one, into `file`
};

/// The file while a rotation is under way: complete before the database is changed, renamed afterwards.
std::filesystem::path unfinished_file(std::filesystem::path const& file);

/// The key with id `wanted`, or without one the key that there is; nothing when there is none and none is
/// wanted. Brings a rotation that was cut short to its end.
/// @return VaultErrc::sealed when the wanted one is not there, bad_master_key when the one there is none
Result<std::shared_ptr<MasterKey const>> find_key(KeySource const& source,
                                                  std::optional<std::string> const& wanted);

} // namespace wagate::storage::vault
