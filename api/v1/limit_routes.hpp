#pragma once
// What tenants, sessions and keys may use, and what they have used.
#include "api/http/keys.hpp"
#include "api/http/router.hpp"
#include "gateway/gateway.hpp"
#include "gateway/limits/limit_book.hpp"
#include "gateway/runtime/blocking_pool.hpp"

#include <variant>

namespace wagate::v1 {

class LimitRoutes {
public:
    /// All of them must outlive it; it must outlive the router's calls.
    LimitRoutes(gateway::LimitBook& limits, gateway::Gateway& gateway, http::KeyStore& keys,
                BlockingPool& pool) noexcept
        : limits_(limits), gateway_(gateway), keys_(keys), pool_(pool)
    {}
    LimitRoutes(LimitRoutes const&) = delete;
    LimitRoutes& operator=(LimitRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    using Subject = gateway::LimitSubject;
    /// Whom a path means, or that there is no such one.
    Task<std::variant<Subject, http::Response>> subject_of(http::Call const& call, gateway::LimitScope scope);
    template <gateway::LimitScope scope>
    Task<http::Response> show(http::Call call);
    template <gateway::LimitScope scope>
    Task<http::Response> change(http::Call call);
    template <gateway::LimitScope scope>
    Task<http::Response> usage(http::Call call);
    Task<http::Response> own_usage(http::Call call);
    Task<http::Response> tell_usage(Subject subject);

    gateway::LimitBook& limits_;
    gateway::Gateway& gateway_;
    http::KeyStore& keys_;
    BlockingPool& pool_;
};

} // namespace wagate::v1
