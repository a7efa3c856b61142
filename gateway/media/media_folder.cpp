#include "gateway/media/media_folder.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"

#include <boost/system/errc.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <sys/stat.h>
#include <utility>

namespace wagate::gateway {
namespace fs = std::filesystem;
namespace {

ErrorCode last_error()
{
    return {errno, boost::system::system_category()};
}

/// Enough not to meet by chance, short enough for a name.
std::string short_hash(std::string_view text)
{
    return hex_encode(crypto::sha256(view(text))).substr(0, 32);
}

} // namespace

OpenFile::OpenFile(OpenFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1))
{}

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept
{
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

OpenFile::~OpenFile()
{
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<OpenFile> OpenFile::to_read(fs::path const& path)
{
    // No name of a user is part of it; a link that somebody put there leads nowhere all the same.
    int const descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) return last_error();
    OpenFile file{descriptor};
    struct stat facts{};
    if (::fstat(descriptor, &facts) != 0) return last_error();
    if (!S_ISREG(facts.st_mode)) return make_error_code(boost::system::errc::permission_denied);
    return file;
}

Result<void> OpenFile::write(std::string_view bytes)
{
    while (!bytes.empty()) {
        auto const written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return last_error();
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<std::size_t> OpenFile::read(std::span<char> target)
{
    std::size_t filled = 0;
    while (filled < target.size()) {
        auto const got = ::read(descriptor_, target.data() + filled, target.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return last_error();
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    return filled;
}

Result<void> OpenFile::seek(std::uint64_t offset)
{
    if (::lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) < 0) return last_error();
    return {};
}

Result<std::uint64_t> OpenFile::size() const
{
    struct stat facts{};
    if (::fstat(descriptor_, &facts) != 0) return last_error();
    return static_cast<std::uint64_t>(facts.st_size);
}

TempFile::~TempFile()
{
    if (path_.empty()) return;
    std::error_code ignored;
    fs::remove(path_, ignored);
}

Result<void> TempFile::keep_as(fs::path const& target)
{
    if (::rename(path_.c_str(), target.c_str()) != 0) return last_error();
    path_.clear();
    return {};
}

Result<void> MediaFolder::prepare()
{
    std::error_code error;
    fs::remove_all(root_ / "unfinished", error);
    fs::create_directories(root_ / "unfinished", error);
    if (error) return ErrorCode{error.value(), boost::system::system_category()};
    fs::permissions(root_, fs::perms::owner_all, error);
    if (error) return ErrorCode{error.value(), boost::system::system_category()};
    return {};
}

Result<TempFilePtr> MediaFolder::new_file()
{
    auto name = (root_ / "unfinished" / "XXXXXX").string();
    int const descriptor = ::mkstemp(name.data());
    if (descriptor < 0) return last_error();
    ::close(descriptor);
    return std::make_shared<TempFile>(name);
}

std::string MediaFolder::name_of(SessionKey const& session)
{
    return short_hash(session.tenant.value) + "/" + short_hash(session.name.value);
}

fs::path MediaFolder::folder_of(SessionKey const& session) const
{
    return root_ / name_of(session);
}

fs::path MediaFolder::place(SessionKey const& session, std::string_view name) const
{
    auto const folder = folder_of(session);
    std::error_code ignored; // the write that follows tells
    fs::create_directories(folder, ignored);
    return folder / name;
}

void MediaFolder::erase(SessionKey const& session)
{
    std::error_code ignored;
    fs::remove_all(folder_of(session), ignored);
}

std::size_t MediaFolder::sweep(fs::file_time_type oldest)
{
    std::size_t removed = 0;
    std::error_code error;
    for (fs::recursive_directory_iterator place(root_, error), end; !error && place != end;
         place.increment(error)) {
        std::error_code gone;
        if (place.depth() == 0 && place->path().filename() == "unfinished") place.disable_recursion_pending();
        if (!place->is_regular_file(gone) || gone) continue;
        auto const written = place->last_write_time(gone);
        if (!gone && written < oldest && fs::remove(place->path(), gone)) ++removed;
    }
    return removed;
}

} // namespace wagate::gateway
