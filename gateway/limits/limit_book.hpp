#pragma once
// What every tenant, session and key may use and has used. Rates are kept in memory. What counts for a day or
// for good is written once a second by whoever calls save(): a kill forgets the last second at most.
#include "gateway/limits/limits.hpp"
#include "gateway/limits/token_bucket.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>

namespace wagate::gateway {

struct LimitUsage {
    std::vector<LimitState> limits;
    std::uint64_t messages = 0; ///< sent so far; these four for good
    std::uint64_t new_chats = 0;
    std::uint64_t requests = 0;
    std::uint64_t requests_refused = 0; ///< by a limit
};

/// Thread-safe.
class LimitBook {
public:
    using Clock = std::function<Instant()>;
    /// Bytes of the files that a tenant has beside the database. May block.
    using FileBytes = std::function<std::uint64_t(TenantId const&)>;
    /// @param defaults of tenants that have no others. The store must outlive it.
    /// @param files asked at most once a minute for each tenant whose bytes are limited or asked for; null:
    ///   files are not counted
    LimitBook(storage::LimitStore& store, Limits defaults, Clock clock, FileBytes files = nullptr);
    ~LimitBook();

    /// What is stored. Blocks; once, before anything else.
    void load();
    /// Writes what was counted since the last time. Blocks.
    void save();
    /// Asks for the bytes of tenants that have a limit on them. Blocks, longer the more files they have.
    void look_at_all_storage();

    Limits const& defaults() const noexcept { return defaults_; }
    /// As they were set.
    Limits limits(LimitSubject const& subject) const;
    /// Blocks until durable; in force then.
    Result<void> set(LimitSubject const& subject, Limits const& limits);
    /// It is gone: a later one of the same name begins anew. Blocks.
    void forget(LimitSubject const& subject);

    // --- what is limited ----------------------------------------------------------------------------------
    /// A request whose answer is being made.
    class Place {
    public:
        Place() = default;
        explicit Place(std::shared_ptr<std::size_t> held) : held_(std::move(held)) {}

    private:
        std::shared_ptr<std::size_t> held_;
    };
    struct Request {
        TenantId const& tenant;
        std::string_view key;     ///< its id
        std::string_view session; ///< that it names, as far as is known
        std::size_t bytes = 0;    ///< of the body
    };
    /// Whether it would be refused; counts nothing.
    std::optional<LimitHit> look(Request const& request) const;
    /// Counts it, or says why not; then nothing but the refusal is counted.
    std::optional<LimitHit> take(Request const& request, Place& place);

    /// Whether there may be `more` beside the `used` ones. For sessions, endpoints.
    std::optional<LimitHit> over(TenantId const& tenant, Limit limit, std::uint64_t used,
                                 std::uint64_t more) const;

    /// @param key the id of the key that asks; empty: none
    std::optional<LimitHit> look_message(SessionKey const& session, bool is_new_chat,
                                         std::string_view key = {}) const;
    std::optional<LimitHit> take_message(SessionKey const& session, bool is_new_chat,
                                         std::string_view key = {});
    /// Whether somebody limits new chats: finding out whether one is new has its price.
    bool counts_new_chats(SessionKey const& session, std::string_view key = {}) const;

    /// @param counted what the caller knows of sessions and endpoints
    LimitUsage usage(LimitSubject const& subject, std::uint64_t sessions, std::uint64_t endpoints) const;
    /// Asks the store, and for the files. Blocks.
    void look_at_storage(TenantId const& tenant);

private:
    struct Use;
    struct Tenant;
    struct Charge;
    struct Sender;
    using TenantPtr = std::shared_ptr<Tenant>;

    TenantPtr find(TenantId const& tenant) const;
    TenantPtr at(TenantId const& tenant);
    std::vector<TenantPtr> everybody() const;
    std::optional<std::uint64_t> most(Use const& use, LimitScope scope, Limit limit) const;
    std::optional<LimitHit> check_request(Tenant const& tenant, Request const& request, Instant now) const;
    std::optional<LimitHit> check_message(Tenant const& tenant, Sender const& sender, bool is_new_chat,
                                          Instant now) const;
    void take_rate(Use& use, LimitScope scope, Limit limit, double amount, Instant now) const;

    storage::LimitStore& store_;
    Limits const defaults_;
    Clock const clock_;
    FileBytes const files_;
    mutable std::shared_mutex mutex_; ///< of the map; each tenant has its own
    std::map<std::string, TenantPtr, std::less<>> tenants_;
};

} // namespace wagate::gateway
