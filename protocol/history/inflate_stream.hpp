#pragma once
// zlib data, inflated piece by piece: what is not read yet takes no memory.
#include "protocol/base/bytes.hpp"
#include "protocol/history/errors.hpp"

#include <memory>

namespace wagate::history {

/// What packed history may grow to. Text packs some ten times; much more than that is a bomb.
struct InflateLimits {
    std::size_t max_bytes = std::size_t{1} << 30;
    std::size_t max_ratio = 256;
    std::size_t free_bytes = std::size_t{1} << 20; ///< for which the ratio does not count
};

class InflateStream {
public:
    /// `packed` must outlive the stream.
    explicit InflateStream(ByteView packed, InflateLimits const& limits = {});
    InflateStream(InflateStream const&) = delete;
    InflateStream& operator=(InflateStream const&) = delete;
    ~InflateStream();

    /// The next piece, some KiB, valid until the next call; empty at the end.
    Result<ByteView> next();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace wagate::history
