#pragma once
// Lists of chats, from the store (waha.md 4, Chats).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

class ChatRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    ChatRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    ChatRoutes(ChatRoutes const&) = delete;
    ChatRoutes& operator=(ChatRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> chats(http::Call call);
    Task<http::Response> overview(http::Call call);
    Task<http::Response> overview_by_body(http::Call call);
    Task<http::Response> list(unsigned status, SessionKey session, storage::ChatQuery query);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::waha
