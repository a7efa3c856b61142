#include "protocol/media/streams.hpp"

#include "protocol/crypto/openssl.hpp"
#include "protocol/media/keys.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

namespace wagate::media {

using crypto::detail::require;
using crypto::detail::required;

void Sha256Stream::Free::operator()(evp_md_ctx_st* context) const noexcept
{
    EVP_MD_CTX_free(context);
}

Sha256Stream::Sha256Stream() : context_{required(EVP_MD_CTX_new(), "EVP_MD_CTX_new")}
{
    require(EVP_DigestInit_ex2(context_.get(), crypto::detail::sha256_algorithm(), nullptr) == 1,
            "EVP_DigestInit_ex2");
}

void Sha256Stream::update(ByteView data)
{
    if (data.empty()) return;
    require(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1, "EVP_DigestUpdate");
}

crypto::Key32 Sha256Stream::finish()
{
    crypto::Key32 digest{};
    unsigned size = 0;
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1 && size == digest.size(),
            "EVP_DigestFinal_ex");
    return digest;
}

void HmacStream::Free::operator()(evp_mac_ctx_st* context) const noexcept
{
    EVP_MAC_CTX_free(context);
}

HmacStream::HmacStream(ByteView key)
{
    static EVP_MAC* const algorithm = required(EVP_MAC_fetch(nullptr, "HMAC", nullptr), "HMAC");
    context_.reset(required(EVP_MAC_CTX_new(algorithm), "EVP_MAC_CTX_new"));
    char digest_name[] = "SHA2-256";
    OSSL_PARAM const parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
                                     OSSL_PARAM_construct_end()};
    require(EVP_MAC_init(context_.get(), key.data(), key.size(), parameters) == 1, "EVP_MAC_init");
}

void HmacStream::update(ByteView data)
{
    if (data.empty()) return;
    require(EVP_MAC_update(context_.get(), data.data(), data.size()) == 1, "EVP_MAC_update");
}

crypto::Key32 HmacStream::finish()
{
    crypto::Key32 code{};
    std::size_t size = 0;
    require(EVP_MAC_final(context_.get(), code.data(), &size, code.size()) == 1 && size == code.size(),
            "EVP_MAC_final");
    return code;
}

void CbcStream::Free::operator()(evp_cipher_ctx_st* context) const noexcept
{
    EVP_CIPHER_CTX_free(context);
}

CbcStream::CbcStream(CbcDirection direction, ByteView key32, ByteView iv16)
    : context_{required(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")}
{
    static EVP_CIPHER* const algorithm = crypto::detail::fetch_cipher("AES-256-CBC");
    require(key32.size() == 32 && iv16.size() == block_bytes, "wrong key or IV length");
    require(EVP_CipherInit_ex2(context_.get(), algorithm, key32.data(), iv16.data(),
                               static_cast<int>(direction), nullptr) == 1,
            "EVP_CipherInit_ex2");
    EVP_CIPHER_CTX_set_padding(context_.get(), 0);
}

void CbcStream::update(ByteView blocks, Bytes& output)
{
    require(blocks.size() % block_bytes == 0, "not a whole number of blocks");
    // OpenSSL counts in int.
    constexpr std::size_t portion_bytes = std::size_t{1} << 30;
    auto offset = output.size();
    output.resize(offset + blocks.size());
    while (!blocks.empty()) {
        auto const portion = blocks.first(std::min(blocks.size(), portion_bytes));
        int written = 0;
        require(EVP_CipherUpdate(context_.get(), output.data() + offset, &written, portion.data(),
                                 static_cast<int>(portion.size())) == 1 &&
                    static_cast<std::size_t>(written) == portion.size(),
                "EVP_CipherUpdate");
        offset += portion.size();
        blocks = blocks.subspan(portion.size());
    }
}

} // namespace wagate::media
