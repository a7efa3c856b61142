#pragma once
// What apps send and WAHA's dialect has no operation for: stickers, albums, a chat's disappearing timer.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "api/waha/media_url.hpp"
#include "gateway/media/media_files.hpp"

namespace wagate::v1 {

class ContentRoutes {
public:
    /// `gateway` and `media` must outlive it; it must outlive the router's calls.
    /// @param body_bytes of requests that carry files @param links to files
    ContentRoutes(gateway::Gateway& gateway, gateway::MediaFiles& media, http::UnknownFields unknown,
                  std::size_t body_bytes, waha::MediaLinks links)
        : gateway_(gateway),
          media_(media),
          unknown_(unknown),
          body_bytes_(body_bytes),
          links_(std::move(links))
    {}
    ContentRoutes(ContentRoutes const&) = delete;
    ContentRoutes& operator=(ContentRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> send_sticker(http::Call call);
    Task<http::Response> send_album(http::Call call);
    Task<http::Response> set_timer(http::Call call);

    gateway::Gateway& gateway_;
    gateway::MediaFiles& media_;
    http::UnknownFields unknown_;
    std::size_t body_bytes_;
    waha::MediaLinks links_;
};

} // namespace wagate::v1
