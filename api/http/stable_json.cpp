#include "api/http/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <unordered_map>

namespace wagate::http {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// Length of the well-formed UTF-8 sequence at the start, or 0; then `broken` is how many bytes one U+FFFD
/// replaces (the longest prefix of a well-formed sequence, as WHATWG decoders do).
std::size_t sequence_length(std::string_view text, std::size_t& broken) noexcept
{
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    auto const first = byte(0);
    broken = 1;
    if (first < 0x80) return 1;
    std::size_t length = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (first >= 0xC2 && first <= 0xDF) {
        length = 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
        length = 3;
        if (first == 0xE0) low = 0xA0;
        if (first == 0xED) high = 0x9F;
    } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        if (first == 0xF0) low = 0x90;
        if (first == 0xF4) high = 0x8F;
    } else {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if (i >= text.size() || byte(i) < low || byte(i) > high) {
            broken = i;
            return 0;
        }
        low = 0x80;
        high = 0xBF;
    }
    return length;
}

std::string clean_utf8(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        std::size_t broken = 0;
        if (auto const length = sequence_length(text, broken)) {
            out.append(text.substr(0, length));
            text.remove_prefix(length);
        } else {
            out.append(replacement);
            text.remove_prefix(broken);
        }
    }
    return out;
}

void write_string(std::string& out, std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    out.push_back('"');
    while (!text.empty()) {
        auto const c = static_cast<unsigned char>(text.front());
        if (c >= 0x80) {
            std::size_t broken = 0;
            auto const length = sequence_length(text, broken);
            out.append(length ? text.substr(0, length) : replacement);
            text.remove_prefix(length ? length : broken);
            continue;
        }
        text.remove_prefix(1);
        switch (c) {
        case '"': out.append("\\\""); break;
        case '\\': out.append("\\\\"); break;
        case '\b': out.append("\\b"); break;
        case '\f': out.append("\\f"); break;
        case '\n': out.append("\\n"); break;
        case '\r': out.append("\\r"); break;
        case '\t': out.append("\\t"); break;
        default:
            if (c < 0x20) {
                out.append("\\u00");
                out.push_back(digits[c >> 4]);
                out.push_back(digits[c & 15]);
            } else {
                out.push_back(static_cast<char>(c));
            }
        }
    }
    out.push_back('"');
}

/// Number::toString of ECMA-262: plain notation for 1e-7 < |x| < 1e21, the shortest digits that read back the
/// same.
void write_double(std::string& out, double number)
{
    if (!std::isfinite(number)) {
        out.append("null");
        return;
    }
    if (number == 0) {
        out.push_back('0');
        return;
    }
    std::array<char, 40> buffer{};
    auto const end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::scientific)
            .ptr;
    std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
    if (text.front() == '-') {
        out.push_back('-');
        text.remove_prefix(1);
    }
    auto const exponent_at = text.find('e');
    std::string digits(1, text.front());
    if (exponent_at > 2) digits.append(text.substr(2, exponent_at - 2));
    auto exponent_text = text.substr(exponent_at + 1);
    if (exponent_text.front() == '+') exponent_text.remove_prefix(1);
    int exponent = 0;
    std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
    auto const count = static_cast<int>(digits.size());
    int const point = exponent + 1; // the decimal point stands behind this many digits
    if (count <= point && point <= 21) {
        out.append(digits).append(static_cast<std::size_t>(point - count), '0');
    } else if (0 < point && point <= 21) {
        out.append(digits, 0, static_cast<std::size_t>(point))
            .append(".")
            .append(digits, static_cast<std::size_t>(point));
    } else if (-6 < point && point <= 0) {
        out.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
    } else {
        out.push_back(digits.front());
        if (count > 1) out.append(".").append(digits, 1);
        out.append(exponent < 0 ? "e-" : "e+").append(std::to_string(std::abs(exponent)));
    }
}

/// Beyond 2^53 JavaScript reads an integer as the nearest double.
constexpr std::int64_t exact_limit = std::int64_t{1} << 53;

