#pragma once
// The measures of a sandbox, made ready in this process and taken in the child.
#include "gateway/media/child_sandbox.hpp"
#include "protocol/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace wagate::gateway {

/// A descriptor that is closed when it goes.
class OwnDescriptor {
public:
    explicit OwnDescriptor(int number = -1) noexcept : number_(number) {}
    OwnDescriptor(OwnDescriptor&& other) noexcept;
    OwnDescriptor& operator=(OwnDescriptor&& other) noexcept;
    ~OwnDescriptor();
    int number() const noexcept { return number_; }
    explicit operator bool() const noexcept { return number_ >= 0; }

private:
    int number_;
};

class Confinement {
public:
    /// @param reads what its program and its files are; @param writes those that it may change
    static Result<Confinement> prepare(SandboxMeasures const& measures,
                                       std::vector<std::filesystem::path> const& reads,
                                       std::vector<std::filesystem::path> const& writes);

    /// For clone(), without a signal.
    std::uint64_t clone_flags() const noexcept;
    // In the child, where nothing but system calls may be made. False when a measure cannot be taken.
    /// First: identities and mounts.
    bool enter() const noexcept;
    /// Descriptors must have been arranged: the first three, and this one, which is closed by the program's
    /// start.
    int kept_descriptor() const noexcept { return landlock_.number(); }
    /// Last: what cannot be taken back. @param landlock kept_descriptor(), wherever it is now
    bool seal(int landlock) const noexcept;

private:
    /// A file or a folder of the old root in the new one.
    struct Place {
        std::string path;
        std::vector<std::string> folders; ///< to make for it, from the top
        bool is_folder = false;
        bool is_writable = false;
    };
    struct Link {
        std::string path;
        std::string target;
    };

    bool take_identity() const noexcept;
    bool change_root() const noexcept;
    Result<void> prepare_landlock();
    void add_place(std::filesystem::path const& path, bool is_writable);

    SandboxMeasures measures_;
    std::string user_map_;
    std::string group_map_;
    std::vector<Place> places_;
    std::vector<Link> links_;
    std::vector<int> mutable trees_; ///< room for one descriptor per place
    OwnDescriptor landlock_;
};

} // namespace wagate::gateway
