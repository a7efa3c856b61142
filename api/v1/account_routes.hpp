#pragma once
// What the server says of the account and of people, and WAHA's dialect has no operation for: the time lock
// and the quota of new chats, and all that is shown of somebody.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::v1 {

class AccountRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    AccountRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    AccountRoutes(AccountRoutes const&) = delete;
    AccountRoutes& operator=(AccountRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> time_lock(http::Call call);
    Task<http::Response> new_chats(http::Call call);
    Task<http::Response> info(http::Call call);
    Task<http::Response> infos(http::Call call);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::v1
