#pragma once
// What can be told of a store from outside, without opening it: for `wagate doctor`.
#include <cstdint>
#include <filesystem>
#include <string>

namespace wagate::storage {

struct StoreInspection {
    bool exists = false;
    bool is_in_use = false; ///< by a process, as the lock file tells
    std::string damage;     ///< what is wrong; empty: nothing
    std::int64_t schema = 0;
    std::int64_t newest_schema = 0; ///< of this program
    std::int64_t sessions = 0;
    std::string master_key; ///< id of the one that the database is sealed with; empty: none yet
};

/// Changes nothing and disturbs nobody; reads the whole file.
StoreInspection inspect_store(std::filesystem::path const& file);

} // namespace wagate::storage
