#pragma once
// Sending what is neither plain text nor a file: places, contacts, polls, lists, events, links, forwarded
// messages (waha.md 4, Chatting and Events).
#include "api/waha/sending.hpp"

namespace wagate::waha {

class SendingRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls. @param base_url see Identity
    SendingRoutes(gateway::Gateway& gateway, http::UnknownFields unknown, std::string base_url)
        : sending_(gateway, unknown, std::move(base_url))
    {}
    SendingRoutes(SendingRoutes const&) = delete;
    SendingRoutes& operator=(SendingRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> location(http::Call call);
    Task<http::Response> contacts(http::Call call);
    Task<http::Response> poll(http::Call call);
    Task<http::Response> poll_vote(http::Call call);
    Task<http::Response> list(http::Call call);
    Task<http::Response> button_reply(http::Call call);
    Task<http::Response> event(http::Call call);
    Task<http::Response> custom_preview(http::Call call);
    Task<http::Response> link(http::Call call);
    Task<http::Response> forward(http::Call call);

    Sending sending_;
};

} // namespace wagate::waha
