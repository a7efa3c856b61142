#pragma once
// The files that lie on this machine: what a session has, which of them go, and when.
#include "gateway/media/media_folder.hpp"
#include "protocol/model/message.hpp"
#include "storage/kept_limits.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace wagate::gateway {

/// Under which name the file of a message is kept; nothing when it has none.
std::optional<std::string> kept_file_name(Message const& message);

struct KeptFile {
    std::string name; ///< SHA-256 of its content in hexadecimal, where that is known
    std::filesystem::path path;
    std::uint64_t bytes = 0;
};

/// All calls block for as long as the file system takes; any thread.
class KeptMedia {
public:
    /// @param root the folder that the files of all tenants are in
    explicit KeptMedia(std::filesystem::path root) : root_(root), folder_(std::move(root)) {}

    /// By name. They may go at any time.
    std::vector<KeptFile> of_session(SessionKey const& session) const;
    /// Of all its sessions. Blocks, longer the more files there are.
    std::uint64_t bytes_of(TenantId const& tenant) const;
    /// @return how many there were
    std::size_t erase(SessionKey const& session, std::vector<std::string> const& names);
    /// Removes what is past a tenant's limit: by age, and the oldest above its bytes; and, by the age alone,
    /// files of tenants that are none of these. @return how many
    struct TenantLimit {
        TenantId tenant;
        storage::KeptLimit limit;
    };
    std::size_t sweep(std::vector<TenantLimit> const& tenants, std::optional<Milliseconds> age_of_others);

private:
    std::filesystem::path folder_of(TenantId const& tenant) const;

    std::filesystem::path root_;
    MediaFolder folder_;
};

} // namespace wagate::gateway
