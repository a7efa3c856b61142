#pragma once
// Log lines on standard error, JSON or text. Never give it a key, token or message body; what looks like a
// phone number is masked at the sink, and so are values whose field name says that they are secret.
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace wagate::log {

enum class Level : std::uint8_t { debug, info, warn, error, off };
enum class Format : std::uint8_t { json, text };

/// A view of a value; lives for one call.
class Value {
public:
    Value(std::string_view text) : value_(text) {}
    Value(std::string const& text) : value_(std::string_view(text)) {}
    Value(char const* text) : value_(std::string_view(text)) {}
    Value(bool flag) : value_(flag) {}
    Value(double number) : value_(number) {}
    template <class Number>
        requires std::is_integral_v<Number>
    Value(Number number)
    {
        if constexpr (std::is_signed_v<Number>)
            value_ = static_cast<std::int64_t>(number);
        else
            value_ = static_cast<std::uint64_t>(number);
    }

    auto const& held() const noexcept { return value_; }

private:
    std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value_;
};

struct Field {
    std::string_view name;
    Value value;
};
using Fields = std::initializer_list<Field>;

/// Until called: level info, format JSON. Call before other threads log.
void configure(Level level, Format format);
/// Sends finished lines to `sink` instead of standard error; an empty one undoes it. For tests.
void redirect(std::function<void(std::string_view line)> sink);

/// Thread safe. `what` is a fixed phrase; everything that varies is a field: `log::warn("link lost",
/// {{"session", name}})`. In coroutines: on a line of its own, without co_await in the same expression.
void write(Level level, std::string_view what, Fields fields);

inline void debug(std::string_view what, Fields fields = {})
{
    write(Level::debug, what, fields);
}
inline void info(std::string_view what, Fields fields = {})
{
    write(Level::info, what, fields);
}
inline void warn(std::string_view what, Fields fields = {})
{
    write(Level::warn, what, fields);
}
inline void error(std::string_view what, Fields fields = {})
{
    write(Level::error, what, fields);
}

/// Masks runs of 8 to 18 digits, as phone numbers and the user part of a JID are: "4915112345678" gives
/// "491…78". Digits inside longer words (hexadecimal ids) stay.
std::string masked(std::string_view text);

} // namespace wagate::log
