#include "api/http/tickets.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"

#include <algorithm>

namespace wagate::http {
namespace {

constexpr std::string_view prefix = "wst_";
constexpr std::size_t secret_bytes = 32;

} // namespace

std::string_view presented_key(Request const& request) noexcept
{
    auto const key = request.headers.find("X-Api-Key");
    return key.empty() ? request.headers.find("Authorization") : key;
}

std::optional<std::string> TicketBook::issue(TenantId const& tenant, std::string_view key)
{
    crypto::SystemRandom random;
    auto ticket = std::string(prefix) + hex_encode(random.bytes(secret_bytes));
    auto const now = now_();
    std::lock_guard const lock(mutex_);
    drop_ended(now);
    auto const count = std::count_if(entries_.begin(), entries_.end(),
                                     [&](auto const& entry) { return entry.second.tenant == tenant; });
    if (static_cast<std::size_t>(count) >= most_of_tenant) return std::nullopt;
    entries_.emplace(hash_key(ticket), Entry{tenant, Secret<std::string>(std::string(key)), now + lifetime});
    return ticket;
}

std::optional<TicketBook::Redeemed> TicketBook::redeem(std::string_view ticket)
{
    auto const hash = hash_key(ticket);
    auto const now = now_();
    std::lock_guard const lock(mutex_);
    drop_ended(now);
    auto const place = entries_.find(hash);
    if (place == entries_.end()) return std::nullopt;
    Redeemed behind{std::move(place->second.tenant), std::move(place->second.key)};
    entries_.erase(place);
    return behind;
}

void TicketBook::drop_ended(Clock::time_point now)
{
    std::erase_if(entries_, [&](auto const& entry) { return entry.second.end <= now; });
}

} // namespace wagate::http
