#include "storage/inspection.hpp"

#include "storage/schema/schema.hpp"
#include "storage/sqlite/inspection.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <sys/file.h>

namespace wagate::storage {
namespace {

/// Shared, for a moment: the owner's lock is exclusive.
bool is_locked(std::filesystem::path file)
{
    file += ".lock";
    int const descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return false;
    bool const is_held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(descriptor);
    return is_held;
}

} // namespace

StoreInspection inspect_store(std::filesystem::path const& file)
{
    StoreInspection found;
    found.newest_schema = static_cast<std::int64_t>(migrations().size());
    std::error_code error;
    found.exists = std::filesystem::exists(file, error);
    if (!found.exists) return found;
    found.is_in_use = is_locked(file);
    // A first start that has not written anything yet.
    if (std::filesystem::file_size(file, error) == 0 && !error) return found;
    auto const inside = sqlite::inspect(file);
    found.damage = inside.damage;
    found.schema = inside.schema;
    found.sessions = inside.sessions;
    found.master_key = inside.master_key;
    if (found.damage.empty() && inside.application != application_id)
        found.damage = "it is no database of wagate";
    return found;
}

} // namespace wagate::storage
