// The bytes before and between frames, in any chunking: first byte of the input is the chunk size, second the
// frame limit in units of 64 bytes, the rest is the stream.
#include "protocol/noise/frames.hpp"

#include <cstdlib>

using namespace wagate;
using namespace wagate::noise;

namespace {

void require(bool condition)
{
    if (!condition) std::abort();
}

struct Outcome {
    std::vector<Bytes> payloads;
    std::size_t left_bytes = 0;
    bool failed = false;
    bool operator==(Outcome const&) const = default;
};

Outcome split(ByteView stream, std::size_t limit_bytes, std::size_t chunk_bytes)
{
    Outcome outcome;
    FrameSplitter splitter{limit_bytes};
    while (!stream.empty()) {
        auto const chunk = stream.first(std::min(stream.size(), chunk_bytes));
        stream = stream.subspan(chunk.size());
        splitter.feed(chunk);
        for (;;) {
            auto next = splitter.next();
            if (next.has_error()) outcome.failed = true;
            if (next.has_error() || !next->has_value()) break;
            require((*next)->size() <= limit_bytes);
            outcome.payloads.push_back(std::move(**next));
        }
    }
    outcome.left_bytes = splitter.buffered_bytes();
    return outcome;
}

/// What was cut out is the stream again.
void check_frames(ByteView stream, std::size_t limit_bytes, std::size_t chunk_bytes)
{
    auto const outcome = split(stream, limit_bytes, chunk_bytes);
    require(outcome == split(stream, limit_bytes, stream.size() + 1));
    Bytes rebuilt;
    for (auto const& payload : outcome.payloads)
        append(rebuilt, make_frame(payload));
    require(rebuilt.size() + outcome.left_bytes <= stream.size());
    require(equal(rebuilt, stream.first(rebuilt.size())));
    require(outcome.failed || rebuilt.size() + outcome.left_bytes == stream.size());
}

struct Preamble {
    bool failed = false;
    bool complete = false;
    Bytes routing_info;
    Bytes rest;
    bool operator==(Preamble const&) const = default;
};

Preamble read_preamble(ByteView stream, std::size_t chunk_bytes)
{
    Preamble read;
    PreambleReader reader;
    while (!stream.empty()) {
        auto const chunk = stream.first(std::min(stream.size(), chunk_bytes));
        stream = stream.subspan(chunk.size());
        auto const fed = reader.feed(chunk);
        read.failed = fed.has_error();
        if (read.failed) return read;
        read.complete = *fed;
    }
    read.routing_info = reader.routing_info();
    read.rest = reader.take_rest();
    return read;
}

void check_preamble(ByteView stream, std::size_t chunk_bytes)
{
    auto const read = read_preamble(stream, chunk_bytes);
    require(read == read_preamble(stream, stream.size() + 1));
    if (!read.complete) return;
    auto const rebuilt = concat({make_preamble(read.routing_info), read.rest});
    // An announced token of no bytes is the one form that is not written again.
    require(equal(rebuilt, stream) || (read.routing_info.empty() && rebuilt.size() + 7 == stream.size()));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* input, std::size_t size)
{
    if (size < 2) return 0;
    ByteView const stream{input + 2, size - 2};
    std::size_t const chunk_bytes = std::size_t{input[0]} + 1;
    std::size_t const limit_bytes = input[1] == 0xff ? max_frame_bytes : std::size_t{input[1]} * 64;
    check_frames(stream, limit_bytes, chunk_bytes);
    check_preamble(stream, chunk_bytes);
    return 0;
}
