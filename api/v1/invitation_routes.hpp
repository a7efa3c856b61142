#pragma once
// /api/v1/{session}/groups/{id}/invitations: invitations of one person by a message, unlike links, which hold
// for everybody. WhatsApp gives their codes for people who do not let themselves be added.
#include "api/http/router.hpp"
#include "api/waha/sending.hpp"

namespace wagate::v1 {

class InvitationRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls. @param links to files
    InvitationRoutes(gateway::Gateway& gateway, http::UnknownFields unknown, waha::MediaLinks links)
        : gateway_(gateway), unknown_(unknown), sending_(gateway, unknown, std::move(links))
    {}
    InvitationRoutes(InvitationRoutes const&) = delete;
    InvitationRoutes& operator=(InvitationRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> send(http::Call call);
    Task<http::Response> info(http::Call call);
    Task<http::Response> accept(http::Call call);
    Task<http::Response> revoke(http::Call call);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
    waha::Sending sending_;
};

} // namespace wagate::v1
