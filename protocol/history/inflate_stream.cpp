#include "protocol/history/inflate_stream.hpp"

#include <zlib.h>

namespace wagate::history {

struct InflateStream::State {
    std::shared_ptr<PackedSource> packed;
    z_stream stream{};
    InflateLimits limits;
    ByteArray<16'384> piece{};
    std::size_t produced = 0;
    bool is_ready = false;
    bool is_begun = false;
    bool is_at_end = false;
};

InflateStream::InflateStream(std::shared_ptr<PackedSource> packed, InflateLimits const& limits)
    : state_(std::make_unique<State>())
{
    state_->packed = std::move(packed);
    state_->limits = limits;
    state_->is_ready = inflateInit(&state_->stream) == Z_OK;
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
    if (!std::exchange(state.is_begun, true)) WAGATE_CHECK_OK(state.packed->rewind());
    auto& stream = state.stream;
    stream.next_out = state.piece.data();
    stream.avail_out = static_cast<uInt>(state.piece.size());
    bool is_dry = false;
    while (stream.avail_out > 0 && !state.is_at_end) {
        if (stream.avail_in == 0 && !is_dry) {
            WAGATE_TRY(auto const more, state.packed->next());
            stream.next_in = const_cast<Bytef*>(more.data());
            stream.avail_in = static_cast<uInt>(more.size());
            is_dry = more.empty();
        }
        auto const status = inflate(&stream, Z_NO_FLUSH);
        if (status == Z_BUF_ERROR && is_dry) break;
        if (status != Z_OK && status != Z_STREAM_END) return HistoryErrc::damaged;
        state.is_at_end = status == Z_STREAM_END;
    }
    auto const size = state.piece.size() - stream.avail_out;
    if (size == 0 && !state.is_at_end) return HistoryErrc::damaged; // no end, and nothing comes any more
    state.produced += size;
    auto const allowed = state.limits.free_bytes + stream.total_in * state.limits.max_ratio;
    if (state.produced > state.limits.max_bytes || state.produced > allowed) return HistoryErrc::too_large;
    return ByteView{state.piece}.first(size);
}

} // namespace wagate::history
