#include "api/v1/outbox_routes.hpp"

#include "api/http/json.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/chat_id.hpp"
#include "api/waha/message_json.hpp"
#include "api/waha/rejections.hpp"

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using gateway::SendState;
using http::Call;
using http::Response;

std::string_view state_name(SendState state) noexcept
{
    switch (state) {
    case SendState::queued: return "queued";
    case SendState::sending: return "sending";
    case SendState::sent: return "sent";
    case SendState::failed: return "failed";
    }
    return "queued";
}

json::object status_json(gateway::SendStatus const& status)
{
    auto message = waha::message_json(status.message);
    json::object out;
    out["id"] = message["id"];
    out["state"] = state_name(status.state);
    out["ack"] = message["ack"];
    out["ackName"] = message["ackName"];
    out["message"] = std::move(message);
    out["failure"] = nullptr;
    if (status.state == SendState::failed)
        out["failure"] = waha::failure_json(status.message.failure.value_or(SendFailure()));
    return out;
}

} // namespace

void OutboxRoutes::add_to(http::Router& router)
{
    router.add("GET", "/api/v1/{session}/outbox", http::Access::tenant,
               std::bind_front(&OutboxRoutes::list, this));
    router.add("GET", "/api/v1/{session}/outbox/{id}", http::Access::tenant,
               std::bind_front(&OutboxRoutes::show, this));
}

Task<Response> OutboxRoutes::list(Call call)
{
    auto const session = waha::session_of(call);
    auto asking = gateway_.waiting_sends(session);
    auto const waiting = co_await std::move(asking);
    if (!waiting)
        co_return waha::rejection_response(waiting.error(), session.name.value, waha::Subject::action);
    json::array out;
    for (auto const& send : *waiting) {
        Message message;
        message.chat = send.chat;
        message.chat_phone = send.chat_phone;
        message.id = send.id;
        message.from_me = true;
        json::object one;
        one["id"] = waha::message_json(message)["id"];
        one["chatId"] = waha::shown(send.chat_phone.value_or(send.chat));
        one["acceptedAt"] = unix_milliseconds(send.accepted);
        one["waitsFor"] = engine::wait_name(send.waits_for);
        one["until"] = nullptr;
        if (send.until) one["until"] = unix_milliseconds(*send.until);
        out.push_back(std::move(one));
    }
    co_return http::json_response(200, out);
}

Task<Response> OutboxRoutes::show(Call call)
{
    auto const session = waha::session_of(call);
    auto asking = gateway_.send_status(session, call.parameter("id"));
    auto const status = co_await std::move(asking);
    if (!status)
        co_return waha::rejection_response(status.error(), session.name.value, waha::Subject::action);
    co_return http::json_response(200, status_json(*status));
}

} // namespace wagate::v1
