#pragma once
// Where files lie: one folder for each session, named by hashes, so that no name of a user becomes a path.
#include "protocol/base/ids.hpp"
#include "protocol/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace wagate::gateway {

/// An open file descriptor; closed when it goes.
class OpenFile {
public:
    OpenFile() = default;
    explicit OpenFile(int descriptor) noexcept : descriptor_(descriptor) {}
    OpenFile(OpenFile&& other) noexcept;
    OpenFile& operator=(OpenFile&& other) noexcept;
    ~OpenFile();

    static Result<OpenFile> to_read(std::filesystem::path const& path);
    Result<void> write(std::string_view bytes);
    /// @return how many bytes are in `target` now, 0 at the end
    Result<std::size_t> read(std::span<char> target);
    Result<void> seek(std::uint64_t offset);
    Result<std::uint64_t> size() const;
    int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_ = -1;
};

/// A file without a lasting name; removed when the last one that holds it goes, unless it was kept.
class TempFile {
public:
    explicit TempFile(std::filesystem::path path) : path_(std::move(path)) {}
    TempFile(TempFile const&) = delete;
    TempFile& operator=(TempFile const&) = delete;
    ~TempFile();

    std::filesystem::path const& path() const noexcept { return path_; }
    /// Gives it its lasting name, in one step.
    Result<void> keep_as(std::filesystem::path const& target);

private:
    std::filesystem::path path_;
};
using TempFilePtr = std::shared_ptr<TempFile>;

/// All calls block for as long as the file system takes.
class MediaFolder {
public:
    explicit MediaFolder(std::filesystem::path root) : root_(std::move(root)) {}

    /// Makes the folders, readable by their owner only, and removes what an earlier process left unfinished.
    Result<void> prepare();
    Result<TempFilePtr> new_file();
    /// The place of a session's file. The folder above it exists afterwards.
    std::filesystem::path place(SessionKey const& session, std::string_view name) const;
    /// The folder of a session's files as it stands in the root, with slashes; made of hashes.
    static std::string name_of(SessionKey const& session);
    void erase(SessionKey const& session);
    /// Removes what was last written before `oldest`. @return how many files
    std::size_t sweep(std::filesystem::file_time_type oldest);

private:
    std::filesystem::path folder_of(SessionKey const& session) const;

    std::filesystem::path root_;
};

} // namespace wagate::gateway
