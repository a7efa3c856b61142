#pragma once
// The gateway's rejections as the dialect's error answers (waha.md 1, "Error bodies").
#include "api/http/message.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

/// What the endpoint is about; it decides how an unknown session is told.
enum class Subject : std::uint8_t {
    session, ///< the session itself: 404 `Session not found`
    action,  ///< something done with it: 422 `Session "x" does not exist`
};

http::Response rejection_response(gateway::Rejection const& rejection, std::string_view session,
                                  Subject subject);

} // namespace wagate::waha
