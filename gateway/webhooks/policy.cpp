#include "gateway/webhooks/policy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace wagate::gateway::webhooks {
namespace {

constexpr Milliseconds longest_delay = std::chrono::hours{24};
constexpr Milliseconds longest_retry_after = std::chrono::hours{1};

std::optional<int> parse_number(std::string_view digits)
{
    int value = 0;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value < 0) return std::nullopt;
    return value;
}

std::optional<unsigned> parse_month(std::string_view name)
{
    static constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
    auto const at = names.find(name);
    if (name.size() != 3 || at == std::string_view::npos || at % 3 != 0) return std::nullopt;
    return static_cast<unsigned>(at / 3 + 1);
}

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<WallTime> parse_http_date(std::string_view text)
{
    if (text.size() != 29 || text.substr(3, 2) != ", " || text[19] != ':' || text[22] != ':' ||
        text.substr(25) != " GMT")
        return std::nullopt;
    auto const day = parse_number(text.substr(5, 2));
    auto const month = parse_month(text.substr(8, 3));
    auto const year = parse_number(text.substr(12, 4));
    auto const hours = parse_number(text.substr(17, 2));
    auto const minutes = parse_number(text.substr(20, 2));
    auto const seconds = parse_number(text.substr(23, 2));
    if (!day || !month || !year || !hours || !minutes || !seconds) return std::nullopt;
    std::chrono::year_month_day const date{std::chrono::year{*year}, std::chrono::month{*month},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) return std::nullopt;
    return WallTime{std::chrono::sys_days{date}} + std::chrono::hours{*hours} +
           std::chrono::minutes{*minutes} + std::chrono::seconds{*seconds};
}

std::string_view trimmed(std::string_view text)
{
    auto const first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool all_digits(std::string_view text)
{
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

bool is_delivered(unsigned status) noexcept
{
    return status >= 200 && status < 300;
}

std::span<Milliseconds const> default_schedule() noexcept
{
    using namespace std::chrono_literals;
    static constexpr std::array<Milliseconds, 9> pauses{5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
    return pauses;
}

int allowed_attempts(WebhookConfig const& webhook) noexcept
{
    if (!webhook.retries_given) return static_cast<int>(default_schedule().size()) + 1;
    return std::max(webhook.attempts, 1);
}

Milliseconds retry_delay(WebhookConfig const& webhook, int failures, double jitter)
{
    if (!webhook.retries_given) {
        auto const schedule = default_schedule();
        auto const place =
            std::clamp<std::size_t>(static_cast<std::size_t>(std::max(failures, 1)), 1, schedule.size());
        auto const pause = static_cast<double>(schedule[place - 1].count());
        return Milliseconds{static_cast<Milliseconds::rep>(pause * (0.8 + 0.4 * jitter))};
    }
    double seconds = std::max(webhook.delay_seconds, 0.0);
    switch (webhook.policy) {
    case RetryPolicy::constant: break;
    case RetryPolicy::linear: seconds *= failures; break;
    case RetryPolicy::exponential: seconds *= std::pow(2.0, failures - 1) * (1 + 0.2 * jitter); break;
    }
    auto const longest = std::chrono::duration<double>{longest_delay}.count();
    return Milliseconds{static_cast<Milliseconds::rep>(std::min(seconds, longest) * 1'000)};
}

std::optional<Milliseconds> parse_retry_after(std::string_view value, WallTime now)
{
    auto const text = trimmed(value);
    if (all_digits(text)) {
        auto const seconds = parse_number(text); // nothing: too large for a number
        return seconds ? std::min<Milliseconds>(std::chrono::seconds{*seconds}, longest_retry_after)
                       : longest_retry_after;
    }
    auto const date = parse_http_date(text);
    if (!date) return std::nullopt;
    return std::clamp<Milliseconds>(*date - now, Milliseconds{0}, longest_retry_after);
}

} // namespace wagate::gateway::webhooks
