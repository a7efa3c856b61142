#pragma once
// Encrypting a file for upload, piece by piece (protocol.md 8.2).
#include "protocol/media/keys.hpp"
#include "protocol/media/sidecar.hpp"

namespace wagate::media {

/// What a message says about its file.
struct EncryptedFile {
    crypto::Key32 plain_sha256{};
    crypto::Key32 encrypted_sha256{}; ///< of the whole file as it is uploaded
    std::uint64_t plain_bytes = 0;
    std::uint64_t encrypted_bytes = 0;
    FileMac mac{};
    Bytes sidecar; ///< empty unless asked for
};

/// update() any number of times, then finish() once. The file is the concatenation of what both appended.
/// A media key encrypts one file only: its IV is part of it. Memory is constant, but for the sidecar.
class Encryptor {
public:
    enum class Sidecar : bool { no, yes };

    explicit Encryptor(FileKeys const& keys, Sidecar sidecar = Sidecar::no);

    /// Appends at most `plaintext.size()` + 15 bytes to `output`.
    void update(ByteView plaintext, Bytes& output);
    /// Appends the last block and the MAC.
    EncryptedFile finish(Bytes& output);

private:
    void encrypt(ByteView blocks, Bytes& output);

    CbcStream cipher_;
    HmacStream mac_;
    Sha256Stream plain_hash_;
    Sha256Stream file_hash_;
    std::optional<SidecarBuilder> sidecar_;
    Bytes partial_; ///< less than a block
    std::uint64_t plain_bytes_ = 0;
};

/// Hash and length of a file that travels unencrypted, as those of channels do.
class PlainDigester {
public:
    void update(ByteView data)
    {
        hash_.update(data);
        bytes_ += data.size();
    }
    /// Call once, last.
    crypto::Key32 finish() { return hash_.finish(); }
    std::uint64_t bytes() const noexcept { return bytes_; }

private:
    Sha256Stream hash_;
    std::uint64_t bytes_ = 0;
};

} // namespace wagate::media
