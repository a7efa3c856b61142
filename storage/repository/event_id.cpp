#include "storage/repository/event_id.hpp"

#include <algorithm>
#include <stdexcept>
#include <sys/random.h>

namespace wagate::storage {
namespace {

constexpr std::string_view prefix = "evt_";
constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t ulid_characters = 26;
constexpr std::size_t time_characters = 10;
constexpr std::size_t position_bytes = 6;
constexpr std::uint64_t max_position = (std::uint64_t{1} << 8 * position_bytes) - 1;

} // namespace

std::string ulid(WallTime time, ByteArray<10> const& low)
{
    auto const milliseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(unix_milliseconds(time), 0));
    auto const bytes = concat({big_endian(milliseconds, 6), low});
    // 26 digits hold 130 bits: the number is the 128 bits with two zero bits in front.
    std::string text;
    text.reserve(ulid_characters);
    for (int digit = 0; digit < static_cast<int>(ulid_characters); ++digit) {
        unsigned value = 0;
        for (int bit = digit * 5 - 2; bit < digit * 5 + 3; ++bit) {
            auto const set = bit >= 0 && (bytes[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8) & 1);
            value = value << 1 | static_cast<unsigned>(set);
        }
        text.push_back(alphabet[value]);
    }
    return text;
}

std::string new_event_id(WallTime time, std::uint64_t position)
{
    if (position > max_position) throw std::length_error("no event positions are left");
    ByteArray<10> low{};
    constexpr auto random_bytes = low.size() - position_bytes;
    if (getrandom(low.data(), random_bytes, 0) != static_cast<ssize_t>(random_bytes))
        throw std::runtime_error("no randomness");
    auto const tail = big_endian(position, position_bytes);
    std::copy(tail.begin(), tail.end(), low.begin() + random_bytes);
    return std::string{prefix} + ulid(time, low);
}

std::optional<std::uint64_t> position_in(std::string_view event_id)
{
    if (event_id.size() != prefix.size() + ulid_characters || !event_id.starts_with(prefix))
        return std::nullopt;
    event_id.remove_prefix(prefix.size());
    if (event_id.front() > '7') return std::nullopt;
    std::uint64_t number = 0; // the highest digits fall off, the low 64 bits stay
    for (auto const character : event_id) {
        auto const digit = alphabet.find(character);
        if (digit == std::string_view::npos) return std::nullopt;
        number = number << 5 | digit;
    }
    return number & max_position;
}

std::optional<unsigned> rendering_of(std::string_view event_id, std::string_view stored_id)
{
    if (event_id == stored_id) return 0;
    constexpr auto place = prefix.size() + time_characters;
    if (event_id.size() != stored_id.size() || stored_id.size() <= place) return std::nullopt;
    if (event_id.substr(0, place) != stored_id.substr(0, place) ||
        event_id.substr(place + 1) != stored_id.substr(place + 1))
        return std::nullopt;
    auto const digit = alphabet.find(stored_id[place]);
    if (digit == std::string_view::npos) return std::nullopt;
    if (event_id[place] == alphabet[digit ^ 16]) return 1;
    if (event_id[place] == alphabet[digit ^ 8]) return 2;
    return std::nullopt;
}

} // namespace wagate::storage
