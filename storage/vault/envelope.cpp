#include "storage/vault/envelope.hpp"

#include <sodium.h>

#include <stdexcept>

namespace wagate::storage::vault {
namespace {

static_assert(nonce_bytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(envelope_overhead_bytes == envelope_header_bytes + crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(LockedKey::size == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

constexpr std::size_t version_end = 5;

Bytes bound(ByteView header, ByteView associated)
{
    return concat({header.first(version_end), associated});
}

} // namespace

Bytes seal_envelope(LockedKey const& key, std::uint32_t version, ByteView associated, ByteView plain)
{
    Bytes sealed(envelope_overhead_bytes + plain.size());
    sealed[0] = envelope_format;
    for (std::size_t i = 0; i < 4; ++i)
        sealed[1 + i] = static_cast<std::uint8_t>(version >> (24 - 8 * i));
    auto* const nonce = sealed.data() + version_end;
    randombytes_buf(nonce, nonce_bytes);
    auto const named = bound(sealed, associated);
    unsigned long long written = 0;
    if (crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + envelope_header_bytes, &written,
                                                   plain.data(), plain.size(), named.data(), named.size(),
                                                   nullptr, nonce, key.reveal().data()) != 0)
        throw std::runtime_error{"sealing failed"};
    return sealed;
}

std::optional<Bytes> open_envelope(LockedKey const& key, ByteView associated, ByteView sealed)
{
    if (!version_of(sealed)) return std::nullopt;
    auto const named = bound(sealed, associated);
    auto const hidden = sealed.subspan(envelope_header_bytes);
    Bytes plain(sealed.size() - envelope_overhead_bytes);
    unsigned long long read = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), &read, nullptr, hidden.data(), hidden.size(),
                                                   named.data(), named.size(), nonce_of(sealed).data(),
                                                   key.reveal().data()) != 0)
        return std::nullopt;
    return plain;
}

std::optional<std::uint32_t> version_of(ByteView sealed)
{
    if (sealed.size() < envelope_overhead_bytes || sealed[0] != envelope_format) return std::nullopt;
    std::uint32_t version = 0;
    for (std::size_t i = 0; i < 4; ++i)
        version = version << 8 | sealed[1 + i];
    return version;
}

ByteView nonce_of(ByteView sealed)
{
    return sealed.subspan(version_end, nonce_bytes);
}

} // namespace wagate::storage::vault
