#pragma once
// /api/v1/{session}/channels: what WAHA's channels have not: changing them, administrators, views and live
// counts.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"
#include "gateway/media/media_files.hpp"

namespace wagate::v1 {

class ChannelRoutes {
public:
    /// All must outlive it; it must outlive the router's calls.
    ChannelRoutes(gateway::Gateway& gateway, gateway::MediaFiles& media, http::UnknownFields unknown) noexcept
        : gateway_(gateway), media_(media), unknown_(unknown)
    {}
    ChannelRoutes(ChannelRoutes const&) = delete;
    ChannelRoutes& operator=(ChannelRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> update(http::Call call);
    Task<http::Response> remove_picture(http::Call call);
    Task<http::Response> admins(http::Call call);
    Task<http::Response> demote(http::Call call);
    Task<http::Response> change_owner(http::Call call);
    Task<http::Response> watch(http::Call call);
    Task<http::Response> view(http::Call call);

    gateway::Gateway& gateway_;
    gateway::MediaFiles& media_;
    http::UnknownFields unknown_;
};

} // namespace wagate::v1
