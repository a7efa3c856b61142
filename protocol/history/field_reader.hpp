#pragma once
// Protobuf fields one after the other from a stream: what is skipped is never held.
#include "protocol/history/inflate_stream.hpp"

#include <optional>

namespace wagate::history {

struct Field {
    std::uint32_t number = 0;
    std::uint32_t wire_type = 0;
    std::uint64_t value = 0; ///< of a number, or the length of what follows
    bool has_bytes() const noexcept { return wire_type == 2; }
};

class FieldReader {
public:
    explicit FieldReader(InflateStream& source) noexcept : source_(source) {}

    /// Bytes read so far.
    std::uint64_t position() const noexcept { return position_; }
    /// The next field, without its bytes: they must be taken or skipped. Nothing at the end of the stream.
    Result<std::optional<Field>> next();
    /// @return damaged when the stream ends before
    Result<Bytes> take(std::uint64_t length);
    Result<void> skip(std::uint64_t length);

private:
    Result<void> fill(); ///< nothing is there afterwards: the end
    Result<std::uint64_t> varint();

    InflateStream& source_;
    ByteView piece_;
    std::uint64_t position_ = 0;
};

} // namespace wagate::history
