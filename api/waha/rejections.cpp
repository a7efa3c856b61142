#include "api/waha/rejections.hpp"

#include "api/http/problem.hpp"

namespace wagate::waha {
namespace {

namespace json = boost::json;
using gateway::GatewayErrc;
using http::Response;

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

/// What the server's code means for the one who sent the message (protocol.md 7.4).
std::string_view server_reason(int code) noexcept
{
    switch (code) {
    case 404:
    case 406: return "recipient-unknown";
    case 463: return "reachout-timelock";
    case 475: return "new-chat-limit-reached";
    case 429: return "rate-limited";
    default: return "rejected-by-server";
    }
}

/// 422 with a machine-readable reason; `code` is WhatsApp's own, null when there is none.
Response refused(std::string_view reason, std::string const& text, int code, std::string_view session)
{
    json::object body;
    body["statusCode"] = 422;
    body["message"] = text;
    body["error"] = "Unprocessable Entity";
    body["reason"] = reason;
    body["code"] = nullptr;
    if (code != 0) body["code"] = code;
    body["session"] = session;
    return http::json_response(422, body);
}

} // namespace

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
        return refused("not-on-whatsapp", or_else(detail, "The recipient is not on WhatsApp"),
                       rejection.server_code, session);
    case GatewayErrc::rejected_by_server:
        return refused(server_reason(rejection.server_code), or_else(detail, "WhatsApp rejected the request"),
                       rejection.server_code, session);
    case GatewayErrc::code_refused:
        return refused("code-refused", or_else(detail, "WhatsApp refused to give a pairing code"),
                       rejection.server_code, session);
    case GatewayErrc::idempotency_key_reused:
        return refused("idempotency-key-reused",
                       or_else(detail, "The idempotency key was used for another request before"), 0,
                       session);
    case GatewayErrc::message_not_found: return http::problem(404, or_else(detail, "Message not found"));
    case GatewayErrc::timed_out:
        return http::problem(504, or_else(detail, "WhatsApp did not answer in time"));
    case GatewayErrc::overloaded:
        return http::try_again_later(429, or_else(detail, "Too many requests are waiting"), 1);
    case GatewayErrc::shutting_down: return http::try_again_later(503, "The server is shutting down", 5);
    case GatewayErrc::storage_failed: return http::try_again_later(503, "The storage failed", 30);
    }
    return http::problem(500, "Internal server error");
}

} // namespace wagate::waha
