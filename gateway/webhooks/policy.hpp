#pragma once
// The rules of delivery as pure functions: when to try again, when to give up (waha.md
// 2).
#include "gateway/gateway.hpp"

#include <span>
#include <string_view>

namespace wagate::gateway::webhooks {

/// Redirects are failures, as is everything else outside 2xx.
bool is_delivered(unsigned status) noexcept;

/// The pauses of a webhook without `retries`: 76 hours in all, as Standard Webhooks has them.
std::span<Milliseconds const> default_schedule() noexcept;

/// How often an event is tried in all, at least once.
int allowed_attempts(WebhookConfig const& webhook) noexcept;

/// The pause after the `failures`-th failed attempt (from 1). With `retries`: constant; linear; exponential
/// with delay, 2·delay, 4·delay, … plus up to 20 %. Without: the default schedule, 20 % more or less.
/// @param jitter in [0, 1)
Milliseconds retry_delay(WebhookConfig const& webhook, int failures, double jitter);

/// What `Retry-After` asks for, as seconds or as an HTTP date (RFC 9110 5.6.7); at most an hour, never
/// negative.
std::optional<Milliseconds> parse_retry_after(std::string_view value, WallTime now);

} // namespace wagate::gateway::webhooks
