#include "api/waha/rejections.hpp"

#include "api/http/problem.hpp"
#include "gateway/media/media_files.hpp"
#include "gateway/runtime/errors.hpp"
#include "storage/store_errc.hpp"

#include <algorithm>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using gateway::GatewayErrc;
using http::Response;

constexpr int channel_forbidden = 403;
constexpr int channel_not_found = 404;

std::string or_else(std::string const& detail, std::string_view otherwise)
{
    return detail.empty() ? std::string(otherwise) : detail;
}

Response unknown_session(std::string_view session, Subject subject)
{
    if (subject == Subject::session) return http::problem(404, "Session not found");
    json::object body;
    body["error"] = "Session \"" + std::string(session) + "\" does not exist";
    body["session"] = session;
    return http::json_response(422, body);
}

Response wrong_status(gateway::Rejection const& rejection, std::string_view session)
{
    json::array expected;
    for (auto status : rejection.expected)
        expected.emplace_back(status_name(status));
    json::object body;
    body["error"] = "Session status is not as expected. Try again later or restart the session";
    body["session"] = session;
    body["status"] = status_name(rejection.status);
    body["expected"] = std::move(expected);
    return http::json_response(422, body);
}

/// 422 with a machine-readable reason; `code` is WhatsApp's own, null when there is none.
json::object refusal(std::string_view reason, std::string const& text, int code, std::string_view session)
{
    json::object body;
    body["statusCode"] = 422;
    body["message"] = text;
    body["error"] = "Unprocessable Entity";
    body["reason"] = reason;
    body["code"] = nullptr;
    if (code != 0) body["code"] = code;
    body["session"] = session;
    return body;
}

Response refused(std::string_view reason, std::string const& text, int code, std::string_view session)
{
    return http::json_response(422, refusal(reason, text, code, session));
}

Response refused_by_server(gateway::Rejection const& rejection, std::string_view session)
{
    auto body =
        refusal(failure_reason(rejection.server_code),
                or_else(rejection.detail, "WhatsApp rejected the request"), rejection.server_code, session);
    if (rejection.unlock) body["unlockAt"] = unix_milliseconds(*rejection.unlock);
    return http::json_response(422, body);
}

/// In whole seconds, at least one.
unsigned seconds_to_wait(gateway::Rejection const& rejection, unsigned otherwise) noexcept
{
    if (!rejection.retry_after) return otherwise;
    auto const seconds = std::chrono::ceil<std::chrono::seconds>(*rejection.retry_after).count();
    return static_cast<unsigned>(std::clamp<std::int64_t>(seconds, 1, 86'400));
}

} // namespace

// protocol.md 7.4
std::string_view failure_reason(int code) noexcept
{
    switch (code) {
    case 401: return "logged_out";
    case 404:
    case 406: return "recipient_unknown";
    case 463: return "reachout_timelock";
    case 475: return "new_chat_limit_reached";
    case 429: return "rate_limited";
    default: return "rejected_by_server";
    }
}

json::object failure_json(SendFailure const& failure)
{
    json::object out;
    out["code"] = nullptr;
    if (failure.code != 0) out["code"] = failure.code;
    out["reason"] = failure_reason(failure.code);
    out["unlockAt"] = nullptr;
    if (failure.unlock) out["unlockAt"] = unix_milliseconds(*failure.unlock);
    return out;
}

Response rejection_response(gateway::Rejection const& rejection, std::string_view session, Subject subject)
{
    auto const& detail = rejection.detail;
    switch (rejection.code) {
    case GatewayErrc::session_exists:
        return http::problem(422,
                             "Session '" + std::string(session) + "' already exists. Use PUT to update it.");
    case GatewayErrc::session_not_found: return unknown_session(session, subject);
    case GatewayErrc::wrong_status: return wrong_status(rejection, session);
    case GatewayErrc::invalid_recipient:
        return http::invalid_request({or_else(detail, "chatId must be a phone number or a chat id")});
    case GatewayErrc::invalid_phone_number:
        return http::invalid_request(
            {or_else(detail, "phoneNumber must be a phone number in international format")});
    case GatewayErrc::not_on_whatsapp:
        return refused("not_on_whatsapp", or_else(detail, "The recipient is not on WhatsApp"),
                       rejection.server_code, session);
    case GatewayErrc::rejected_by_server: return refused_by_server(rejection, session);
    case GatewayErrc::code_refused:
        return refused("code_refused", or_else(detail, "WhatsApp refused to give a pairing code"),
                       rejection.server_code, session);
    case GatewayErrc::idempotency_key_reused:
        return refused("idempotency_key_reused",
                       or_else(detail, "The idempotency key was used for another request before"), 0,
                       session);
    case GatewayErrc::message_not_found: return http::problem(404, or_else(detail, "Message not found"));
    case GatewayErrc::timed_out:
        return http::problem(504, or_else(detail, "WhatsApp did not answer in time"));
    case GatewayErrc::overloaded:
        return http::try_again_later(429, or_else(detail, "Too many requests are waiting"),
                                     seconds_to_wait(rejection, 1));
    case GatewayErrc::shutting_down: return http::try_again_later(503, "The server is shutting down", 5);
    case GatewayErrc::storage_failed: return http::try_again_later(503, "The storage failed", 30);
    case GatewayErrc::storage_full:
        return http::try_again_later(507, or_else(detail, "The server's disk is full"),
                                     seconds_to_wait(rejection, 30));
    case GatewayErrc::invalid_cursor:
        return http::invalid_request(
            {or_else(detail, "since must be a cursor or the id of an event that this server gave out")});
    case GatewayErrc::endpoint_not_found:
        return http::problem(404, or_else(detail, "Webhook endpoint not found"));
    case GatewayErrc::not_possible:
        return refused("not_possible", or_else(detail, "This is not possible"), 0, session);
    case GatewayErrc::not_found: return http::problem(404, or_else(detail, "Not found"));
    case GatewayErrc::invalid_request: return http::invalid_request({or_else(detail, "Invalid request")});
    case GatewayErrc::limit_exceeded:
        return http::limit_exceeded(rejection.limit.value_or(gateway::LimitHit()));
    case GatewayErrc::media_unavailable:
        if (rejection.server_code == gateway::media_elsewhere)
            return http::try_again_later(503, detail, seconds_to_wait(rejection, 30));
        return refused("media_unavailable", or_else(detail, "The file could not be had"), 0, session);
    }
    return http::problem(500, "Internal server error");
}

Response done_or_rejected(gateway::Outcome<void> const& outcome, SessionKey const& session)
{
    if (!outcome) return rejection_response(outcome.error(), session.name.value, Subject::action);
    Response response;
    response.status = 201;
    return response;
}

Response channel_rejection(gateway::Rejection const& rejection, std::string_view session)
{
    if (rejection.code == gateway::GatewayErrc::rejected_by_server) {
        if (rejection.server_code == channel_not_found) return http::problem(404, "Channel not found");
        if (rejection.server_code == channel_forbidden)
            return http::problem(403, "Only an administrator of the channel may do this");
    }
    return rejection_response(rejection, session, Subject::action);
}

http::Response storage_trouble(ErrorCode const& error)
{
    if (error == RuntimeErrc::overloaded)
        return http::try_again_later(429, "Too many requests are waiting", 1);
    if (error == storage::StoreErrc::disk_full)
        return http::try_again_later(507, "The server's disk is full", 30);
    return http::try_again_later(503, "The storage failed", 30);
}

} // namespace wagate::waha
