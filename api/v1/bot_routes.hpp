#pragma once
// /api/v1/{session}/bots: WhatsApp's own bots.
#include "api/http/router.hpp"
#include "gateway/gateway.hpp"

namespace wagate::v1 {

class BotRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    explicit BotRoutes(gateway::Gateway& gateway) noexcept : gateway_(gateway) {}
    BotRoutes(BotRoutes const&) = delete;
    BotRoutes& operator=(BotRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> list(http::Call call);
    Task<http::Response> profiles(http::Call call);

    gateway::Gateway& gateway_;
};

} // namespace wagate::v1
