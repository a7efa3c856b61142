#pragma once
// The frame layer (protocol.md 1.2, 1.3): length prefixes, and what a client sends before its first frame.
#include "protocol/base/bytes.hpp"
#include "protocol/noise/errors.hpp"

#include <optional>
#include <utility>

namespace wagate::noise {

/// `57 41 06 03`: "WA", protocol version 6, dictionary 3. Also the prologue.
inline constexpr ByteArray<4> connection_header{0x57, 0x41, 0x06, 0x03};
inline constexpr std::size_t max_frame_bytes = 0xFFFFFF;
inline constexpr std::size_t frame_prefix_bytes = 3;
/// Tokens seen in the field have tens of bytes; a preamble is read before anybody is authenticated.
inline constexpr std::size_t max_routing_info_bytes = 0xFFFF;

/// be24 length and payload. Precondition: payload.size() <= max_frame_bytes.
Bytes make_frame(ByteView payload);
/// Everything before the first frame of a client: optional edge routing preamble, then the WA header.
/// Precondition: routing_info.size() <= max_routing_info_bytes.
Bytes make_preamble(ByteView routing_info);

/// Cuts a byte stream into frames; messages of the WebSocket below need not line up with frames.
class FrameSplitter {
public:
    explicit FrameSplitter(std::size_t limit_bytes = max_frame_bytes) noexcept : limit_bytes_(limit_bytes) {}
    /// Copies `chunk`. A spent splitter ignores it.
    void feed(ByteView chunk);
    /// The next whole payload, nothing when more bytes are needed, or frame_too_large (the splitter is then
    /// spent).
    Result<std::optional<Bytes>> next();
    std::size_t buffered_bytes() const noexcept { return buffer_.size() - consumed_; }

private:
    void drop_consumed();

    std::size_t limit_bytes_;
    Bytes buffer_;
    std::size_t consumed_ = 0;
    bool spent_ = false;
};

/// What a server reads before the first frame: optional edge preamble and the WA header.
class PreambleReader {
public:
    /// Feeds bytes; returns true once the header is complete, bad_header when it is none.
    Result<bool> feed(ByteView chunk);
    /// Bytes that came after the header.
    Bytes take_rest() { return std::exchange(rest_, {}); }
    Bytes const& routing_info() const noexcept { return routing_info_; }

private:
    Bytes buffer_;
    Bytes rest_;
    Bytes routing_info_;
    bool complete_ = false;
};

} // namespace wagate::noise
