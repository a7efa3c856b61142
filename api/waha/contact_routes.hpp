#pragma once
// Contacts, and which LID belongs to which number, from the store (waha.md 4, Contacts).
#include "api/http/router.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

class ContactRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    explicit ContactRoutes(gateway::Gateway& gateway) noexcept : gateway_(gateway) {}
    ContactRoutes(ContactRoutes const&) = delete;
    ContactRoutes& operator=(ContactRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> all(http::Call call);
    Task<http::Response> by_query(http::Call call);
    Task<http::Response> by_path(http::Call call);
    Task<http::Response> one(SessionKey session, std::string id);
    Task<http::Response> lids(http::Call call);
    Task<http::Response> lid_count(http::Call call);
    Task<http::Response> phone_of_lid(http::Call call);
    Task<http::Response> lid_of_phone(http::Call call);
    Task<http::Response> pair(SessionKey session, Jid known);

    gateway::Gateway& gateway_;
};

} // namespace wagate::waha
