// The ways in which tokens are confused, and those that hold.
#include "api/http/jwt.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"

#include <catch2/catch.hpp>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <memory>

using namespace wagate;
using http::JwtFault;
using http::JwtVerifier;

namespace {

constexpr WallTime now{Milliseconds{1'800'000'000'000}};
constexpr std::int64_t now_seconds = 1'800'000'000;

std::string encoded(ByteView bytes)
{
    auto text = base64url_encode(bytes);
    text.erase(std::find(text.begin(), text.end(), '='), text.end());
    return text;
}
std::string encoded(std::string_view text)
{
    return encoded(view(text));
}

using Key = std::shared_ptr<EVP_PKEY>;

Key made(EVP_PKEY* key)
{
    REQUIRE(key != nullptr);
    return {key, EVP_PKEY_free};
}

Bytes number(Key const& key, char const* name, std::size_t size)
{
    BIGNUM* value = nullptr;
    REQUIRE(EVP_PKEY_get_bn_param(key.get(), name, &value) == 1);
    Bytes bytes(size == 0 ? static_cast<std::size_t>(BN_num_bytes(value)) : size);
    BN_bn2binpad(value, bytes.data(), static_cast<int>(bytes.size()));
    BN_free(value);
    return bytes;
}

/// The issuer: one key of each kind, made once.
struct Issuer {
    Key ed = made(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    Key ec = made(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    Key rsa = made(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));

    std::string ed_jwk(std::string more = "") const
    {
        Bytes x(32);
        std::size_t size = x.size();
        EVP_PKEY_get_raw_public_key(ed.get(), x.data(), &size);
        return R"({"kty":"OKP","crv":"Ed25519","kid":"ed","x":")" + encoded(x) + "\"" + more + "}";
    }
    std::string ec_jwk() const
    {
        return R"({"kty":"EC","crv":"P-256","kid":"ec","alg":"ES256","x":")" +
               encoded(number(ec, OSSL_PKEY_PARAM_EC_PUB_X, 32)) + R"(","y":")" +
               encoded(number(ec, OSSL_PKEY_PARAM_EC_PUB_Y, 32)) + "\"}";
    }
    std::string rsa_jwk() const
    {
        return R"({"kty":"RSA","kid":"rsa","use":"sig","n":")" +
               encoded(number(rsa, OSSL_PKEY_PARAM_RSA_N, 0)) + R"(","e":")" +
               encoded(number(rsa, OSSL_PKEY_PARAM_RSA_E, 0)) + "\"}";
    }
    std::string set() const { return "{\"keys\":[" + ed_jwk() + "," + ec_jwk() + "," + rsa_jwk() + "]}"; }

    static Bytes sign(Key const& key, std::string const& text, char const* digest)
    {
        auto* const context = EVP_MD_CTX_new();
        REQUIRE(EVP_DigestSignInit_ex(context, nullptr, digest, nullptr, nullptr, key.get(), nullptr) == 1);
        std::size_t size = 0;
        auto const data = view(text);
        EVP_DigestSign(context, nullptr, &size, data.data(), data.size());
        Bytes signature(size);
        REQUIRE(EVP_DigestSign(context, signature.data(), &size, data.data(), data.size()) == 1);
        signature.resize(size);
        EVP_MD_CTX_free(context);
        return signature;
    }
    /// r and s, 32 bytes each
    Bytes sign_ec(std::string const& text) const
    {
        auto const der = sign(ec, text, "SHA256");
        auto const* place = der.data();
        auto* const pair = d2i_ECDSA_SIG(nullptr, &place, static_cast<long>(der.size()));
        Bytes raw(64);
        BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw.data(), 32);
        BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw.data() + 32, 32);
        ECDSA_SIG_free(pair);
        return raw;
    }
    std::string token(std::string const& header, std::string const& claims, std::string const& kind) const
    {
        auto const text = encoded(header) + "." + encoded(claims);
        Bytes signature;
        if (kind == "ed") signature = sign(ed, text, nullptr);
        if (kind == "ec") signature = sign_ec(text);
        if (kind == "rsa") signature = sign(rsa, text, "SHA256");
        return text + "." + encoded(signature);
    }
};

