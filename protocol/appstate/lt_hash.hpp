#pragma once
// The homomorphic hash over a collection: a sum in which order does not matter (protocol.md 9.5).
#include "protocol/base/bytes.hpp"

#include <optional>

namespace wagate::appstate {

/// 64 lanes of 16 bits, little endian, each added without a carry to the next. Starts as zero.
class LtHash {
public:
    static constexpr std::size_t size = 128;

    LtHash() = default;
    /// Nothing unless there are exactly 128 bytes.
    static std::optional<LtHash> from_bytes(ByteView bytes);

    void add(ByteView item);
    void subtract(ByteView item); ///< the inverse of add, also when the item was never added

    ByteArray<size> const& bytes() const noexcept { return lanes_; }
    bool operator==(LtHash const&) const = default;

private:
    enum class Sign : bool { plus, minus };
    void mix(ByteView item, Sign sign);

    ByteArray<size> lanes_{};
};

} // namespace wagate::appstate
