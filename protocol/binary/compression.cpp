#include "protocol/binary/compression.hpp"

#include "protocol/binary/codec.hpp"

#include <zlib.h>

#include <new>
#include <stdexcept>

namespace wagate::binary {

namespace {

/// The largest window; 16 more means gzip's head and checksum instead of zlib's.
constexpr int zlib_window = 15;
constexpr int gzip_window = 15 + 16;

class InflateStream {
public:
    explicit InflateStream(int window)
    {
        if (inflateInit2(&stream_, window) != Z_OK) throw std::bad_alloc{};
    }
    InflateStream(InflateStream const&) = delete;
    InflateStream& operator=(InflateStream const&) = delete;
    ~InflateStream() { inflateEnd(&stream_); }

    z_stream* operator->() noexcept { return &stream_; }
    int run() noexcept { return ::inflate(&stream_, Z_NO_FLUSH); }

private:
    z_stream stream_{};
};

Result<Bytes> inflate(int window, ByteView compressed, std::size_t limit_bytes)
{
    if (compressed.size() > UINT32_MAX) return make_error_code(CodecErrc::too_large);
    InflateStream stream{window};
    stream->next_in = const_cast<Bytef*>(compressed.data()); // zlib reads only
    stream->avail_in = static_cast<uInt>(compressed.size());

    constexpr std::size_t first_bytes = 4096;
    Bytes plain;
    std::size_t filled = 0;
    for (;;) {
        if (filled == plain.size()) {
            // One byte more than the limit tells "exactly full" from "too large".
            if (filled > limit_bytes) return make_error_code(CodecErrc::too_large);
            auto const wanted = std::max({first_bytes, compressed.size() * 2, plain.size() * 2});
            plain.resize(std::min(wanted, limit_bytes + 1));
        }
        auto const room = std::min<std::size_t>(plain.size() - filled, 1u << 30);
        stream->next_out = plain.data() + filled;
        stream->avail_out = static_cast<uInt>(room);
        auto const status = stream.run();
        filled += room - stream->avail_out;
        if (status == Z_STREAM_END) break;
        if (status == Z_OK && (stream->avail_in > 0 || stream->avail_out == 0)) continue;
        // Z_OK without input left, and Z_BUF_ERROR, mean that the stream stops early.
        return make_error_code(CodecErrc::bad_compression);
    }
    if (filled > limit_bytes) return make_error_code(CodecErrc::too_large);
    if (stream->avail_in > 0) return make_error_code(CodecErrc::trailing_bytes);
    plain.resize(filled);
    return plain;
}

} // namespace

Result<Bytes> inflate_bounded(ByteView compressed, std::size_t limit_bytes)
{
    return inflate(zlib_window, compressed, limit_bytes);
}

Result<Bytes> gunzip_bounded(ByteView compressed, std::size_t limit_bytes)
{
    return inflate(gzip_window, compressed, limit_bytes);
}

Bytes gzip(ByteView plain)
{
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, MAX_MEM_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc{};
    Bytes packed(deflateBound(&stream, static_cast<uLong>(plain.size())));
    stream.next_in = const_cast<Bytef*>(plain.data()); // zlib reads only
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = packed.data();
    stream.avail_out = static_cast<uInt>(packed.size());
    auto const status = deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    if (status != Z_STREAM_END) throw std::runtime_error{"zlib could not compress"};
    return packed;
}

void deflate_onto(Bytes& target, ByteView plain)
{
    auto const start = target.size();
    auto size = compressBound(static_cast<uLong>(plain.size()));
    target.resize(start + size);
    if (compress(target.data() + start, &size, plain.data(), static_cast<uLong>(plain.size())) != Z_OK)
        throw std::runtime_error{"zlib could not compress a frame"};
    target.resize(start + size);
}

} // namespace wagate::binary
