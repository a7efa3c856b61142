#pragma once
// Decrypting a part of a file: CBC needs only the block before it (protocol.md 8.5).
#include "protocol/media/keys.hpp"
#include "protocol/media/streams.hpp"

#include <optional>

namespace wagate::media {

/// Which bytes to ask the server for, and what to cut from the answer.
struct RangePlan {
    std::uint64_t request_first = 0; ///< `Range: bytes=first-last`, both included
    std::uint64_t request_last = 0;
    bool begins_with_iv = false; ///< the first block is the IV of the second
    std::size_t skip = 0;        ///< bytes of the first decrypted block that are not wanted
    std::uint64_t take = 0;      ///< bytes wanted
};

/// @param count clipped at the end of the file
/// @return MediaErrc::bad_range when `first` is not inside the file or `count` is 0
Result<RangePlan> plan_range(std::uint64_t first, std::uint64_t count, std::uint64_t plain_bytes);

/// Fed with exactly the bytes that the plan asks for. Nothing of it can be verified: the MAC covers the whole
/// file. Use it to seek in what is shown to the user who asked, never for what is stored or acted upon.
class RangeDecryptor {
public:
    RangeDecryptor(FileKeys keys, RangePlan plan);

    /// @return MediaErrc::length_mismatch when more arrives than was asked for
    Result<void> update(ByteView chunk, Bytes& output);
    /// @return MediaErrc::truncated when less has arrived
    Result<void> finish() const;

private:
    FileKeys keys_;
    RangePlan plan_;
    std::optional<CbcStream> cipher_;
    Bytes held_;
    std::uint64_t awaited_;
    std::uint64_t left_;
};

} // namespace wagate::media
