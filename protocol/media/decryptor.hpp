#pragma once
// Decrypting a downloaded file, piece by piece (protocol.md 8.5).
#include "protocol/media/keys.hpp"
#include "protocol/media/streams.hpp"

#include <optional>

namespace wagate::media {

/// What the message promises of the file; what it does not say is not checked.
struct ExpectedFile {
    std::optional<crypto::Key32> plain_sha256;
    std::optional<crypto::Key32> encrypted_sha256;
    std::optional<std::uint64_t> plain_bytes;
};

/// update() any number of times, then finish() once.
///
/// The MAC stands at the end of the file, so what update() appends has NOT been verified yet. It may go to a
/// place that only the caller sees, and must be discarded unless finish() succeeds: before that nobody may
/// act on it, and after a failure nobody may see it. After an error every further call gives the same error.
/// Memory is constant: at most the piece just given and two blocks are held.
class Decryptor {
public:
    /// @param max_plain_bytes more than that is MediaErrc::too_large, noticed as soon as it arrives
    Decryptor(FileKeys const& keys, ExpectedFile expected, std::uint64_t max_plain_bytes);

    /// Appends unverified plaintext to `output`.
    Result<void> update(ByteView chunk, Bytes& output);
    /// Appends the rest. @return the length of the plaintext; or, in this order of precedence: truncated,
    /// encrypted_hash_mismatch, mac_mismatch, bad_padding, too_large, length_mismatch, plain_hash_mismatch.
    Result<std::uint64_t> finish(Bytes& output);

private:
    void decrypt(ByteView blocks, Bytes& output);
    Result<std::uint64_t> verify(Bytes& output);

    ExpectedFile expected_;
    std::uint64_t max_plain_bytes_;
    CbcStream cipher_;
    HmacStream mac_;
    Sha256Stream plain_hash_;
    Sha256Stream file_hash_;
    Bytes held_; ///< what may still be the last block and the MAC
    std::uint64_t received_ = 0;
    std::uint64_t plain_bytes_ = 0;
    ErrorCode failure_;
};

/// Checks a file that travels unencrypted, as those of channels do, against what the message promises.
/// @return length_mismatch or plain_hash_mismatch
Result<void> verify_plain(ExpectedFile const& expected, crypto::Key32 const& sha256, std::uint64_t bytes);

} // namespace wagate::media
