#pragma once
// zlib data, inflated piece by piece: what is not read yet takes no memory.
#include "protocol/history/errors.hpp"
#include "protocol/history/packed_source.hpp"

namespace wagate::history {

/// What packed history may grow to. Text packs some ten times; much more than that is a bomb.
struct InflateLimits {
    std::size_t max_bytes = std::size_t{1} << 30;
    std::size_t max_ratio = 256;
    std::size_t free_bytes = std::size_t{1} << 20; ///< for which the ratio does not count
};

class InflateStream {
public:
    /// Begins at the start of the source, which nobody else reads meanwhile.
    explicit InflateStream(std::shared_ptr<PackedSource> packed, InflateLimits const& limits = {});
    InflateStream(InflateStream const&) = delete;
    InflateStream& operator=(InflateStream const&) = delete;
    ~InflateStream();

    /// The next piece, some KiB, valid until the next call; empty at the end.
    /// @return HistoryErrc, or an error of the source
    Result<ByteView> next();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace wagate::history
