#pragma once
// A key of 32 bytes in memory that is never swapped out, not dumped, and wiped when the key goes.
#include "protocol/base/bytes.hpp"

namespace wagate::storage::vault {

/// Many share a page: a page of its own for each would use up what a process may lock.
class LockedKey {
public:
    static constexpr std::size_t size = 32;

    explicit LockedKey(std::span<std::uint8_t const, size> bytes);
    static LockedKey random();
    LockedKey(LockedKey&& other) noexcept;
    LockedKey& operator=(LockedKey&& other) noexcept;
    ~LockedKey();

    ByteView reveal() const noexcept { return {slot_, size}; }

private:
    LockedKey();
    std::uint8_t* slot_;
};

} // namespace wagate::storage::vault
