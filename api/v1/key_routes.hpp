#pragma once
// /api/v1/keys: a tenant's keys with all that they can do here; WAHA's view of the same keys is /api/keys.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"

namespace wagate::v1 {

class KeyRoutes {
public:
    /// The keys must outlive it; it must outlive the router's calls.
    KeyRoutes(http::KeyStore& keys, http::UnknownFields unknown) noexcept : keys_(keys), unknown_(unknown) {}
    KeyRoutes(KeyRoutes const&) = delete;
    KeyRoutes& operator=(KeyRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> list(http::Call call);
    Task<http::Response> create(http::Call call);
    Task<http::Response> show(http::Call call);
    Task<http::Response> change(http::Call call);
    Task<http::Response> erase(http::Call call);
    Task<http::Response> rotate(http::Call call);
    std::optional<http::KeyFacts> find(http::Call const& call) const;

    http::KeyStore& keys_;
    http::UnknownFields unknown_;
};

} // namespace wagate::v1
