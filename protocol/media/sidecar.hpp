#pragma once
// The streaming sidecar: MACs of overlapping 64 KiB pieces, which let a receiver play a video while it still
// downloads (protocol.md 8.2).
#include "protocol/base/secret.hpp"
#include "protocol/media/streams.hpp"

#include <optional>

namespace wagate::media {

/// Fed with the IV, the ciphertext and the file's MAC, in pieces of any size. Keeps ten bytes per 64 KiB.
class SidecarBuilder {
public:
    explicit SidecarBuilder(Secret<crypto::Key32> mac_key) : key_(std::move(mac_key)) {}

    void update(ByteView data);
    /// Call once, last.
    Bytes finish();

private:
    void close(std::optional<HmacStream>& piece);

    Secret<crypto::Key32> key_;
    std::uint64_t position_ = 0;
    std::optional<HmacStream> current_;
    std::optional<HmacStream> previous_; ///< still to cover the first block of the current piece
    Bytes sidecar_;
};

} // namespace wagate::media
