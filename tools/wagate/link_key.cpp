#include "tools/wagate/link_key.hpp"

#include "api/waha/link_signer.hpp"
#include "protocol/crypto/crypto.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace wagate {
namespace {

ErrorCode last_error()
{
    return {errno, boost::system::system_category()};
}

/// Complete under its name, or not there: a crash leaves no half of a key.
Result<Secret<Bytes>> make_key(std::filesystem::path const& file)
{
    crypto::SystemRandom random;
    Secret<Bytes> key{random.bytes(waha::LinkSigner::key_bytes)};
    auto const unfinished = file.string() + ".new";
    int const descriptor = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) return last_error();
    auto const written = ::write(descriptor, key.reveal().data(), key.reveal().size());
    bool const is_done = written == static_cast<ssize_t>(key.reveal().size()) && ::fsync(descriptor) == 0;
    auto const error = is_done ? ErrorCode{} : last_error();
    ::close(descriptor);
    if (!is_done) return error ? error : make_error_code(boost::system::errc::io_error);
    if (::rename(unfinished.c_str(), file.c_str()) != 0) return last_error();
    return key;
}

} // namespace

Result<Secret<Bytes>> link_key(std::filesystem::path const& file)
{
    int const descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return errno == ENOENT ? make_key(file) : Result<Secret<Bytes>>{last_error()};
    Bytes bytes(waha::LinkSigner::key_bytes + 1);
    auto const got = ::read(descriptor, bytes.data(), bytes.size());
    auto const error = got < 0 ? last_error() : ErrorCode{};
    ::close(descriptor);
    if (got < 0) return error;
    if (got != static_cast<ssize_t>(waha::LinkSigner::key_bytes))
        return make_error_code(boost::system::errc::bad_message);
    bytes.resize(waha::LinkSigner::key_bytes);
    return Secret<Bytes>{std::move(bytes)};
}

} // namespace wagate
