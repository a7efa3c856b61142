#include "storage/vault/master_key.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/base/secret.hpp"
#include "storage/vault/vault_errc.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <cerrno>
#include <sys/stat.h>

namespace wagate::storage::vault {
namespace {

constexpr std::size_t most_file_bytes = 1'024;

ErrorCode last_error()
{
    return {errno, boost::system::system_category()};
}

std::string id_of(LockedKey const& key)
{
    constexpr std::string_view use = "wagate master key id";
    ByteArray<crypto_generichash_BYTES_MIN> digest{};
    crypto_generichash(digest.data(), digest.size(), view(use).data(), use.size(), key.reveal().data(),
                       LockedKey::size);
    return hex_encode(ByteView{digest}.first(8));
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n";
    auto const first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

bool write_all(int descriptor, ByteView bytes)
{
    while (!bytes.empty()) {
        auto const written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

} // namespace

MasterKey::MasterKey(LockedKey key) : key_(std::move(key)), id_(id_of(key_))
{}

Result<MasterKey> MasterKey::parse(std::string_view text)
{
    text = trimmed(text);
    auto bytes = text.size() == 2 * LockedKey::size ? hex_decode(text) : base64_decode(text);
    if (!bytes || bytes->size() != LockedKey::size) return VaultErrc::bad_master_key;
    MasterKey key{LockedKey{std::span<std::uint8_t const, LockedKey::size>{*bytes}}};
    wipe_value(*bytes);
    return key;
}

Result<MasterKey> MasterKey::read(std::filesystem::path const& file)
{
    int const descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return last_error();
    Bytes bytes(most_file_bytes);
    auto const got = ::read(descriptor, bytes.data(), bytes.size());
    auto const error = last_error();
    ::close(descriptor);
    if (got < 0) return error;
    bytes.resize(static_cast<std::size_t>(got));
    auto key =
        bytes.size() == LockedKey::size
            ? Result<MasterKey>{MasterKey{LockedKey{std::span<std::uint8_t const, LockedKey::size>{bytes}}}}
            : parse(text_view(bytes));
    wipe_value(bytes);
    return key;
}

Result<void> MasterKey::write(std::filesystem::path const& file) const
{
    auto part = file;
    part += ".part";
    ::unlink(part.c_str());
    int const descriptor = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) return last_error();
    Secret<std::string> const text{base64_encode(key_.reveal()) + "\n"};
    bool const is_written = write_all(descriptor, view(text.reveal())) && ::fsync(descriptor) == 0;
    auto const error = last_error();
    ::close(descriptor);
    if (!is_written) return error;
    if (::rename(part.c_str(), file.c_str()) != 0) return last_error();
    auto const folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
    int const directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return last_error();
    bool const is_synced = ::fsync(directory) == 0;
    ::close(directory);
    if (!is_synced) return make_error_code(boost::system::errc::io_error);
    return {};
}

} // namespace wagate::storage::vault
