#include "protocol/crypto/crypto.hpp"
#include "protocol/crypto/openssl.hpp"

#include <openssl/err.h>

namespace wagate::crypto {
namespace {

using namespace detail;

constexpr std::size_t key_bytes = 32;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t block_bytes = 16;
constexpr std::size_t tag_bytes = gcm_tag_bytes;

enum class Direction : int { open = 0, seal = 1 };

CipherContext new_cipher_context()
{
    return CipherContext{required(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")};
}

void start(EVP_CIPHER_CTX* context, EVP_CIPHER* cipher, ByteView key, ByteView iv, Direction direction)
{
    require(
        EVP_CipherInit_ex2(context, cipher, key.data(), iv.data(), static_cast<int>(direction), nullptr) == 1,
        "EVP_CipherInit_ex2");
}

/// Feeds data in portions that fit OpenSSL's int lengths. Without `target` the data is associated data.
void update(EVP_CIPHER_CTX* context, std::uint8_t* target, ByteView data)
{
    constexpr std::size_t portion_bytes = std::size_t{1} << 30;
    while (!data.empty()) {
        auto const portion = data.first(std::min(data.size(), portion_bytes));
        int written = 0;
        require(EVP_CipherUpdate(context, target, &written, portion.data(),
                                 static_cast<int>(portion.size())) == 1,
                "EVP_CipherUpdate");
        if (target != nullptr) target += written;
        data = data.subspan(portion.size());
    }
}

EVP_CIPHER_CTX* gcm_context()
{
    thread_local CipherContext const context = new_cipher_context();
    return context.get();
}

EVP_CIPHER* gcm_algorithm()
{
    static EVP_CIPHER* const algorithm = fetch_cipher("AES-256-GCM");
    return algorithm;
}

/// CBC over whole blocks; padding is made and checked here, which keeps OpenSSL's error queue clean.
void cbc(std::uint8_t* target, ByteView key, ByteView iv, ByteView blocks, Direction direction)
{
    static EVP_CIPHER* const algorithm = fetch_cipher("AES-256-CBC");
    thread_local CipherContext const context = new_cipher_context();
    start(context.get(), algorithm, key, iv, direction);
    EVP_CIPHER_CTX_set_padding(context.get(), 0);
    update(context.get(), target, blocks);
}

void require_lengths(ByteView key, ByteView iv, std::size_t iv_bytes)
{
    if (key.size() != key_bytes || iv.size() != iv_bytes)
        throw std::invalid_argument{"wrong key or nonce length"};
}

} // namespace

void aes256_gcm_seal_into(std::span<std::uint8_t> target, ByteView key, ByteView nonce12, ByteView plaintext,
                          ByteView associated_data)
{
    require_lengths(key, nonce12, nonce_bytes);
    if (target.size() != plaintext.size() + tag_bytes) throw std::invalid_argument{"wrong target length"};
    auto* const context = gcm_context();
    start(context, gcm_algorithm(), key, nonce12, Direction::seal);
    update(context, nullptr, associated_data);
    update(context, target.data(), plaintext);
    auto* const tag = target.data() + plaintext.size();
    int written = 0;
    require(EVP_CipherFinal_ex(context, tag, &written) == 1, "EVP_CipherFinal_ex");
    require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_bytes, tag) == 1,
            "EVP_CTRL_AEAD_GET_TAG");
}

Bytes aes256_gcm_seal(ByteView key, ByteView nonce12, ByteView plaintext, ByteView associated_data)
{
    Bytes out(plaintext.size() + tag_bytes);
    aes256_gcm_seal_into(out, key, nonce12, plaintext, associated_data);
    return out;
}

Result<Bytes> aes256_gcm_open(ByteView key, ByteView nonce12, ByteView sealed, ByteView associated_data)
{
    if (key.size() != key_bytes || nonce12.size() != nonce_bytes) return CryptoErrc::bad_key_length;
    if (sealed.size() < tag_bytes) return CryptoErrc::bad_length;
    auto const ciphertext = sealed.first(sealed.size() - tag_bytes);
    auto tag = to_array<tag_bytes>(sealed.last(tag_bytes));

    auto* const context = gcm_context();
    start(context, gcm_algorithm(), key, nonce12, Direction::open);
    require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_bytes, tag.data()) == 1,
            "EVP_CTRL_AEAD_SET_TAG");
    update(context, nullptr, associated_data);
    Bytes out(ciphertext.size());
    update(context, out.data(), ciphertext);
    std::uint8_t nothing = 0;
    int written = 0;
    if (EVP_CipherFinal_ex(context, &nothing, &written) != 1) {
        ERR_clear_error(); // the TLS streams of this thread read the same queue
        return CryptoErrc::authentication_failed;
    }
    return out;
}

Bytes aes256_cbc_encrypt(ByteView key, ByteView iv16, ByteView plaintext)
{
    require_lengths(key, iv16, block_bytes);
    auto const pad = block_bytes - plaintext.size() % block_bytes;
    Bytes out(plaintext.size() + pad, static_cast<std::uint8_t>(pad));
    std::copy(plaintext.begin(), plaintext.end(), out.begin());
    cbc(out.data(), key, iv16, out, Direction::seal);
    return out;
}

Result<Bytes> aes256_cbc_decrypt(ByteView key, ByteView iv16, ByteView ciphertext)
{
    if (key.size() != key_bytes || iv16.size() != block_bytes) return CryptoErrc::bad_key_length;
    if (ciphertext.empty() || ciphertext.size() % block_bytes != 0) return CryptoErrc::bad_length;
    Bytes out(ciphertext.size());
    cbc(out.data(), key, iv16, ciphertext, Direction::open);
    std::size_t const pad = out.back();
    if (pad == 0 || pad > block_bytes) return CryptoErrc::bad_padding;
    auto const padding = ByteView{out}.last(pad);
    if (!std::all_of(padding.begin(), padding.end(), [&](auto byte) { return byte == pad; }))
        return CryptoErrc::bad_padding;
    out.resize(out.size() - pad);
    return out;
}

Bytes aes256_ctr(ByteView key, ByteView iv16, ByteView data)
{
    require_lengths(key, iv16, block_bytes);
    static EVP_CIPHER* const algorithm = fetch_cipher("AES-256-CTR");
    thread_local CipherContext const context = new_cipher_context();
    start(context.get(), algorithm, key, iv16, Direction::seal);
    Bytes out(data.size());
    update(context.get(), out.data(), data);
    return out;
}

} // namespace wagate::crypto
