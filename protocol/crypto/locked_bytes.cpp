#include "protocol/crypto/locked_bytes.hpp"

#include "protocol/crypto/sodium.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace wagate::crypto {

LockedBytes::LockedBytes(ByteView secret)
    : LockedBytes(secret.size(), [&](std::span<std::uint8_t> target) {
          std::copy(secret.begin(), secret.end(), target.begin());
      })
{}

LockedBytes::LockedBytes(std::size_t size, std::function<void(std::span<std::uint8_t>)> const& fill)
    : size_(size)
{
    if (size == 0) return;
    detail::ensure_sodium();
    memory_.reset(static_cast<std::uint8_t*>(sodium_malloc(size)));
    if (!memory_) throw std::bad_alloc{};
    fill({memory_.get(), size});
    sodium_mprotect_readonly(memory_.get());
}

LockedBytes::LockedBytes(LockedBytes&& other) noexcept
    : memory_(std::move(other.memory_)), size_(std::exchange(other.size_, 0))
{}

LockedBytes& LockedBytes::operator=(LockedBytes&& other) noexcept
{
    if (this != &other) {
        memory_ = std::move(other.memory_);
        size_ = std::exchange(other.size_, 0);
    }
    return *this;
}

void LockedBytes::Free::operator()(std::uint8_t* memory) const noexcept
{
    sodium_free(memory);
}

} // namespace wagate::crypto
