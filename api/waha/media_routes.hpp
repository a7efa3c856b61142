#pragma once
// Sending files (waha.md 4, Chatting).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/media/media_files.hpp"

namespace wagate::waha {

class MediaRoutes {
public:
    /// `media` must outlive it; it must outlive the router's calls.
    /// @param base_url of this server, for the links to files
    MediaRoutes(gateway::MediaFiles& media, http::UnknownFields unknown, std::size_t body_bytes,
                std::string base_url)
        : media_(media), unknown_(unknown), body_bytes_(body_bytes), base_url_(std::move(base_url))
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
    std::string base_url_;
};

} // namespace wagate::waha
