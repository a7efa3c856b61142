#pragma once
// The database file on disk: created for the owner only, and held by one process at a time.
#include "protocol/base/result.hpp"

#include <filesystem>

namespace wagate::storage {

/// Holds a lock file beside the database; the kernel lets go of it when the process ends, however it ends.
class FileGuard {
public:
    /// Creates the directory (0700) and the file (0600) when missing.
    /// @return StoreErrc::cannot_open, also when another process has the database open.
    static Result<FileGuard> acquire(std::filesystem::path const& file);
    FileGuard(FileGuard&& other) noexcept;
    FileGuard& operator=(FileGuard&&) = delete;
    ~FileGuard();

private:
    explicit FileGuard(int descriptor) noexcept : descriptor_(descriptor) {}
    int descriptor_;
};

} // namespace wagate::storage
