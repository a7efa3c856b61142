#pragma once
// Sending text and reading a chat's messages (waha.md 4, Chatting and Chats).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

class ChattingRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    ChattingRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    ChattingRoutes(ChattingRoutes const&) = delete;
    ChattingRoutes& operator=(ChattingRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> send_text(http::Call call);
    Task<http::Response> send_text_by_query(http::Call call);
    Task<http::Response> messages(http::Call call);
    Task<http::Response> send(unsigned status, SessionKey session, gateway::SendText request);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::waha