Issuer const& issuer()
{
    static Issuer const one;
    return one;
}

http::JwtSettings settings()
{
    http::JwtSettings settings;
    settings.issuer = "https://sign-in.example";
    settings.audience = "wagate";
    return settings;
}

JwtVerifier verifier()
{
    auto verifier = JwtVerifier::make(issuer().set(), settings());
    REQUIRE(verifier.has_value());
    return std::move(*verifier);
}

std::string claims(std::string const& more = "", std::int64_t end = now_seconds + 600)
{
    return R"({"iss":"https://sign-in.example","aud":"wagate","tenant":"acme","scope":"read send","exp":)" +
           std::to_string(end) + more + "}";
}

constexpr char const* ed_header = R"({"alg":"EdDSA","typ":"JWT","kid":"ed"})";

JwtFault fault_of(std::string const& token)
{
    auto const judged = verifier().verify(token, now);
    INFO(token);
    REQUIRE_FALSE(judged.has_value());
    return judged.error();
}

JwtFault fault_of_claims(std::string const& text)
{
    return fault_of(issuer().token(ed_header, text, "ed"));
}

JwtFault fault_of_header(std::string const& header, std::string const& kind = "ed")
{
    return fault_of(issuer().token(header, claims(), kind));
}

} // namespace

TEST_CASE("a token of each kind of key says who asks and what for", "[api][jwt]")
{
    struct Sample {
        char const* header;
        char const* kind;
    };
    for (auto const& [header, kind] : {Sample{ed_header, "ed"}, Sample{R"({"alg":"ES256","kid":"ec"})", "ec"},
                                       Sample{R"({"alg":"RS256","kid":"rsa","typ":"at+jwt"})", "rsa"}}) {
        INFO(header);
        auto const judged = verifier().verify(issuer().token(header, claims(), kind), now);
        REQUIRE(judged.has_value());
        CHECK(judged->tenant == TenantId("acme"));
        CHECK(judged->scopes == (http::Scope::read | http::Scope::send));
        CHECK_FALSE(judged->session);
        CHECK_FALSE(judged->is_admin);
        CHECK(judged->expires == now + std::chrono::seconds(600));
    }
}

TEST_CASE("a token may be limited to sessions, and never makes an administrator by itself", "[api][jwt]")
{
    auto const text = claims(R"(,"sessions":["a","b"],"admin":true)");
    auto const judged = verifier().verify(issuer().token(ed_header, text, "ed"), now);
    REQUIRE(judged.has_value());
    CHECK(judged->may_use(SessionName("a")));
    CHECK(judged->may_use(SessionName("b")));
    CHECK_FALSE(judged->may_use(SessionName("c")));
    CHECK_FALSE(judged->is_admin);
    auto admitting = settings();
    admitting.admits_admins = true;
    auto const generous = JwtVerifier::make(issuer().set(), admitting);
    auto const admin = generous->verify(issuer().token(ed_header, claims(R"(,"admin":true)"), "ed"), now);
    REQUIRE(admin.has_value());
    CHECK(admin->is_admin);
    CHECK_FALSE(generous->verify(issuer().token(ed_header, text, "ed"), now)->is_admin);
}

