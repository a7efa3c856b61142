#pragma once
// Rejections as the commands of a session make them.
#include "gateway/gateway.hpp"

namespace wagate::gateway {

inline Rejection refused(GatewayErrc code, std::string detail)
{
    Rejection rejection;
    rejection.code = code;
    rejection.detail = std::move(detail);
    return rejection;
}

} // namespace wagate::gateway
