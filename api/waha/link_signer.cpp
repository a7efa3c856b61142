#include "api/waha/link_signer.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"

#include <charconv>

namespace wagate::waha {
namespace {

constexpr std::string_view domain = "file link 1\n"; // the key signs nothing else

} // namespace

std::string LinkSigner::sign(SessionKey const& session, std::string_view file, std::string_view expires) const
{
    // No name holds a line feed, so the parts cannot be moved against each other.
    auto const end = view("\n");
    return hex_encode(
        crypto::hmac_sha256(key_.reveal(), {view(domain), view(expires), end, view(session.tenant.value), end,
                                            view(session.name.value), end, view(file)}));
}

std::string LinkSigner::query(SessionKey const& session, std::string_view file, WallTime now) const
{
    auto const expires = std::to_string(unix_seconds(now) + lifetime_.count());
    return "exp=" + expires + "&sig=" + sign(session, file, expires);
}

bool LinkSigner::holds(SessionKey const& session, std::string_view file, std::string_view expires,
                       std::string_view signature, WallTime now) const
{
    std::int64_t until = 0;
    auto const [end, error] = std::from_chars(expires.data(), expires.data() + expires.size(), until);
    if (error != std::errc{} || end != expires.data() + expires.size() || until < unix_seconds(now))
        return false;
    return crypto::constant_time_equal(view(sign(session, file, expires)), view(signature));
}

} // namespace wagate::waha
