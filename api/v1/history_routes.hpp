#pragma once
// POST /api/v1/{session}/chats/{chatId}/history: older messages, asked from the phone.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::v1 {

class HistoryRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    HistoryRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    HistoryRoutes(HistoryRoutes const&) = delete;
    HistoryRoutes& operator=(HistoryRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> ask_older(http::Call call);
    /// The message named, or the oldest one of the chat that is known here.
    Task<gateway::Outcome<Message>> start_of(SessionKey session, std::string chat, std::string id);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::v1
