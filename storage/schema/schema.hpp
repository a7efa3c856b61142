#pragma once
// The database schema: the numbered SQL files of this folder, embedded at build time, and their application.
#include "protocol/base/result.hpp"

#include <cstdint>
#include <span>

namespace wagate::storage {

namespace sqlite {
class Database;
}

/// Marks our files (`PRAGMA application_id`): "wagt".
inline constexpr std::int32_t application_id = 0x77616774;

/// The migration scripts, oldest first; script n brings the schema to `user_version` n.
std::span<char const* const> migrations() noexcept;

/// Brings the database to the newest schema, one transaction per step.
/// @return StoreErrc::newer_schema, damaged (also: a file of another application) or cannot_open.
Result<void> migrate(sqlite::Database& database);

} // namespace wagate::storage
