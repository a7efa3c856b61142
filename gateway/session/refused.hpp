#pragma once
// Rejections as this folder and the registry make them.
#include "gateway/gateway.hpp"

namespace wagate::gateway {

/// When a client may try again; nothing when that alone does not help.
inline std::optional<Milliseconds> pause_after(GatewayErrc code)
{
    switch (code) {
    case GatewayErrc::overloaded: return std::chrono::seconds{2};
    case GatewayErrc::shutting_down: return std::chrono::seconds{5};
    case GatewayErrc::storage_full: return std::chrono::seconds{10};
    default: return std::nullopt;
    }
}

inline Rejection refused(GatewayErrc code, std::string detail)
{
    Rejection rejection;
    rejection.code = code;
    rejection.retry_after = pause_after(code);
    rejection.detail = std::move(detail);
    return rejection;
}

inline Rejection refused(LimitHit const& hit)
{
    auto rejection = refused(GatewayErrc::limit_exceeded, {});
    rejection.limit = hit;
    rejection.retry_after = hit.retry_after;
    return rejection;
}

} // namespace wagate::gateway