TEST_CASE("the algorithm is the key's, whatever a token says", "[api][jwt]")
{
    CHECK(fault_of_header(R"({"alg":"none","kid":"ed"})", "") == JwtFault::bad_algorithm);
    CHECK(fault_of_header(R"({"alg":"None","kid":"ed"})", "") == JwtFault::bad_algorithm);
    CHECK(fault_of_header(R"({"kid":"ed"})") == JwtFault::bad_algorithm);
    CHECK(fault_of_header(R"({"alg":["EdDSA"],"kid":"ed"})") == JwtFault::bad_algorithm);
    CHECK(fault_of_header(R"({"alg":"ES256","kid":"ed"})") == JwtFault::bad_algorithm);
    CHECK(fault_of_header(R"({"alg":"RS256","kid":"ec"})", "ec") == JwtFault::bad_algorithm);
    CHECK(fault_of_header(R"({"alg":"EdDSA","kid":"rsa"})", "rsa") == JwtFault::bad_algorithm);
    CHECK(fault_of_header(R"({"alg":"RS512","kid":"rsa"})", "rsa") == JwtFault::bad_algorithm);

    // A public key used as the secret of an HMAC.
    auto const text = encoded(R"({"alg":"HS256","kid":"rsa"})") + "." + encoded(claims());
    auto const mac = crypto::hmac_sha256(view(issuer().rsa_jwk()), {view(text)});
    CHECK(fault_of(text + "." + encoded(mac)) == JwtFault::bad_algorithm);
}

TEST_CASE("keys come from the set only", "[api][jwt]")
{
    CHECK(fault_of_header(R"({"alg":"EdDSA"})") == JwtFault::unknown_key);
    CHECK(fault_of_header(R"({"alg":"EdDSA","kid":"other"})") == JwtFault::unknown_key);
    CHECK(fault_of_header(R"({"alg":"EdDSA","kid":"../../ed"})") == JwtFault::unknown_key);
    CHECK(fault_of_header(R"({"alg":"EdDSA","kid":1})") == JwtFault::unknown_key);
    for (std::string const name : {"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip"})
        CHECK(fault_of_header(R"({"alg":"EdDSA","kid":"ed",")" + name + R"(":"x"})") == JwtFault::bad_header);
    CHECK(fault_of_header(R"({"alg":"EdDSA","kid":"ed","typ":"JWE"})") == JwtFault::bad_header);
    CHECK(fault_of_header(R"({"alg":"EdDSA","kid":"rsa"})", "ed") == JwtFault::bad_algorithm);
}

TEST_CASE("a signature that is not exactly one is none", "[api][jwt]")
{
    auto const text = encoded(R"({"alg":"ES256","kid":"ec"})") + "." + encoded(claims());
    auto const right = issuer().sign_ec(text);
    auto const with = [&](ByteView signature) { return fault_of(text + "." + encoded(signature)); };
    CHECK(with(Bytes(64)) == JwtFault::bad_signature);
    auto zero_r = right;
    std::fill_n(zero_r.begin(), 32, 0);
    CHECK(with(zero_r) == JwtFault::bad_signature);
    auto zero_s = right;
    std::fill_n(zero_s.begin() + 32, 32, 0);
    CHECK(with(zero_s) == JwtFault::bad_signature);
    CHECK(with(Bytes(64, 255)) == JwtFault::bad_signature);
    CHECK(with(ByteView(right).first(63)) == JwtFault::bad_signature);
    auto longer = right;
    longer.push_back(0);
    CHECK(with(longer) == JwtFault::bad_signature);
    CHECK(with(Issuer::sign(issuer().ec, text, "SHA256")) == JwtFault::bad_signature); // DER
    CHECK(with({}) == JwtFault::bad_signature);

    // What was signed is not what is there.
    auto const token = issuer().token(ed_header, claims(), "ed");
    auto const first = token.find('.');
    auto const last = token.rfind('.');
    auto const other = encoded(claims(R"(,"sub":"x")"));
    CHECK(fault_of(token.substr(0, first + 1) + other + token.substr(last)) == JwtFault::bad_signature);
}

