#pragma once
// One-time tickets: what stands in a URL instead of a key where a client cannot send a header.
#include "api/http/keys.hpp"
#include "api/http/message.hpp"
#include "protocol/base/secret.hpp"

#include <chrono>
#include <map>
#include <mutex>

namespace wagate::http {

/// Thread-safe and bounded. Tickets live in memory only: a restart ends them all.
class TicketBook {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds lifetime{30};
    static constexpr std::size_t most_of_tenant = 1'000;

    explicit TicketBook(std::function<Clock::time_point()> now = Clock::now) : now_(std::move(now)) {}

    struct Redeemed {
        TenantId tenant;
        Secret<std::string> key;
    };

    /// @param tenant whose streams it opens, which need not be the key's own: an administrator may choose
    /// @param key whose rights the ticket has; when it ends before, so does the ticket
    /// @return the ticket; nothing when the tenant has too many that nobody used
    std::optional<std::string> issue(TenantId const& tenant, std::string_view key);
    /// What stands behind it, once.
    std::optional<Redeemed> redeem(std::string_view ticket);

private:
    struct Entry {
        TenantId tenant;
        Secret<std::string> key;
        Clock::time_point end;
    };
    void drop_ended(Clock::time_point now);

    std::function<Clock::time_point()> now_;
    std::mutex mutex_;
    std::map<KeyHash, Entry> entries_; ///< by the ticket's hash
};

/// What stands in a request's headers for a key: X-Api-Key, or Authorization with its scheme; or empty.
std::string_view presented_key(Request const& request) noexcept;

} // namespace wagate::http
