#pragma once
// Channels: lists, following, making, searching, reading (waha.md 4, Channels).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "api/waha/media_url.hpp"
#include "gateway/gateway.hpp"
#include "gateway/media/media_files.hpp"

namespace wagate::waha {

class ChannelRoutes {
public:
    /// `gateway` and `media` must outlive it; it must outlive the router's calls. @param links to files
    ChannelRoutes(gateway::Gateway& gateway, gateway::MediaFiles& media, http::UnknownFields unknown,
                  MediaLinks links, std::size_t body_bytes)
        : gateway_(gateway),
          media_(media),
          unknown_(unknown),
          links_(std::move(links)),
          body_bytes_(body_bytes)
    {}
    ChannelRoutes(ChannelRoutes const&) = delete;
    ChannelRoutes& operator=(ChannelRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    enum class Change { remove, follow, unfollow, mute, unmute };

    Task<http::Response> list(http::Call call);
    Task<http::Response> create(http::Call call);
    Task<http::Response> show(http::Call call);
    Task<http::Response> preview(http::Call call);
    Task<http::Response> change(Change what, http::Call call);
    Task<http::Response> search_by_text(http::Call call);
    Task<http::Response> search_by_view(http::Call call);

    gateway::Gateway& gateway_;
    gateway::MediaFiles& media_;
    http::UnknownFields unknown_;
    MediaLinks links_;
    std::size_t body_bytes_;
};

} // namespace wagate::waha
