#pragma once
// The errors of storage, apart from the Store interface so that the subfolders can return them.
#include "protocol/base/result.hpp"

#include <string>
#include <type_traits>

namespace wagate::storage {

enum class StoreErrc {
    cannot_open = 1,
    newer_schema,  ///< written by a newer version of this program
    damaged,       ///< not our file, a broken file, or reading failed
    commit_failed, ///< the shard stops: nothing may be acknowledged any more (D6)
    already_exists,
    not_found,
    stopped,
    disk_full, ///< no space now; nothing was changed, later it may work
};

class StoreCategory final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "wagate.storage"; }
    std::string message(int value) const override
    {
        switch (static_cast<StoreErrc>(value)) {
        case StoreErrc::cannot_open: return "the database cannot be opened";
        case StoreErrc::newer_schema: return "the database was written by a newer version";
        case StoreErrc::damaged: return "the database is damaged or not ours";
        case StoreErrc::commit_failed: return "a commit failed; storage has stopped";
        case StoreErrc::already_exists: return "already exists";
        case StoreErrc::not_found: return "not found";
        case StoreErrc::stopped: return "storage is stopped";
        case StoreErrc::disk_full: return "the disk is full";
        }
        return "unknown storage error";
    }
};

inline boost::system::error_category const& store_category() noexcept
{
    static StoreCategory const category;
    return category;
}

inline boost::system::error_code make_error_code(StoreErrc error)
{
    return {static_cast<int>(error), store_category()};
}

} // namespace wagate::storage

template <>
struct boost::system::is_error_code_enum<wagate::storage::StoreErrc> : std::true_type {};
