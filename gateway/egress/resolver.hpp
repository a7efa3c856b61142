#pragma once
// Host names to addresses on threads of its own: Asio resolves on one thread per loop, where one slow name
// stalls all.
#include "gateway/egress/address_policy.hpp"
#include "gateway/runtime/blocking_pool.hpp"

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

namespace wagate::egress {

struct ResolverSettings {
    std::size_t threads = 4;
    std::size_t max_waiting = 4'096;
    std::size_t max_cached = 1'024;
    std::chrono::seconds keep{60};
};

/// Thread safe. Remembers answers, never failures; lookups of one name that wait together share one answer.
class Resolver {
public:
    /// Blocks; EgressErrc::name_not_found or lookup_failed.
    using Lookup = std::function<Result<std::vector<Address>>(std::string const& host)>;
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    /// Asks the operating system.
    explicit Resolver(ResolverSettings settings = {});
    Resolver(ResolverSettings settings, Lookup lookup, Clock clock);

    /// Address literals come back as they are. The caller sets the deadline; cancelled, it goes on at once
    /// while the thread finishes its lookup (and remembers the answer).
    Task<Result<std::vector<Address>>> resolve(std::string host);

private:
    struct Entry {
        std::vector<Address> addresses;
        std::chrono::steady_clock::time_point until;
    };

    std::optional<std::vector<Address>> cached(std::string const& host);
    void remember(std::string const& host, std::vector<Address> addresses);
    Result<std::vector<Address>> look_up(std::string const& host);

    ResolverSettings settings_;
    Lookup lookup_;
    Clock clock_;
    std::mutex mutex_;
    std::unordered_map<std::string, Entry> cache_;
    BlockingPool pool_; ///< last: its threads use the rest
};

/// The resolver of the process, made on first use and never destroyed.
Resolver& system_resolver();

} // namespace wagate::egress
