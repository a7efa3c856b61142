#include "protocol/base/secret.hpp"

#include <sodium.h>

namespace wagate {

void wipe(std::span<std::uint8_t> memory) noexcept
{
    if (!memory.empty()) sodium_memzero(memory.data(), memory.size());
}

} // namespace wagate
