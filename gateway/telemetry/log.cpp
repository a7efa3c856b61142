#include "gateway/telemetry/log.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <fmt/format.h>
#include <memory>
#include <mutex>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace wagate::log {
namespace {

struct State {
    std::atomic<Level> level{Level::info};
    std::atomic<Format> format{Format::json};
    std::mutex mutex;
    std::function<void(std::string_view)> sink;
    spdlog::logger output{"wagate", std::make_shared<spdlog::sinks::stderr_sink_mt>()};

    State()
    {
        output.set_pattern("%v");
        output.set_level(spdlog::level::trace);
        output.flush_on(spdlog::level::trace);
    }
};

State& state()
{
    // Never destroyed: other static objects may log while they go.
    static State* const instance = new State;
    return *instance;
}

std::string_view name_of(Level level)
{
    static constexpr std::array<std::string_view, 5> names{"debug", "info", "warn", "error", "off"};
    return names.at(static_cast<std::size_t>(level));
}

std::string timestamp()
{
    auto const now = std::chrono::system_clock::now();
    auto const seconds = std::chrono::floor<std::chrono::seconds>(now);
    auto const milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now - seconds).count();
    std::time_t const time = std::chrono::system_clock::to_time_t(seconds);
    std::tm parts{};
    gmtime_r(&time, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, milliseconds);
}

/// Field names that promise a secret; a second line of defence.
bool is_secret(std::string_view name)
{
    for (std::string_view const word : {"key", "token", "secret", "password", "authorization", "body"})
        if (name == word || name.ends_with(std::string("_").append(word))) return true;
    return false;
}

void append_quoted(std::string& line, std::string_view text)
{
    line += '"';
    for (char const character : text) {
        auto const byte = static_cast<unsigned char>(character);
        if (character == '"' || character == '\\') {
            line += '\\';
            line += character;
        } else if (character == '\n') {
            line += "\\n";
        } else if (byte < 0x20 || byte == 0x7f) {
            line += fmt::format("\\u{:04x}", byte);
        } else {
            line += character;
        }
    }
    line += '"';
}

void append_value(std::string& line, Field const& field)
{
    if (is_secret(field.name)) {
        line += "\"[redacted]\"";
        return;
    }
    std::visit(
        [&line](auto const& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string_view>)
                append_quoted(line, masked(value));
            else
                line += fmt::format("{}", value);
        },
        field.value.held());
}

std::string line_of(Level level, std::string_view what, Fields fields, Format format)
{
    std::string line;
    if (format == Format::json) {
        line = fmt::format(R"({{"time":"{}","level":"{}","what":)", timestamp(), name_of(level));
        append_quoted(line, what);
        for (auto const& field : fields) {
            line += ',';
            append_quoted(line, field.name);
            line += ':';
            append_value(line, field);
        }
        line += '}';
    } else {
        line = fmt::format("{} {:5} {}", timestamp(), name_of(level), what);
        for (auto const& field : fields) {
            line += fmt::format(" {}=", field.name);
            append_value(line, field);
        }
    }
    return line;
}

bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

bool is_word(char character)
{
    return is_digit(character) || (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z');
}

} // namespace

void configure(Level level, Format format)
{
    state().level = level;
    state().format = format;
}

void redirect(std::function<void(std::string_view line)> sink)
{
    std::lock_guard lock(state().mutex);
    state().sink = std::move(sink);
}

void write(Level level, std::string_view what, Fields fields)
{
    auto& shared = state();
    if (level < shared.level.load(std::memory_order_relaxed)) return;
    auto const line = line_of(level, what, fields, shared.format.load(std::memory_order_relaxed));
    {
        std::lock_guard lock(shared.mutex);
        if (shared.sink) {
            shared.sink(line);
            return;
        }
    }
    shared.output.log(spdlog::level::info, spdlog::string_view_t(line));
}

std::string masked(std::string_view text)
{
    constexpr std::size_t shortest = 8;
    constexpr std::size_t longest = 18;
    std::string out;
    out.reserve(text.size());
    for (std::size_t begin = 0; begin < text.size();) {
        if (!is_word(text[begin])) {
            out += text[begin++];
            continue;
        }
        auto end = begin;
        bool digits_only = true;
        for (; end < text.size() && is_word(text[end]); ++end)
            digits_only = digits_only && is_digit(text[end]);
        auto const word = text.substr(begin, end - begin);
        if (digits_only && word.size() >= shortest && word.size() <= longest) {
            out.append(word.substr(0, 3)).append("…").append(word.substr(word.size() - 2));
        } else {
            out.append(word);
        }
        begin = end;
    }
    return out;
}

} // namespace wagate::log
