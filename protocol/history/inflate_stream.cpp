#include "protocol/history/inflate_stream.hpp"

#include <zlib.h>

namespace wagate::history {

struct InflateStream::State {
    z_stream stream{};
    InflateLimits limits;
    ByteArray<16'384> piece{};
    std::size_t produced = 0;
    bool is_ready = false;
    bool is_at_end = false;
};

InflateStream::InflateStream(ByteView packed, InflateLimits const& limits) : state_(std::make_unique<State>())
{
    state_->limits = limits;
    state_->is_ready = inflateInit(&state_->stream) == Z_OK;
    state_->stream.next_in = const_cast<Bytef*>(packed.data());
    state_->stream.avail_in = static_cast<uInt>(packed.size());
}

InflateStream::~InflateStream()
{
    if (state_->is_ready) inflateEnd(&state_->stream);
}

Result<ByteView> InflateStream::next()
{
    auto& state = *state_;
    if (!state.is_ready) return HistoryErrc::damaged;
    if (state.is_at_end) return ByteView{};
    state.stream.next_out = state.piece.data();
    state.stream.avail_out = static_cast<uInt>(state.piece.size());
    auto const status = inflate(&state.stream, Z_NO_FLUSH);
    auto const size = state.piece.size() - state.stream.avail_out;
    if (status != Z_OK && status != Z_STREAM_END) return HistoryErrc::damaged;
    if (status == Z_OK && size == 0) return HistoryErrc::damaged; // no end, and nothing comes any more
    state.is_at_end = status == Z_STREAM_END;
    state.produced += size;
    auto const allowed = state.limits.free_bytes + state.stream.total_in * state.limits.max_ratio;
    if (state.produced > state.limits.max_bytes || state.produced > allowed) return HistoryErrc::too_large;
    return ByteView{state.piece}.first(size);
}

} // namespace wagate::history
