#pragma once
// /api/v1/{session}: the own business profile, quick replies, and settings that all devices share.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/media/media_files.hpp"

namespace wagate::v1 {

class BusinessRoutes {
public:
    /// `gateway` and `media` must outlive it; it must outlive the router's calls.
    /// @param body_bytes of requests that carry files
    BusinessRoutes(gateway::Gateway& gateway, gateway::MediaFiles& media, http::UnknownFields unknown,
                   std::size_t body_bytes) noexcept
        : gateway_(gateway), media_(media), unknown_(unknown), body_bytes_(body_bytes)
    {}
    BusinessRoutes(BusinessRoutes const&) = delete;
    BusinessRoutes& operator=(BusinessRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> profile(http::Call call);
    Task<http::Response> change_profile(http::Call call);
    Task<http::Response> set_cover(http::Call call);
    Task<http::Response> remove_cover(http::Call call);
    Task<http::Response> replies(http::Call call);
    Task<http::Response> create_reply(http::Call call);
    Task<http::Response> edit_reply(http::Call call);
    Task<http::Response> remove_reply(http::Call call);
    Task<http::Response> settings(http::Call call);
    Task<http::Response> change_settings(http::Call call);
    Task<http::Response> mute_status(http::Call call);
    Task<http::Response> shown_profile(SessionKey session);
    Task<http::Response> shown_settings(SessionKey session);
    /// `{"success":true}` when it is done.
    Task<http::Response> changed(SessionKey session, gateway::Gateway::Question question,
                                 std::string_view what);

    gateway::Gateway& gateway_;
    gateway::MediaFiles& media_;
    http::UnknownFields unknown_;
    std::size_t body_bytes_;
};

} // namespace wagate::v1
