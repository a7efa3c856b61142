#pragma once
// Sending files (waha.md 4, Chatting).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "api/waha/media_url.hpp"
#include "gateway/media/media_files.hpp"

namespace wagate::waha {

class MediaRoutes {
public:
    /// `media` must outlive it; it must outlive the router's calls.
    /// @param links to files
    MediaRoutes(gateway::MediaFiles& media, http::UnknownFields unknown, std::size_t body_bytes,
                MediaLinks links)
        : media_(media), unknown_(unknown), body_bytes_(body_bytes), links_(std::move(links))
    {}
    MediaRoutes(MediaRoutes const&) = delete;
    MediaRoutes& operator=(MediaRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> send_image(http::Call call);
    Task<http::Response> send_file(http::Call call);
    Task<http::Response> send_voice(http::Call call);
    Task<http::Response> send_video(http::Call call);
    Task<http::Response> send(http::Call call, message::MediaKind kind, http::Shape const& shape);

    gateway::MediaFiles& media_;
    http::UnknownFields unknown_;
    std::size_t body_bytes_;
    MediaLinks links_;
};

} // namespace wagate::waha
