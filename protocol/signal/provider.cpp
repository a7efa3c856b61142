#include "protocol/base/secret.hpp"
#include "protocol/signal/context.hpp"
#include "protocol/signal/errors.hpp"
#include "protocol/signal/ref.hpp"

namespace wagate::signal {
namespace {

thread_local RandomSource* thread_random = nullptr;

/// C code is above us on the stack: nothing may be thrown through it.
template <class Work>
int guarded(Work&& work) noexcept
{
    try {
        return work();
    } catch (...) {
        return SG_ERR_UNKNOWN;
    }
}

int give(signal_buffer** output, ByteView bytes) noexcept
{
    *output = new_buffer(bytes);
    return *output ? SG_SUCCESS : SG_ERR_NOMEM;
}

int random_bytes(std::uint8_t* data, std::size_t size, void*) noexcept
{
    return guarded([&] {
        if (thread_random) {
            thread_random->fill({data, size});
        } else {
            crypto::SystemRandom system;
            system.fill({data, size});
        }
        return SG_SUCCESS;
    });
}

/// Collects the parts of a MAC or digest; messages are small, and one call to the primitive is the fast way.
struct Collected {
    Bytes key;
    Bytes parts;

    Collected() = default;
    Collected(Collected const&) = delete;
    Collected& operator=(Collected const&) = delete;
    ~Collected()
    {
        wipe(key);
        wipe(parts);
    }
};

int collect_keyed(void** context, std::uint8_t const* key, std::size_t size, void*) noexcept
{
    return guarded([&] {
        auto collected = std::make_unique<Collected>();
        if (size > 0) collected->key.assign(key, key + size);
        collected->parts.reserve(128);
        *context = collected.release();
        return SG_SUCCESS;
    });
}

int collect(void** context, void* user) noexcept
{
    return collect_keyed(context, nullptr, 0, user);
}

int collect_more(void* context, std::uint8_t const* data, std::size_t size, void*) noexcept
{
    return guarded([&] {
        if (size > 0) append(static_cast<Collected*>(context)->parts, {data, size});
        return SG_SUCCESS;
    });
}

int hmac_final(void* context, signal_buffer** output, void*) noexcept
{
    return guarded([&] {
        auto& collected = *static_cast<Collected*>(context);
        auto const code = give(output, crypto::hmac_sha256(collected.key, {collected.parts}));
        collected.parts.clear();
        return code;
    });
}

int sha512_final(void* context, signal_buffer** output, void*) noexcept
{
    return guarded([&] {
        auto& collected = *static_cast<Collected*>(context);
        auto const code = give(output, crypto::sha512(collected.parts));
        collected.parts.clear();
        return code;
    });
}

void forget(void* context, void*) noexcept
{
    delete static_cast<Collected*>(context);
}

constexpr bool sizes_fit(std::size_t key_size, std::size_t iv_size) noexcept
{
    return key_size == 32 && iv_size == 16;
}

int encrypt_aes(signal_buffer** output, int cipher, std::uint8_t const* key, std::size_t key_size,
                std::uint8_t const* iv, std::size_t iv_size, std::uint8_t const* plaintext, std::size_t size,
                void*) noexcept
{
    if (!sizes_fit(key_size, iv_size)) return SG_ERR_INVAL;
    return guarded([&] {
        switch (cipher) {
        case SG_CIPHER_AES_CBC_PKCS5:
            return give(output,
                        crypto::aes256_cbc_encrypt({key, key_size}, {iv, iv_size}, {plaintext, size}));
        case SG_CIPHER_AES_CTR_NOPADDING:
            return give(output, crypto::aes256_ctr({key, key_size}, {iv, iv_size}, {plaintext, size}));
        default: return SG_ERR_INVAL;
        }
    });
}

int decrypt_aes(signal_buffer** output, int cipher, std::uint8_t const* key, std::size_t key_size,
                std::uint8_t const* iv, std::size_t iv_size, std::uint8_t const* ciphertext, std::size_t size,
                void* user) noexcept
{
    if (cipher != SG_CIPHER_AES_CBC_PKCS5)
        return encrypt_aes(output, cipher, key, key_size, iv, iv_size, ciphertext, size, user);
    if (!sizes_fit(key_size, iv_size)) return SG_ERR_INVAL;
    return guarded([&] {
        auto plaintext = crypto::aes256_cbc_decrypt({key, key_size}, {iv, iv_size}, {ciphertext, size});
        if (!plaintext) return provider_bad_padding;
        auto const code = give(output, *plaintext);
        wipe(*plaintext);
        return code;
    });
}

constexpr signal_crypto_provider provider{
    .random_func = random_bytes,
    .hmac_sha256_init_func = collect_keyed,
    .hmac_sha256_update_func = collect_more,
    .hmac_sha256_final_func = hmac_final,
    .hmac_sha256_cleanup_func = forget,
    .sha512_digest_init_func = collect,
    .sha512_digest_update_func = collect_more,
    .sha512_digest_final_func = sha512_final,
    .sha512_digest_cleanup_func = forget,
    .encrypt_func = encrypt_aes,
    .decrypt_func = decrypt_aes,
    .user_data = nullptr,
};

} // namespace

signal_crypto_provider const& crypto_provider() noexcept
{
    return provider;
}

void set_random_source(RandomSource* random) noexcept
{
    thread_random = random;
}

} // namespace wagate::signal
