#include "storage/repository/event_id.hpp"

#include <stdexcept>
#include <sys/random.h>

namespace wagate::storage {

std::string ulid(WallTime time, ByteArray<10> const& random)
{
    static constexpr char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
    auto const milliseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(unix_milliseconds(time), 0));
    auto const bytes = concat({big_endian(milliseconds, 6), random});
    // 26 digits hold 130 bits: the number is the 128 bits with two zero bits in front.
    std::string text;
    text.reserve(26);
    for (int digit = 0; digit < 26; ++digit) {
        unsigned value = 0;
        for (int bit = digit * 5 - 2; bit < digit * 5 + 3; ++bit) {
            auto const set = bit >= 0 && (bytes[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8) & 1);
            value = value << 1 | static_cast<unsigned>(set);
        }
        text.push_back(alphabet[value]);
    }
    return text;
}

std::string new_event_id(WallTime time)
{
    ByteArray<10> random{};
    if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
        throw std::runtime_error("no randomness");
    return "evt_" + ulid(time, random);
}

} // namespace wagate::storage
