#pragma once
// Sending what is neither plain text nor a file: places, contacts, polls, lists, events, links, forwarded
// messages (waha.md 4, Chatting and Events).
#include "api/waha/sending.hpp"
#include "gateway/media/media_files.hpp"

namespace wagate::waha {

class SendingRoutes {
public:
    /// `gateway` and `media` must outlive it; it must outlive the router's calls.
    /// @param body_bytes of requests that carry a picture @param links to files
    SendingRoutes(gateway::Gateway& gateway, gateway::MediaFiles& media, http::UnknownFields unknown,
                  std::size_t body_bytes, MediaLinks links)
        : sending_(gateway, unknown, std::move(links)), media_(media), body_bytes_(body_bytes)
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
    Task<http::Response> buttons(http::Call call);
    Task<http::Response> send_file(SendCall asked, gateway::MediaDraft draft);
    Task<http::Response> send_link(SendCall asked, gateway::LinkDraft draft);

    Sending sending_;
    gateway::MediaFiles& media_;
    std::size_t body_bytes_;
};

} // namespace wagate::waha
