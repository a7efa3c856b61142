#pragma once
// Values that must not be printed and are wiped when they go.
#include "protocol/base/bytes.hpp"

#include <cstring>
#include <type_traits>
#include <utility>

namespace wagate {

/// Overwrites memory in a way the compiler may not remove.
void wipe(std::span<std::uint8_t> memory) noexcept;

inline void wipe_value(Bytes& value) noexcept
{
    wipe(value);
}
inline void wipe_value(std::string& value) noexcept
{
    wipe({reinterpret_cast<std::uint8_t*>(value.data()), value.size()});
}
template <std::size_t N>
void wipe_value(ByteArray<N>& value) noexcept
{
    wipe(value);
}

/// Holds key material or a token. Has no stream or format operator on purpose: `reveal()` marks each use.
template <class T>
class Secret {
public:
    Secret() = default;
    /// A copy, and the argument wiped: a short string that is moved from keeps its characters.
    explicit Secret(T value) : value_(value) { wipe_value(value); }
    Secret(Secret const&) = default;
    Secret(Secret&& other) noexcept : value_(other.value_) { wipe_value(other.value_); }
    Secret& operator=(Secret const& other)
    {
        if (this != &other) {
            wipe_value(value_);
            value_ = other.value_;
        }
        return *this;
    }
    Secret& operator=(Secret&& other) noexcept
    {
        if (this != &other) {
            wipe_value(value_);
            value_ = other.value_;
            wipe_value(other.value_);
        }
        return *this;
    }
    ~Secret() { wipe_value(value_); }

    T const& reveal() const noexcept { return value_; }

private:
    T value_{};
};

} // namespace wagate
