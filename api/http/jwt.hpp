#pragma once
// JSON Web Tokens (RFC 7519) as an alternative to API keys, for applications with a sign-in of their own.
// Strict: what a token says about how it is to be checked is compared, never followed.
#include "api/http/keys.hpp"
#include "protocol/crypto/public_key.hpp"

#include <map>

namespace wagate::http {

/// Why a token does not hold. Told to nobody but tests and the log.
enum class JwtFault : std::uint8_t {
    malformed,     ///< size, parts, encoding, JSON, members that stand twice
    bad_header,    ///< `crit`, keys or addresses of keys in it, another `typ`
    bad_algorithm, ///< none of EdDSA, ES256, RS256, or not that of the key
    unknown_key,
    bad_signature,
    bad_time, ///< `exp` missing, passed or too far ahead; `nbf` or `iat` to come
    bad_issuer,
    bad_audience,
    bad_claims, ///< tenant, sessions or scope
};

struct JwtSettings {
    std::string issuer;
    std::string audience;
    std::string tenant_claim = "tenant";
    std::string sessions_claim = "sessions"; ///< a name or a list of them; without it the whole tenant
    std::string scope_claim = "scope";       ///< names as in scope_named, a text with blanks or a list
    bool admits_admins = false;              ///< `"admin": true` makes an administrator
    std::chrono::seconds leeway{60};         ///< of `nbf` and `iat`
    std::chrono::hours longest{24};          ///< from now to `exp`
};

inline constexpr std::size_t longest_token = 8 * 1024;

class JwtVerifier {
public:
    /// @param key_set a JSON Web Key Set (RFC 7517). Keys of other kinds, for encryption and without `kid`
    /// are passed over. @return a sentence when it is no set, names a `kid` twice, holds private keys or no
    /// key that is of use
    static boost::system::result<JwtVerifier, std::string> make(std::string_view key_set,
                                                                JwtSettings settings);

    boost::system::result<Principal, JwtFault> verify(std::string_view token, WallTime now) const;

private:
    std::map<std::string, crypto::PublicKey, std::less<>> keys_; ///< by kid
    JwtSettings settings_;
};

} // namespace wagate::http
