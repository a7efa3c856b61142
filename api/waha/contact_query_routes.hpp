#pragma once
// What WhatsApp is asked about people: are they there, what do they show, are they blocked (waha.md 4,
// Contacts).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

class ContactQueryRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    ContactQueryRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    ContactQueryRoutes(ContactQueryRoutes const&) = delete;
    ContactQueryRoutes& operator=(ContactQueryRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> check(http::Call call);
    Task<http::Response> about(http::Call call);
    Task<http::Response> contact_picture(http::Call call);
    Task<http::Response> chat_picture(http::Call call);
    Task<http::Response> group_picture(http::Call call);
    Task<http::Response> block(bool blocked, http::Call call);
    /// `{name: url or null}`
    Task<http::Response> picture(SessionKey session, Jid of, bool refresh, std::string name);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::waha
