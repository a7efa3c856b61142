// Stored form of the events about a session itself.
#include "protocol/model/stored.hpp"
#include "protocol/proto/event_log.pb.h"

namespace wagate::stored {
namespace {

constexpr auto last_status = SessionStatus::passkey_confirmation_required;
constexpr auto last_reason = StatusReason::waiting_for_confirmation;

std::optional<EventBody> status(proto::StoredEvent::SessionStatus const& stored)
{
    SessionStatusChanged change;
    if (!read_enum(stored.status(), SessionStatus::stopped, last_status, change.status)) return std::nullopt;
    if (!read_enum(stored.reason(), StatusReason::none, last_reason, change.reason)) return std::nullopt;
    change.detail = stored.detail();
    change.data = stored.data();
    for (auto const& stored_point : stored.recent()) {
        auto& point = change.recent.emplace_back();
        point.time = wall_from_milliseconds(stored_point.time_ms());
        if (!read_enum(stored_point.status(), SessionStatus::stopped, last_status, point.status))
            return std::nullopt;
    }
    return change;
}

std::optional<EventBody> health(proto::StoredEvent::SessionHealth const& stored)
{
    SessionHealthChanged change;
    auto& state = change.health;
    state.healthy = stored.healthy();
    if (stored.has_last_stanza_ms()) state.last_stanza = wall_from_milliseconds(stored.last_stanza_ms());
    if (stored.has_last_pong_ms()) state.last_pong = wall_from_milliseconds(stored.last_pong_ms());
    if (stored.has_round_trip_ms()) state.round_trip = Milliseconds{stored.round_trip_ms()};
    state.offline_backlog = stored.offline_backlog();
    return change;
}

} // namespace

void fill_body(proto::StoredEvent& stored, SessionStatusChanged const& change)
{
    auto& body = *stored.mutable_session_status();
    body.set_status(static_cast<std::uint32_t>(change.status));
    body.set_reason(static_cast<std::uint32_t>(change.reason));
    body.set_detail(change.detail);
    if (!change.data.empty()) body.set_data(change.data);
    for (auto const& point : change.recent) {
        auto& stored_point = *body.add_recent();
        stored_point.set_status(static_cast<std::uint32_t>(point.status));
        stored_point.set_time_ms(unix_milliseconds(point.time));
    }
}

void fill_body(proto::StoredEvent& stored, SessionHealthChanged const& change)
{
    auto& body = *stored.mutable_session_health();
    auto const& health = change.health;
    body.set_healthy(health.healthy);
    if (health.last_stanza) body.set_last_stanza_ms(unix_milliseconds(*health.last_stanza));
    if (health.last_pong) body.set_last_pong_ms(unix_milliseconds(*health.last_pong));
    if (health.round_trip) body.set_round_trip_ms(health.round_trip->count());
    body.set_offline_backlog(health.offline_backlog);
}

void fill_body(proto::StoredEvent& stored, WebhookStateChanged const& change)
{
    auto& body = *stored.mutable_webhook_state();
    body.set_endpoint(change.endpoint);
    body.set_url(change.url);
    body.set_enabled(change.enabled);
    body.set_reason(change.reason);
}

std::optional<EventBody> read_session_event(proto::StoredEvent const& stored)
{
    if (stored.has_session_status()) return status(stored.session_status());
    if (stored.has_session_health()) return health(stored.session_health());
    if (!stored.has_webhook_state()) return std::nullopt;
    auto const& webhook = stored.webhook_state();
    return WebhookStateChanged{webhook.endpoint(), webhook.url(), webhook.enabled(), webhook.reason()};
}

} // namespace wagate::stored
