#pragma once
// /api/{session}/auth: QR code and pairing code (waha.md 1 and 4, Pairing).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

class PairingRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    PairingRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    PairingRoutes(PairingRoutes const&) = delete;
    PairingRoutes& operator=(PairingRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> qr(http::Call call);
    Task<http::Response> request_code(http::Call call);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::waha
