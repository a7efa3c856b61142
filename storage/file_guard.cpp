#include "storage/file_guard.hpp"

#include "storage/store_errc.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <sys/file.h>
#include <sys/stat.h>
#include <utility>

namespace wagate::storage {
namespace {

constexpr mode_t owner_file = 0600;
constexpr mode_t owner_directory = 0700;

bool make_directories(std::filesystem::path const& directory)
{
    std::error_code ignored;
    if (directory.empty() || std::filesystem::is_directory(directory, ignored)) return true;
    return make_directories(directory.parent_path()) && ::mkdir(directory.c_str(), owner_directory) == 0;
}

/// Opens or creates; the mode of an existing file is tightened.
int open_owned(std::filesystem::path const& file)
{
    int const descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, owner_file);
    if (descriptor >= 0 && ::fchmod(descriptor, owner_file) != 0) {
        ::close(descriptor);
        return -1;
    }
    return descriptor;
}

/// A new file survives a power cut only when its directory is on disk.
void sync_directory(std::filesystem::path const& directory)
{
    int const descriptor =
        ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

} // namespace

Result<FileGuard> FileGuard::acquire(std::filesystem::path const& file)
{
    if (!make_directories(file.parent_path())) return StoreErrc::cannot_open;
    auto lock_file = file;
    lock_file += ".lock";
    FileGuard guard{open_owned(lock_file)};
    if (guard.descriptor_ < 0 || ::flock(guard.descriptor_, LOCK_EX | LOCK_NB) != 0)
        return StoreErrc::cannot_open;
    // Closing a second descriptor of the database would drop SQLite's own locks; none is taken yet.
    int const database = open_owned(file);
    if (database < 0) return StoreErrc::cannot_open;
    ::close(database);
    sync_directory(file.parent_path());
    return guard;
}

FileGuard::FileGuard(FileGuard&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1))
{}

FileGuard::~FileGuard()
{
    if (descriptor_ >= 0) ::close(descriptor_);
}

} // namespace wagate::storage
