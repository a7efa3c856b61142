#pragma once
// The gateway's rejections as the dialect's error answers (waha.md 1, "Error bodies").
#include "api/http/message.hpp"
#include "gateway/gateway.hpp"

#include <boost/json/object.hpp>

namespace wagate::waha {

/// What the endpoint is about; it decides how an unknown session is told.
enum class Subject : std::uint8_t {
    session, ///< the session itself: 404 `Session not found`
    action,  ///< something done with it: 422 `Session "x" does not exist`
};

/// What WhatsApp's code for a refused send means, machine-readable.
std::string_view failure_reason(int code) noexcept;
/// `{"code":463,"reason":"reachout_timelock","unlockAt":…}`; `unlockAt` in milliseconds, null when unknown.
boost::json::object failure_json(SendFailure const& failure);

http::Response rejection_response(gateway::Rejection const& rejection, std::string_view session,
                                  Subject subject);
/// 201 without a body when the action is done.
http::Response done_or_rejected(gateway::Outcome<void> const& outcome, SessionKey const& session);
/// Of an action with a channel: the server's "no such channel" is the client's 404.
http::Response channel_rejection(gateway::Rejection const& rejection, std::string_view session);

/// What the storage could not do for no fault of the request: 429 when too many calls wait, 507 when the disk
/// is full, else 503.
http::Response storage_trouble(ErrorCode const& error);

} // namespace wagate::waha
