#pragma once
// Pairing with a passkey (waha.md 4, Pairing): the challenge out, the answer in, the comparison of codes.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

class PasskeyRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    PasskeyRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    PasskeyRoutes(PasskeyRoutes const&) = delete;
    PasskeyRoutes& operator=(PasskeyRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> challenge(http::Call call);
    Task<http::Response> answer(http::Call call);
    Task<http::Response> confirmation(http::Call call);
    Task<http::Response> confirm(http::Call call);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::waha
