#include "protocol/crypto/public_key.hpp"

#include "protocol/crypto/openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>

namespace wagate::crypto {
namespace {

using detail::Deleter;

using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM_free>>;
using Number = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;

constexpr std::size_t p256_bytes = 32;
constexpr int least_rsa_bits = 2048;
constexpr int most_rsa_bits = 8192;
constexpr int most_exponent_bits = 33;

Number number_of(ByteView bytes)
{
    return Number{BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr)};
}

/// Checked by OpenSSL: a point on the curve, a modulus that is one.
Key key_from(char const* type, OSSL_PARAM_BLD* builder)
{
    Parameters const parameters{OSSL_PARAM_BLD_to_param(builder)};
    KeyContext const context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
    EVP_PKEY* made = nullptr;
    bool const is_made = parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                         EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
    Key key{made};
    KeyContext const checking{key ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr) : nullptr};
    if (!is_made || !checking || EVP_PKEY_public_check(checking.get()) != 1) key.reset();
    ERR_clear_error();
    return key;
}

std::shared_ptr<void> shared(Key key)
{
    return {key.release(), [](void* held) { EVP_PKEY_free(static_cast<EVP_PKEY*>(held)); }};
}

/// As OpenSSL takes it; empty when r or s cannot be part of a signature.
Bytes to_der(ByteView signature)
{
    if (signature.size() != 2 * p256_bytes) return {};
    auto r = number_of(signature.first(p256_bytes));
    auto s = number_of(signature.subspan(p256_bytes));
    EcdsaSignature const pair{ECDSA_SIG_new()};
    if (!pair || !r || !s || BN_is_zero(r.get()) || BN_is_zero(s.get())) return {};
    if (ECDSA_SIG_set0(pair.get(), r.release(), s.release()) != 1) return {};
    int const size = i2d_ECDSA_SIG(pair.get(), nullptr);
    if (size <= 0) return {};
    Bytes der(static_cast<std::size_t>(size));
    auto* end = der.data();
    i2d_ECDSA_SIG(pair.get(), &end);
    return der;
}

} // namespace

std::optional<PublicKey> PublicKey::ed25519(ByteView x32)
{
    if (x32.size() != 32) return std::nullopt;
    Key key{EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, x32.data(), x32.size())};
    if (!key) return std::nullopt;
    return PublicKey(SignatureKind::ed25519, shared(std::move(key)));
}

std::optional<PublicKey> PublicKey::ecdsa_p256(ByteView x32, ByteView y32)
{
    if (x32.size() != p256_bytes || y32.size() != p256_bytes) return std::nullopt;
    Bytes point{4}; // uncompressed
    point.insert(point.end(), x32.begin(), x32.end());
    point.insert(point.end(), y32.begin(), y32.end());
    Builder const builder{OSSL_PARAM_BLD_new()};
    bool const is_built =
        builder &&
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) == 1;
    auto key = is_built ? key_from("EC", builder.get()) : Key{};
    if (!key) return std::nullopt;
    return PublicKey(SignatureKind::ecdsa_p256, shared(std::move(key)));
}

std::optional<PublicKey> PublicKey::rsa_pkcs1(ByteView modulus, ByteView exponent)
{
    if (modulus.size() > most_rsa_bits / 8 || exponent.empty() || exponent.size() > 5) return std::nullopt;
    auto const n = number_of(modulus);
    auto const e = number_of(exponent);
    if (!n || !e || BN_num_bits(n.get()) < least_rsa_bits || !BN_is_odd(n.get()) || !BN_is_odd(e.get()) ||
        BN_is_one(e.get()) || BN_num_bits(e.get()) > most_exponent_bits)
        return std::nullopt;
    Builder const builder{OSSL_PARAM_BLD_new()};
    bool const is_built = builder &&
                          OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
                          OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1;
    auto key = is_built ? key_from("RSA", builder.get()) : Key{};
    if (!key) return std::nullopt;
    return PublicKey(SignatureKind::rsa_pkcs1, shared(std::move(key)));
}

bool PublicKey::verify(ByteView message, ByteView signature) const
{
    Bytes der;
    if (kind_ == SignatureKind::ecdsa_p256) {
        der = to_der(signature);
        if (der.empty()) return false;
        signature = der;
    }
    if (kind_ == SignatureKind::ed25519 && signature.size() != 64) return false;
    auto* const key = static_cast<EVP_PKEY*>(key_.get());
    detail::DigestContext const context{EVP_MD_CTX_new()};
    EVP_PKEY_CTX* settings = nullptr;
    char const* const digest = kind_ == SignatureKind::ed25519 ? nullptr : "SHA2-256";
    bool is_ready = context && EVP_DigestVerifyInit_ex(context.get(), &settings, digest, nullptr, nullptr,
                                                       key, nullptr) == 1;
    if (is_ready && kind_ == SignatureKind::rsa_pkcs1)
        is_ready = EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PADDING) > 0;
    bool const is_right = is_ready && EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                                       message.data(), message.size()) == 1;
    ERR_clear_error();
    return is_right;
}

} // namespace wagate::crypto
