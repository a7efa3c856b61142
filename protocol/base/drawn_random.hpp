#pragma once
// Randomness drawn beforehand on the session's loop, for work that runs on another thread.
#include "protocol/base/random.hpp"

#include <stdexcept>

namespace wagate {

class DrawnRandom final : public RandomSource {
public:
    explicit DrawnRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
    void fill(std::span<std::uint8_t> target) override
    {
        if (bytes_.size() - used_ < target.size())
            throw std::logic_error("more randomness used than was drawn");
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(used_), target.size(), target.begin());
        used_ += target.size();
    }

private:
    Bytes bytes_;
    std::size_t used_ = 0;
};

} // namespace wagate
