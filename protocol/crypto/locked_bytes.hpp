#pragma once
// Key material that stays for as long as the process: in memory that is neither swapped nor dumped.
#include "protocol/base/bytes.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace wagate::crypto {

/// A fixed number of bytes in pages of their own: locked (as far as RLIMIT_MEMLOCK lets us), left out of core
/// dumps, between pages that nobody may touch, read-only once filled, wiped when they go. Costs some 16 KiB
/// each: for master and tenant keys, not for what exists a thousand times. Moves, and never copies.
class LockedBytes {
public:
    LockedBytes() = default;
    /// Copies `secret`, which its owner wipes. @throws std::bad_alloc
    explicit LockedBytes(ByteView secret);
    /// `fill` writes the `size` bytes in place, so that they never lie elsewhere. @throws std::bad_alloc
    LockedBytes(std::size_t size, std::function<void(std::span<std::uint8_t>)> const& fill);
    LockedBytes(LockedBytes&& other) noexcept;
    LockedBytes& operator=(LockedBytes&& other) noexcept;
    ~LockedBytes() = default;

    ByteView reveal() const noexcept { return {memory_.get(), size_}; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

private:
    struct Free {
        void operator()(std::uint8_t* memory) const noexcept; ///< wipes it
    };

    std::unique_ptr<std::uint8_t, Free> memory_;
    std::size_t size_ = 0;
};

} // namespace wagate::crypto