void write_integer(std::string& out, std::int64_t number)
{
    if (number > exact_limit || number < -exact_limit) {
        write_double(out, static_cast<double>(number));
        return;
    }
    std::array<char, 24> buffer{};
    auto const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
    out.append(buffer.data(), end);
}

/// The numeric value of a key that is an array index (ECMA-262 6.1.7): "0" … "4294967294" without leading
/// zeros.
std::optional<std::uint32_t> array_index(std::string_view key) noexcept
{
    if (key.empty() || key.size() > 10 || (key.size() > 1 && key.front() == '0')) return std::nullopt;
    std::uint64_t value = 0;
    auto const [rest, error] = std::from_chars(key.data(), key.data() + key.size(), value);
    if (error != std::errc{} || rest != key.data() + key.size() || key.front() == '-') return std::nullopt;
    if (value >= 0xFFFF'FFFF) return std::nullopt;
    return static_cast<std::uint32_t>(value);
}

void write_value(std::string& out, json::value const& value);

struct Member {
    std::string_view key;
    json::value const* value;
    std::optional<std::uint32_t> index;
};

void write_members(std::string& out, std::vector<Member> const& members)
{
    std::vector<Member const*> ordered;
    ordered.reserve(members.size());
    for (auto const& member : members) {
        if (member.index) ordered.push_back(&member);
    }
    std::sort(ordered.begin(), ordered.end(), [](auto* a, auto* b) { return *a->index < *b->index; });
    for (auto const& member : members) {
        if (!member.index) ordered.push_back(&member);
    }
    out.push_back('{');
    for (auto const* member : ordered) {
        if (member != ordered.front()) out.push_back(',');
        write_string(out, member->key);
        out.push_back(':');
        write_value(out, *member->value);
    }
    out.push_back('}');
}

bool is_ascii(std::string_view text) noexcept
{
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void write_object(std::string& out, json::object const& object)
{
    std::vector<Member> members;
    members.reserve(object.size());
    bool ascii = true;
    for (auto const& member : object) {
        std::string_view const key(member.key().data(), member.key().size());
        ascii = ascii && is_ascii(key);
        members.push_back(Member{key, &member.value(), array_index(key)});
    }
    if (ascii) {
        write_members(out, members);
        return;
    }
    // Two broken keys may become one: the last value wins, at the first one's place, as JSON.parse does it.
    std::vector<std::string> cleaned;
    cleaned.reserve(members.size());
    std::vector<Member> unique;
    std::unordered_map<std::string_view, std::size_t> places;
    for (auto const& member : members) {
        cleaned.push_back(clean_utf8(member.key));
        auto const [place, fresh] = places.try_emplace(cleaned.back(), unique.size());
        if (fresh)
            unique.push_back(Member{cleaned.back(), member.value, member.index});
        else
            unique[place->second].value = member.value;
    }
    write_members(out, unique);
}

void write_value(std::string& out, json::value const& value)
{
    switch (value.kind()) {
    case json::kind::null: out.append("null"); break;
    case json::kind::bool_: out.append(value.get_bool() ? "true" : "false"); break;
    case json::kind::int64: write_integer(out, value.get_int64()); break;
    case json::kind::uint64:
        if (value.get_uint64() <= static_cast<std::uint64_t>(exact_limit))
            write_integer(out, static_cast<std::int64_t>(value.get_uint64()));
        else
            write_double(out, static_cast<double>(value.get_uint64()));
        break;
    case json::kind::double_: write_double(out, value.get_double()); break;
    case json::kind::string: write_string(out, {value.get_string().data(), value.get_string().size()}); break;
    case json::kind::array: {
        out.push_back('[');
        bool first = true;
        for (auto const& element : value.get_array()) {
            if (!first) out.push_back(',');
            first = false;
            write_value(out, element);
        }
        out.push_back(']');
        break;
    }
    case json::kind::object: write_object(out, value.get_object()); break;
    }
}

} // namespace

std::string stable_json(json::value const& value)
{
    std::string out;
    write_value(out, value);
    return out;
}

} // namespace wagate::http
