#pragma once
// Sending text and reading a chat's messages (waha.md 4, Chatting and Chats).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "api/waha/media_url.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

class ChattingRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls. @param base_url see Identity
    ChattingRoutes(gateway::Gateway& gateway, http::UnknownFields unknown, std::string base_url)
        : gateway_(gateway), unknown_(unknown), base_url_(std::move(base_url))
    {}
    ChattingRoutes(ChattingRoutes const&) = delete;
    ChattingRoutes& operator=(ChattingRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> send_text(http::Call call);
    Task<http::Response> send_text_by_query(http::Call call);
    Task<http::Response> messages(http::Call call);
    Task<http::Response> messages_by_query(http::Call call);
    Task<http::Response> message(http::Call call);
    Task<http::Response> list(http::Call call, SessionKey session, std::string chat);
    Task<http::Response> send(unsigned status, SessionKey session, gateway::SendText request);

    MediaPlace place_of(SessionKey const& session) const { return {base_url_, session.name}; }

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
    std::string base_url_;
};

} // namespace wagate::waha
