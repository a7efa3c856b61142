#pragma once
// How files fail, as the gateway's rejections. Internal to this folder.
#include "gateway/session/refused.hpp"

#include <cerrno>

namespace wagate::gateway {

/// @param code see media_gone
inline Rejection unavailable(std::string detail, int code = 0)
{
    auto rejection = refused(GatewayErrc::media_unavailable, std::move(detail));
    rejection.server_code = code;
    return rejection;
}

/// Of the file system, or of anything that writes to it.
inline Rejection not_stored(ErrorCode error)
{
    if (error == boost::system::errc::no_space_on_device)
        return refused(GatewayErrc::storage_full, "the disk is full: the file cannot be stored");
    return refused(GatewayErrc::storage_failed, "the file cannot be stored");
}

} // namespace wagate::gateway
