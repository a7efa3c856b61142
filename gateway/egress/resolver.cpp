#include "gateway/egress/resolver.hpp"

#include "gateway/egress/errors.hpp"
#include "gateway/runtime/hop.hpp"
#include "gateway/runtime/wakeup.hpp"

#include <boost/asio/this_coro.hpp>
#include <netdb.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>

namespace wagate::egress {
namespace {

Address address_of(sockaddr const& raw)
{
    if (raw.sa_family == AF_INET) {
        sockaddr_in four{};
        std::memcpy(&four, &raw, sizeof(four));
        return boost::asio::ip::address_v4(ntohl(four.sin_addr.s_addr));
    }
    sockaddr_in6 six{};
    std::memcpy(&six, &raw, sizeof(six));
    boost::asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
    return boost::asio::ip::address_v6(bytes, six.sin6_scope_id);
}

Result<std::vector<Address>> ask_system(std::string const& host)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    int const outcome = getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (outcome == EAI_NONAME || outcome == EAI_NODATA) return EgressErrc::name_not_found;
    if (outcome != 0) return EgressErrc::lookup_failed;
    std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> const owner(found, &freeaddrinfo);
    std::vector<Address> addresses;
    for (auto const* entry = found; entry != nullptr; entry = entry->ai_next)
        if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6)
            addresses.push_back(address_of(*entry->ai_addr));
    if (addresses.empty()) return EgressErrc::name_not_found;
    return addresses;
}

/// What a waiting coroutine shares with the thread that works for it.
struct Pending {
    Executor executor;
    std::mutex mutex;
    Wakeup* waiter = nullptr; ///< null once nobody waits; then the executor may be gone
    std::optional<Result<std::vector<Address>>> answer;
};

/// Withdraws the waiter when its coroutine goes on, is cancelled or is destroyed.
class Waiting {
public:
    explicit Waiting(std::shared_ptr<Pending> pending) : pending_(std::move(pending)) {}
    Waiting(Waiting const&) = delete;
    Waiting& operator=(Waiting const&) = delete;
    ~Waiting()
    {
        std::lock_guard lock(pending_->mutex);
        pending_->waiter = nullptr;
    }

private:
    std::shared_ptr<Pending> pending_;
};

void deliver(std::shared_ptr<Pending> const& pending, Result<std::vector<Address>> answer)
{
    std::lock_guard lock(pending->mutex);
    if (pending->waiter == nullptr) return;
    pending->answer = std::move(answer);
    post_to(pending->executor, [pending] {
        std::lock_guard guard(pending->mutex);
        if (pending->waiter != nullptr) pending->waiter->notify();
    });
}

} // namespace

Resolver::Resolver(ResolverSettings settings)
    : Resolver(settings, ask_system, [] { return std::chrono::steady_clock::now(); })
{}

Resolver::Resolver(ResolverSettings settings, Lookup lookup, Clock clock)
    : settings_(settings),
      lookup_(std::move(lookup)),
      clock_(std::move(clock)),
      pool_(settings.threads, settings.max_waiting)
{}

Task<Result<std::vector<Address>>> Resolver::resolve(std::string host)
{
    boost::system::error_code not_literal;
    auto const literal = boost::asio::ip::make_address(host, not_literal);
    if (!not_literal) co_return std::vector<Address>(1, literal);
    if (auto known = cached(host)) co_return std::move(*known);

    auto executor = co_await boost::asio::this_coro::executor;
    Wakeup wakeup(executor);
    auto pending = std::make_shared<Pending>();
    pending->executor = executor;
    pending->waiter = &wakeup;
    Waiting const waiting(pending);
    auto job = [this, host, pending] { deliver(pending, look_up(host)); };
    if (!pool_.try_post(std::move(job))) co_return RuntimeErrc::overloaded;
    co_await wakeup.wait();
    co_return std::move(*pending->answer);
}

std::optional<std::vector<Address>> Resolver::cached(std::string const& host)
{
    std::lock_guard lock(mutex_);
    auto const place = cache_.find(host);
    if (place == cache_.end() || place->second.until <= clock_()) return std::nullopt;
    return place->second.addresses;
}

void Resolver::remember(std::string const& host, std::vector<Address> addresses)
{
    std::lock_guard lock(mutex_);
    auto const now = clock_();
    if (cache_.size() >= settings_.max_cached && !cache_.contains(host)) {
        std::erase_if(cache_, [now](auto const& item) { return item.second.until <= now; });
        // Still full: any victim will do, it costs one lookup.
        if (cache_.size() >= settings_.max_cached) cache_.erase(cache_.begin());
    }
    cache_[host] = Entry{std::move(addresses), now + settings_.keep};
}

Result<std::vector<Address>> Resolver::look_up(std::string const& host)
{
    // Another waiter of the same name may have got the answer meanwhile.
    if (auto known = cached(host)) return std::move(*known);
    auto found = lookup_(host);
    if (found) remember(host, *found);
    return found;
}

Resolver& system_resolver()
{
    // Never destroyed: a thread that is stuck in a lookup must not hold up the end of the process.
    static Resolver* const instance = new Resolver;
    return *instance;
}

} // namespace wagate::egress
