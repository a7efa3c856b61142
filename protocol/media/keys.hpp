#pragma once
// From the 32-byte media key of a message to the keys of its file (protocol.md 8.1).
#include "protocol/base/secret.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/media/errors.hpp"
#include "protocol/media/media_type.hpp"

namespace wagate::media {

inline constexpr std::size_t media_key_bytes = 32;
inline constexpr std::size_t block_bytes = 16;
/// The MAC at the end of an encrypted file: the first bytes of an HMAC-SHA256 over IV and ciphertext.
inline constexpr std::size_t file_mac_bytes = 10;

using FileMac = ByteArray<file_mac_bytes>;

struct FileKeys {
    Secret<ByteArray<block_bytes>> iv;
    Secret<crypto::Key32> cipher;
    Secret<crypto::Key32> mac;
};

/// @return MediaErrc::bad_key unless the key has 32 bytes.
Result<FileKeys> expand_media_key(ByteView media_key, MediaType type);

/// The size of an encrypted file, MAC included.
constexpr std::uint64_t encrypted_size(std::uint64_t plain_bytes) noexcept
{
    return (plain_bytes / block_bytes + 1) * block_bytes + file_mac_bytes;
}

} // namespace wagate::media
