#include "protocol/crypto/crypto.hpp"
#include "protocol/crypto/openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

namespace wagate::crypto {
namespace {

using namespace detail;

/// One context per algorithm and thread: reuse costs a third of a fresh one (toolchain.md, TLS and ciphers).
template <std::size_t Size, class Algorithm>
ByteArray<Size> digest(Algorithm algorithm, std::initializer_list<ByteView> parts)
{
    thread_local DigestContext const context{required(EVP_MD_CTX_new(), "EVP_MD_CTX_new")};
    require(EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) == 1, "EVP_DigestInit_ex2");
    for (auto part : parts) {
        if (part.empty()) continue;
        require(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1, "EVP_DigestUpdate");
    }
    ByteArray<Size> out{};
    unsigned size = 0;
    require(EVP_DigestFinal_ex(context.get(), out.data(), &size) == 1 && size == Size, "EVP_DigestFinal_ex");
    return out;
}

MacContext new_hmac(char const* digest_name)
{
    static EVP_MAC* const algorithm = required(EVP_MAC_fetch(nullptr, "HMAC", nullptr), "HMAC");
    MacContext context{required(EVP_MAC_CTX_new(algorithm), "EVP_MAC_CTX_new")};
    OSSL_PARAM const parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest_name), 0),
        OSSL_PARAM_construct_end()};
    require(EVP_MAC_CTX_set_params(context.get(), parameters) == 1, "EVP_MAC_CTX_set_params");
    return context;
}

template <std::size_t Size>
ByteArray<Size> hmac(EVP_MAC_CTX* context, ByteView key, std::initializer_list<ByteView> parts)
{
    // A null key would mean "the previous key".
    static std::uint8_t const no_key = 0;
    auto const* const key_bytes = key.empty() ? &no_key : key.data();
    require(EVP_MAC_init(context, key_bytes, key.size(), nullptr) == 1, "EVP_MAC_init");
    for (auto part : parts) {
        if (part.empty()) continue;
        require(EVP_MAC_update(context, part.data(), part.size()) == 1, "EVP_MAC_update");
    }
    ByteArray<Size> out{};
    std::size_t size = 0;
    require(EVP_MAC_final(context, out.data(), &size, out.size()) == 1 && size == Size, "EVP_MAC_final");
    return out;
}

} // namespace

ByteArray<16> md5(ByteView data)
{
    auto const algorithm = [] {
        static EVP_MD* const fetched = fetch_digest("MD5");
        return fetched;
    };
    return digest<16>(algorithm, {data});
}

ByteArray<20> sha1(ByteView data)
{
    auto const algorithm = [] {
        static EVP_MD* const fetched = fetch_digest("SHA1");
        return fetched;
    };
    return digest<20>(algorithm, {data});
}

Key32 sha256(ByteView data)
{
    return sha256({data});
}

Key32 sha256(std::initializer_list<ByteView> parts)
{
    return digest<32>([] { return sha256_algorithm(); }, parts);
}

ByteArray<64> sha512(ByteView data)
{
    auto const algorithm = [] {
        static EVP_MD* const fetched = fetch_digest("SHA2-512");
        return fetched;
    };
    return digest<64>(algorithm, {data});
}

Key32 hmac_sha256(ByteView key, std::initializer_list<ByteView> parts)
{
    thread_local MacContext const context = new_hmac("SHA2-256");
    return hmac<32>(context.get(), key, parts);
}

ByteArray<64> hmac_sha512(ByteView key, std::initializer_list<ByteView> parts)
{
    thread_local MacContext const context = new_hmac("SHA2-512");
    return hmac<64>(context.get(), key, parts);
}

} // namespace wagate::crypto
