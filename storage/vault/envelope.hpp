#pragma once
// How a sealed value looks: format (1 byte), version of the key (4, big-endian), nonce (24), ciphertext and
// tag of XChaCha20-Poly1305. Nonces are random: at 192 bits they do not meet.
#include "storage/vault/locked_key.hpp"

#include <optional>

namespace wagate::storage::vault {

inline constexpr std::uint8_t envelope_format = 1;
inline constexpr std::size_t nonce_bytes = 24;
inline constexpr std::size_t envelope_header_bytes = 1 + 4 + nonce_bytes;
/// What a sealed value is longer than the plain one.
inline constexpr std::size_t envelope_overhead_bytes = envelope_header_bytes + 16;

/// The header is authenticated together with `associated`.
Bytes seal_envelope(LockedKey const& key, std::uint32_t version, ByteView associated, ByteView plain);
/// Nothing when it is not exactly what was sealed with this key and this associated data.
std::optional<Bytes> open_envelope(LockedKey const& key, ByteView associated, ByteView sealed);
/// Nothing when it is no envelope.
std::optional<std::uint32_t> version_of(ByteView sealed);
/// Precondition: version_of gave something.
ByteView nonce_of(ByteView sealed);

} // namespace wagate::storage::vault
