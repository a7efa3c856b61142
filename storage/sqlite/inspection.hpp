#pragma once
// A look at a database file without changing it, also while another process writes to it.
#include <cstdint>
#include <filesystem>
#include <string>

namespace wagate::storage::sqlite {

struct Inspection {
    std::string damage; ///< the first thing that is wrong; SQLite's words, which hold no data
    std::int64_t application = 0;
    std::int64_t schema = 0;
    std::int64_t sessions = 0; ///< 0 without a table of them
    std::string master_key;    ///< id of the one it is sealed with; empty: none
};

/// Reads all of it once.
Inspection inspect(std::filesystem::path const& file);

} // namespace wagate::storage::sqlite
