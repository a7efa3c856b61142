#pragma once
// What is done with messages that are there: reactions, edits, deletions, pins, marks of having read (waha.md
// 4, Chatting and Chats).
#include "api/waha/seen.hpp"
#include "api/waha/sending.hpp"

namespace wagate::waha {

class MessageRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls. @param links to files
    MessageRoutes(gateway::Gateway& gateway, http::UnknownFields unknown, MediaLinks links)
        : sending_(gateway, unknown, std::move(links))
    {}
    MessageRoutes(MessageRoutes const&) = delete;
    MessageRoutes& operator=(MessageRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> react(http::Call call);
    Task<http::Response> edit(http::Call call);
    Task<http::Response> comment(http::Call call);
    Task<http::Response> revoke(http::Call call);
    Task<http::Response> pin(http::Call call);
    Task<http::Response> unpin(http::Call call);
    Task<http::Response> seen(http::Call call);
    Task<http::Response> read(http::Call call);
    Task<http::Response> mark(SessionKey session, SeenRequest request);
    Task<http::Response> new_id(http::Call call);

    using Composer = std::function<engine::Compose(AboutMessage)>;
    /// About the message that the path names, in the chat that the path names.
    Task<http::Response> send_about(http::Call call, SendCall asked, Composer composer, unsigned status);

    Sending sending_;
};

} // namespace wagate::waha
