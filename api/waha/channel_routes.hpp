#pragma once
// Channels: lists, following, making, searching, reading (waha.md 4, Channels).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

class ChannelRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    ChannelRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
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
    http::UnknownFields unknown_;
};

} // namespace wagate::waha