TEST_CASE("a token holds in its time only, and not for long", "[api][jwt]")
{
    CHECK(fault_of_claims(claims("", now_seconds - 1)) == JwtFault::bad_time);
    CHECK(fault_of_claims(claims("", now_seconds)) == JwtFault::bad_time);
    CHECK(fault_of_claims(claims("", now_seconds + 86'400 + 61)) == JwtFault::bad_time);
    CHECK(verifier()
              .verify(issuer().token(ed_header, claims("", now_seconds + 86'400), "ed"), now)
              .has_value());
    auto const without = R"({"iss":"https://sign-in.example","aud":"wagate","tenant":"acme","scope":"read")";
    CHECK(fault_of_claims(without + std::string("}")) == JwtFault::bad_time);
    for (std::string const end : {"\"1800000600\"", "null", "-1", "1e300", "true", "[1800000600]"})
        CHECK(fault_of_claims(without + (",\"exp\":" + end) + "}") == JwtFault::bad_time);
    auto const later = std::to_string(now_seconds + 61);
    auto const soon = std::to_string(now_seconds + 59);
    CHECK(fault_of_claims(claims(",\"nbf\":" + later)) == JwtFault::bad_time);
    CHECK(fault_of_claims(claims(",\"iat\":" + later)) == JwtFault::bad_time);
    CHECK(fault_of_claims(claims(",\"nbf\":\"soon\"")) == JwtFault::bad_time);
    auto const early = claims(",\"nbf\":" + soon + ",\"iat\":" + soon);
    CHECK(verifier().verify(issuer().token(ed_header, early, "ed"), now).has_value());
}

TEST_CASE("a token of another issuer or for another audience does not hold", "[api][jwt]")
{
    auto const end = R"(,"tenant":"acme","scope":"read","exp":1800000600})";
    auto const with = [&](std::string const& begin) { return fault_of_claims("{" + begin + end); };
    CHECK(with(R"("aud":"wagate")") == JwtFault::bad_issuer);
    CHECK(with(R"("iss":"https://sign-in.example/","aud":"wagate")") == JwtFault::bad_issuer);
    CHECK(with(R"("iss":["https://sign-in.example"],"aud":"wagate")") == JwtFault::bad_issuer);
    std::string const issued = R"("iss":"https://sign-in.example")";
    CHECK(with(issued) == JwtFault::bad_audience);
    CHECK(with(issued + R"(,"aud":"other")") == JwtFault::bad_audience);
    CHECK(with(issued + R"(,"aud":"Wagate")") == JwtFault::bad_audience);
    CHECK(with(issued + R"(,"aud":["wagate","other"])") == JwtFault::bad_audience);
    CHECK(with(issued + R"(,"aud":[])") == JwtFault::bad_audience);
    CHECK(with(issued + R"(,"aud":{"wagate":true})") == JwtFault::bad_audience);
}

TEST_CASE("a token names its tenant and what it may do", "[api][jwt]")
{
    auto const begin = R"({"iss":"https://sign-in.example","aud":"wagate","exp":1800000600)";
    auto const with = [&](std::string const& rest) { return fault_of_claims(begin + rest + "}"); };
    CHECK(with(R"(,"scope":"read")") == JwtFault::bad_claims);
    CHECK(with(R"(,"tenant":"acme")") == JwtFault::bad_claims);
    CHECK(with(R"(,"tenant":7,"scope":"read")") == JwtFault::bad_claims);
    CHECK(with(R"(,"tenant":"","scope":"read")") == JwtFault::bad_claims);
    CHECK(with(R"(,"tenant":"acme","scope":7)") == JwtFault::bad_claims);
    CHECK(with(R"(,"tenant":"acme","scope":"read","sessions":[])") == JwtFault::bad_claims);
    CHECK(with(R"(,"tenant":"acme","scope":"read","sessions":"")") == JwtFault::bad_claims);
    CHECK(with(R"(,"tenant":"acme","scope":"read","sessions":null)") == JwtFault::bad_claims);
    CHECK(with(R"(,"tenant":"acme","scope":"read","sessions":[1])") == JwtFault::bad_claims);
    // Others' scopes give nothing.
    auto const foreign = std::string(begin) + R"(,"tenant":"acme","scope":["openid","READ"]})";
    CHECK(verifier().verify(issuer().token(ed_header, foreign, "ed"), now)->scopes == http::Scopes());
}

TEST_CASE("a token is read in one way only", "[api][jwt]")
{
    auto const good = issuer().token(ed_header, claims(), "ed");
    REQUIRE(verifier().verify(good, now).has_value());
    for (auto const& bad :
         {std::string(), std::string("a.b"), good + ".x", good + "=", good + " ", " " + good, good + "\n",
          "." + good, std::string(".."), good.substr(0, good.find('.'))}) {
        INFO(bad);
        CHECK_FALSE(verifier().verify(bad, now).has_value());
    }
    auto spaced = good;
    spaced.insert(spaced.find('.'), "=");
    CHECK(fault_of(spaced) == JwtFault::malformed);
    // The last character of a signature of 64 bytes has four bits that mean nothing.
    auto bent = good;
    bent.back() = bent.back() == 'A' ? 'B' : static_cast<char>(bent.back() + 1);
    CHECK_FALSE(verifier().verify(bent, now).has_value());
    CHECK(fault_of(std::string(20'000, 'A') + "." + encoded(claims()) + ".AAAA") == JwtFault::malformed);
    CHECK(fault_of_header(R"({"alg":"EdDSA","kid":"other","kid":"ed"})") == JwtFault::malformed);
    CHECK(fault_of_header(R"({"alg":"none","alg":"EdDSA","kid":"ed"})") == JwtFault::malformed);
    CHECK(fault_of_header(R"({"alg":"EdDSA","kid":"ed"} )"
                          "x") == JwtFault::malformed);
    CHECK(fault_of_header("[]") == JwtFault::malformed);
    CHECK(fault_of_claims(claims(R"(,"tenant":"other")")) == JwtFault::malformed);
    CHECK(fault_of_claims(claims(R"(,"\u0074enant":"other")")) == JwtFault::malformed);
    CHECK(fault_of_claims(claims(R"(,"more":{"a":1,"a":2})")) == JwtFault::malformed);
    CHECK(fault_of_claims(claims() + "{}") == JwtFault::malformed);
    CHECK(fault_of_claims("\xff\xfe{}") == JwtFault::malformed);
    CHECK(fault_of_claims(std::string(20, '[') + std::string(20, ']')) == JwtFault::malformed);
    auto const snowman = claims(R"(,"sub":"☃","name":"a:b\"c:\\"})")
                             .substr(0, claims(R"(,"sub":"☃","name":"a:b\"c:\\"})").size() - 1);
    CHECK(verifier().verify(issuer().token(ed_header, snowman, "ed"), now).has_value());
}

TEST_CASE("a key set is refused when it is none, or holds secrets", "[api][jwt]")
{
    auto const refused = [](std::string const& text) {
        return JwtVerifier::make(text, settings()).has_error();
    };
    CHECK(refused(""));
    CHECK(refused("{}"));
    CHECK(refused(R"({"keys":[]})"));
    CHECK(refused(R"({"keys":[1]})"));
    CHECK(refused(R"({"keys":[{"kty":"oct","kid":"a","k":"AAAA"}]})"));
    CHECK(refused("{\"keys\":[" + issuer().ed_jwk(R"(,"d":"AAAA")") + "]}"));
    CHECK(refused("{\"keys\":[" + issuer().ed_jwk() + "," + issuer().ed_jwk() + "]}"));
    CHECK(refused("{\"keys\":[" + issuer().ed_jwk(R"(,"use":"enc")") + "]}"));
    CHECK(refused("{\"keys\":[" + issuer().ed_jwk(R"(,"alg":"ES256")") + "]}"));
    CHECK(refused(R"({"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":")" + encoded(Bytes(32, 1)) +
                  R"(","y":")" + encoded(Bytes(32, 2)) + "\"}]}")); // no point of the curve
    CHECK(refused(R"({"keys":[{"kty":"RSA","kid":"a","n":")" + encoded(Bytes(128, 255)) +
                  R"(","e":"AQAB"}]})"));
}
