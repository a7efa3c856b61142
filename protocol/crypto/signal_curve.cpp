#include "protocol/crypto/signal_curve.hpp"

#include <signal/curve.h>
#include <signal/signal_protocol.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace wagate::crypto::detail {
namespace {

struct Unref {
    template <class T>
    void operator()(T* object) const noexcept
    {
        signal_type_unref(reinterpret_cast<signal_type_base*>(object));
    }
};
using PublicKey = std::unique_ptr<ec_public_key, Unref>;
using PrivateKey = std::unique_ptr<ec_private_key, Unref>;

void require(bool success, char const* what)
{
    if (!success) throw std::runtime_error{what};
}

/// A context whose random source yields exactly the bytes that the next signature shall use.
class SigningContext {
public:
    SigningContext()
    {
        signal_context* created = nullptr;
        require(signal_context_create(&created, this) == 0, "signal_context_create");
        context_.reset(created);
        auto const provider = randomness_only(this);
        require(signal_context_set_crypto_provider(created, &provider) == 0,
                "signal_context_set_crypto_provider");
    }
    SigningContext(SigningContext const&) = delete;
    SigningContext& operator=(SigningContext const&) = delete;

    Signature sign(ec_private_key const* key, ByteView message, ByteArray<64> const& nonce)
    {
        nonce_ = &nonce;
        signal_buffer* raw = nullptr;
        auto const status =
            curve_calculate_signature(context_.get(), &raw, key, message.data(), message.size());
        nonce_ = nullptr;
        std::unique_ptr<signal_buffer, decltype(&signal_buffer_free)> const buffer{raw, signal_buffer_free};
        require(status == 0 && signal_buffer_len(raw) == 64, "curve_calculate_signature");
        return to_array<64>({signal_buffer_const_data(raw), 64});
    }

private:
    struct Destroy {
        void operator()(signal_context* context) const noexcept { signal_context_destroy(context); }
    };

    /// libsignal insists on a complete provider; signing calls only the random function.
    static signal_crypto_provider randomness_only(SigningContext* self)
    {
        using Input = std::uint8_t const*;
        constexpr int unused = SG_ERR_UNKNOWN;
        signal_crypto_provider provider{};
        provider.random_func = [](std::uint8_t* target, std::size_t size, void* context) {
            return static_cast<SigningContext*>(context)->draw({target, size});
        };
        provider.hmac_sha256_init_func = [](void**, Input, std::size_t, void*) { return unused; };
        provider.hmac_sha256_update_func = [](void*, Input, std::size_t, void*) { return unused; };
        provider.hmac_sha256_final_func = [](void*, signal_buffer**, void*) { return unused; };
        provider.hmac_sha256_cleanup_func = [](void*, void*) {};
        provider.sha512_digest_init_func = [](void**, void*) { return unused; };
        provider.sha512_digest_update_func = [](void*, Input, std::size_t, void*) { return unused; };
        provider.sha512_digest_final_func = [](void*, signal_buffer**, void*) { return unused; };
        provider.sha512_digest_cleanup_func = [](void*, void*) {};
        provider.encrypt_func = [](signal_buffer**, int, Input, std::size_t, Input, std::size_t, Input,
                                   std::size_t, void*) { return unused; };
        provider.decrypt_func = provider.encrypt_func;
        provider.user_data = self;
        return provider;
    }

    int draw(std::span<std::uint8_t> target) const noexcept
    {
        if (nonce_ == nullptr || target.size() != nonce_->size()) return SG_ERR_INVAL;
        std::copy(nonce_->begin(), nonce_->end(), target.begin());
        return 0;
    }

    std::unique_ptr<signal_context, Destroy> context_;
    ByteArray<64> const* nonce_ = nullptr;
};

PublicKey decode_public(ByteView key)
{
    auto const typed = typed_key(key);
    ec_public_key* decoded = nullptr;
    require(curve_decode_point(&decoded, typed.data(), typed.size(), nullptr) == 0, "curve_decode_point");
    return PublicKey{decoded};
}

PrivateKey decode_private(ByteView key)
{
    ec_private_key* decoded = nullptr;
    require(curve_decode_private_point(&decoded, key.data(), key.size(), nullptr) == 0,
            "curve_decode_private_point");
    return PrivateKey{decoded};
}

} // namespace

Signature signal_sign(ByteView private_key, ByteView message, ByteArray<64> const& nonce)
{
    thread_local SigningContext context;
    auto const key = decode_private(private_key);
    return context.sign(key.get(), message, nonce);
}

bool signal_verify(ByteView public_key, ByteView message, ByteView signature)
{
    auto const key = decode_public(public_key);
    return curve_verify_signature(key.get(), message.data(), message.size(), signature.data(),
                                  signature.size()) == 1;
}

Key32 signal_agreement(ByteView private_key, ByteView public_key)
{
    auto const own = decode_private(private_key);
    auto const other = decode_public(public_key);
    std::uint8_t* raw = nullptr;
    auto const size = curve_calculate_agreement(&raw, other.get(), own.get());
    std::unique_ptr<std::uint8_t, decltype(&std::free)> const shared{raw, std::free};
    require(size == 32, "curve_calculate_agreement");
    return to_array<32>({raw, 32});
}

} // namespace wagate::crypto::detail
