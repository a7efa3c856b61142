#pragma once
// Labels of business accounts (waha.md 4, Labels).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

class LabelRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    LabelRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    LabelRoutes(LabelRoutes const&) = delete;
    LabelRoutes& operator=(LabelRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> list(http::Call call);
    Task<http::Response> create(http::Call call);
    Task<http::Response> update(http::Call call);
    Task<http::Response> remove(http::Call call);
    Task<http::Response> of_chat(http::Call call);
    Task<http::Response> set_of_chat(http::Call call);
    Task<http::Response> chats(http::Call call);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::waha
