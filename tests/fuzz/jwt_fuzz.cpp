// Tokens and key sets. The first byte says what follows: `k` a key set, `t` a token, `s` a header and claims,
// one a line, which are signed here, so that what stands behind the signature is reached.
#include "api/http/jwt.hpp"

#include "api/http/json.hpp"
#include "protocol/base/encoding.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

using namespace wagate;

namespace {

constexpr WallTime now{Milliseconds{1'800'000'000'000}};

/// The seeds' keys. What signs is known of the first alone: 32 bytes of value 7.
constexpr char key_set[] =
    R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw"},)"
    R"({"kty":"EC","crv":"P-256","kid":"ec","alg":"ES256",)"
    R"("x":"T7PBT4bUvHBbWWB-5V5BlXS8NFnsoiF8i5nmO8F99B8","y":"MVRc50oNQLRSmNPmFiZ6XB8EGcm57YQrCZQOrtS_1h8"},)"
    R"({"kty":"RSA","kid":"rsa","use":"sig","e":"AQAB","n":")"
    "3PlN8tzdmmLLJVmr5Zt9ZNsbajSetWkg3gIqf-guwyRNFbUUjO5a_cyM8V4QYQWOIseHdrheNu1Iy_XxWzeMx6SG"
    "zke9Apk7BFWv6kx34O6Qb6ik5UQVlD4NEluOjBmA6Wskx7xmWdFdSWJk_iIQpTiFhC2BuUe3PLcObrk9dR72Hi0y"
    "7Jh1na3VN1E2MfhMc979cvuWcLr2K_WbJij0OCiU-Zrxcg2n-Qymjf2d2Wy52DgggqaiDh1aeRYp32pm7AM6WQU9"
    "CmPl4ubsK68v247Jp5CuopnU528IPa7BWX0Rarj3zq8bJ1_uJ76cNBrHczTG13PERMvlKJjsgpX-iw"
    R"("}]})";

/// Of the seeds that are tokens.
constexpr char known_claims[] =
    R"({"iss":"https://login.example.com","aud":"wagate","exp":1800003600,"iat":1800000000,)"
    R"("tenant":"acme","scope":"messages:send events:read"})";

void require(bool condition)
{
    if (!condition) std::abort();
}

std::string encoded(ByteView bytes)
{
    auto text = base64url_encode(bytes);
    text.erase(std::find(text.begin(), text.end(), '='), text.end());
    return text;
}

http::JwtVerifier make(bool admits_admins)
{
    http::JwtSettings settings;
    settings.issuer = "https://login.example.com";
    settings.audience = "wagate";
    settings.admits_admins = admits_admins;
    auto made = http::JwtVerifier::make(key_set, std::move(settings));
    require(made.has_value());
    return std::move(*made);
}

std::string sign(std::string const& text)
{
    static EVP_PKEY* const key = [] {
        std::array<std::uint8_t, 32> seed{};
        seed.fill(7);
        return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size());
    }();
    auto* const context = EVP_MD_CTX_new();
    Bytes signature(64);
    auto size = signature.size();
    auto const data = view(text);
    require(EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key) == 1 &&
            EVP_DigestSign(context, signature.data(), &size, data.data(), data.size()) == 1);
    EVP_MD_CTX_free(context);
    return text + "." + encoded(signature);
}

/// A token that nobody signed does not hold.
void check_token(std::string_view token)
{
    static auto const verifier = make(false);
    if (!verifier.verify(token, now)) return;
    auto const first = token.find('.');
    auto const second = token.find('.', first + 1);
    require(token.substr(first + 1, second - first - 1) == encoded(view(known_claims)));
    bool is_known = false;
    for (auto const* header :
         {R"({"alg":"EdDSA","typ":"JWT","kid":"ed"})", R"({"alg":"ES256","typ":"JWT","kid":"ec"})",
          R"({"alg":"RS256","typ":"JWT","kid":"rsa"})"})
        is_known = is_known || token.substr(0, first) == encoded(view(std::string_view(header)));
    require(is_known);
}

/// A token gives what it says and no more.
void check_claims(std::string_view header, std::string_view text)
{
    static auto const plain = make(false);
    static auto const generous = make(true);
    auto const token = sign(encoded(view(header)) + "." + encoded(view(text)));
    auto const principal = plain.verify(token, now);
    auto const admin = generous.verify(token, now);
    require(principal.has_value() == admin.has_value());
    if (!principal) return;
    auto const told = http::parse_json(header);
    auto const claims = http::parse_json(text);
    require(told && claims && told->at("alg") == "EdDSA");
    auto const& object = claims->as_object();
    require(object.at("tenant").as_string() == principal->tenant.value);
    require(!principal->tenant.value.empty() && principal->tenant.value.size() <= 64);
    require(object.at("iss") == "https://login.example.com");
    require(principal->expires && *principal->expires >= now &&
            *principal->expires <= now + std::chrono::hours(24) + std::chrono::minutes(1));
    require(principal->session.has_value() == object.contains("sessions"));
    if (principal->session) require((principal->scopes.bits & ~http::Scopes::of_session().bits) == 0);
    require(!principal->is_admin);
    auto const* says_admin = object.if_contains("admin");
    require(admin->is_admin ==
            (says_admin != nullptr && *says_admin == true && !principal->session.has_value()));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0) return 0;
    std::string_view const text(reinterpret_cast<char const*>(data) + 1, size - 1);
    switch (data[0]) {
    case 'k':
        if (auto const made = http::JwtVerifier::make(text, {})) {
            require(text.size() <= 1u << 20);
            require(!made->verify("", now));
        } else {
            require(!made.error().empty());
        }
        break;
    case 't': check_token(text); break;
    default: {
        auto const line = text.find('\n');
        if (line != std::string_view::npos) check_claims(text.substr(0, line), text.substr(line + 1));
    }
    }
    return 0;
}
