#include "gateway/media/kept_media.hpp"

#include <algorithm>
#include <set>

namespace wagate::gateway {
namespace fs = std::filesystem;
namespace {

struct FoundFile {
    fs::path path;
    fs::file_time_type written;
    std::uint64_t bytes = 0;
};

/// What vanishes meanwhile is left out.
std::vector<FoundFile> files_below(fs::path const& folder)
{
    std::vector<FoundFile> found;
    std::error_code error;
    for (fs::recursive_directory_iterator place(folder, error), end; !error && place != end;
         place.increment(error)) {
        std::error_code gone;
        FoundFile file;
        if (!place->is_regular_file(gone) || gone) continue;
        file.path = place->path();
        file.written = place->last_write_time(gone);
        if (!gone) file.bytes = place->file_size(gone);
        if (!gone) found.push_back(std::move(file));
    }
    return found;
}

/// @return how many
std::size_t remove_older(std::vector<FoundFile>& files, Milliseconds age)
{
    // Longer than the file system's clock goes back is for ever.
    constexpr Milliseconds longest = std::chrono::hours{24 * 365 * 100};
    auto const oldest = fs::file_time_type::clock::now() - std::min(age, longest);
    return std::erase_if(files, [&](FoundFile const& file) {
        std::error_code ignored;
        return file.written < oldest && fs::remove(file.path, ignored);
    });
}

std::uint64_t bytes_in(std::vector<FoundFile> const& files)
{
    std::uint64_t bytes = 0;
    for (auto const& file : files)
        bytes += file.bytes;
    return bytes;
}

std::size_t remove_above(std::vector<FoundFile>& files, std::uint64_t most_bytes)
{
    auto bytes = bytes_in(files);
    std::sort(files.begin(), files.end(),
              [](FoundFile const& left, FoundFile const& right) { return left.written < right.written; });
    std::size_t removed = 0;
    for (auto const& file : files) {
        if (bytes <= most_bytes) break;
        std::error_code ignored;
        if (!fs::remove(file.path, ignored)) continue;
        bytes -= file.bytes;
        ++removed;
    }
    return removed;
}

} // namespace

fs::path KeptMedia::folder_of(TenantId const& tenant) const
{
    // Above the folder of any of its sessions; its name is MediaFolder's business.
    return folder_.place({tenant, SessionName("")}, "").parent_path().parent_path();
}

std::vector<KeptFile> KeptMedia::of_session(SessionKey const& session) const
{
    std::vector<KeptFile> found;
    for (auto& file : files_below(folder_.place(session, "").parent_path()))
        found.push_back({file.path.filename().string(), file.path, file.bytes});
    std::sort(found.begin(), found.end(),
              [](KeptFile const& left, KeptFile const& right) { return left.name < right.name; });
    return found;
}

std::uint64_t KeptMedia::bytes_of(TenantId const& tenant) const
{
    return bytes_in(files_below(folder_of(tenant)));
}

std::size_t KeptMedia::erase(SessionKey const& session, std::vector<std::string> const& names)
{
    std::size_t removed = 0;
    for (auto const& name : names) {
        std::error_code ignored;
        if (fs::remove(folder_.place(session, name), ignored)) ++removed;
    }
    return removed;
}

std::size_t KeptMedia::sweep(std::vector<TenantLimit> const& tenants,
                             std::optional<Milliseconds> age_of_others)
{
    std::size_t removed = 0;
    std::set<fs::path> known{root_ / "unfinished"};
    for (auto const& [tenant, limit] : tenants) {
        auto const folder = folder_of(tenant);
        known.insert(folder);
        if (!limit.age && !limit.bytes) continue;
        auto files = files_below(folder);
        if (limit.age) removed += remove_older(files, *limit.age);
        if (limit.bytes) removed += remove_above(files, *limit.bytes);
    }
    if (!age_of_others) return removed;
    std::error_code error;
    for (fs::directory_iterator place(root_, error), end; !error && place != end; place.increment(error)) {
        if (known.contains(place->path())) continue;
        auto files = files_below(place->path());
        removed += remove_older(files, *age_of_others);
    }
    return removed;
}

} // namespace wagate::gateway
