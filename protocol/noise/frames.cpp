#include "protocol/noise/frames.hpp"

namespace wagate::noise {
namespace {

/// Announces an edge routing token before the WA header (protocol.md 1.3).
constexpr ByteArray<4> edge_header{0x45, 0x44, 0x00, 0x01};

/// Whether bytes that may still be incomplete can become `expected` or already start with it.
bool may_start_with(ByteView received, ByteView expected) noexcept
{
    auto const size = std::min(received.size(), expected.size());
    return equal(received.first(size), expected.first(size));
}

} // namespace

Bytes make_frame(ByteView payload)
{
    return concat({big_endian(payload.size(), frame_prefix_bytes), payload});
}

Bytes make_preamble(ByteView routing_info)
{
    if (routing_info.empty()) return to_bytes(connection_header);
    return concat({edge_header, big_endian(routing_info.size(), 3), routing_info, connection_header});
}

void FrameSplitter::feed(ByteView chunk)
{
    if (spent_) return;
    drop_consumed();
    append(buffer_, chunk);
}

Result<std::optional<Bytes>> FrameSplitter::next()
{
    if (spent_) return NoiseErrc::frame_too_large;
    auto const rest = ByteView{buffer_}.subspan(consumed_);
    std::optional<Bytes> payload;
    if (rest.size() < frame_prefix_bytes) return payload;
    auto const size = read_big_endian(rest.first(frame_prefix_bytes));
    if (size > limit_bytes_) {
        spent_ = true;
        buffer_ = {};
        consumed_ = 0;
        return NoiseErrc::frame_too_large;
    }
    if (rest.size() - frame_prefix_bytes < size) return payload;
    payload = to_bytes(rest.subspan(frame_prefix_bytes, size));
    consumed_ += frame_prefix_bytes + size;
    if (consumed_ == buffer_.size()) drop_consumed();
    return payload;
}

/// Costs amortised constant time per byte, and gives a large buffer back once it is empty.
void FrameSplitter::drop_consumed()
{
    constexpr std::size_t keep_capacity_bytes = 4'096;
    if (consumed_ == buffer_.size()) {
        if (buffer_.capacity() > keep_capacity_bytes)
            buffer_ = {};
        else
            buffer_.clear();
        consumed_ = 0;
    } else if (consumed_ > buffer_.size() / 2) {
        buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(consumed_));
        consumed_ = 0;
    }
}

Result<bool> PreambleReader::feed(ByteView chunk)
{
    if (complete_) {
        append(rest_, chunk);
        return true;
    }
    append(buffer_, chunk);
    ByteView unread = buffer_;
    ByteView routing;
    if (!unread.empty() && unread.front() == edge_header.front()) {
        constexpr std::size_t prefix_bytes = edge_header.size() + 3;
        if (!may_start_with(unread, edge_header)) return NoiseErrc::bad_header;
        if (unread.size() < prefix_bytes) return false;
        auto const size = read_big_endian(unread.subspan(edge_header.size(), 3));
        if (size > max_routing_info_bytes) return NoiseErrc::bad_header;
        unread = unread.subspan(prefix_bytes);
        if (unread.size() < size) return false;
        routing = unread.first(size);
        unread = unread.subspan(size);
    }
    if (!may_start_with(unread, connection_header)) return NoiseErrc::bad_header;
    if (unread.size() < connection_header.size()) return false;
    routing_info_ = to_bytes(routing);
    rest_ = to_bytes(unread.subspan(connection_header.size()));
    buffer_ = {};
    complete_ = true;
    return true;
}

} // namespace wagate::noise
