#pragma once
// Sending text and reading a chat's messages (waha.md 4, Chatting and Chats).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "api/waha/media_url.hpp"
#include "gateway/media/media_files.hpp"

namespace wagate::waha {

class ChattingRoutes {
public:
    /// `gateway` and `media` must outlive it; it must outlive the router's calls. @param links to files
    ChattingRoutes(gateway::Gateway& gateway, gateway::MediaFiles& media, http::UnknownFields unknown,
                   MediaLinks links)
        : gateway_(gateway), media_(media), unknown_(unknown), links_(std::move(links))
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
    enum class Preview { none, small, large };
    Task<http::Response> send(unsigned status, SessionKey session, gateway::SendText request,
                              Preview preview);

    MediaPlace place_of(SessionKey const& session) const { return links_.of(session); }

    gateway::Gateway& gateway_;
    gateway::MediaFiles& media_;
    http::UnknownFields unknown_;
    MediaLinks links_;
};

} // namespace wagate::waha
