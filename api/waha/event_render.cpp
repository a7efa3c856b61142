#include "api/waha/event_render.hpp"

#include "api/http/json.hpp"
#include "api/waha/message_json.hpp"
#include "api/waha/session_json.hpp"

#include <algorithm>

namespace wagate::waha {
namespace {

namespace json = boost::json;

constexpr std::string_view id_prefix = "evt_";
constexpr std::size_t ulid_time_characters = 10;
constexpr std::size_t statuses_shown = 3;

json::object status_payload(SessionStatusChanged const& change, WallTime time,
                            gateway::SessionInfo const& session)
{
    // The session may have moved on since the event was stored: its history ends with the event.
    std::vector<gateway::StatusChange> points;
    for (auto const& point : session.history) {
        if (point.time < time) points.push_back(point);
    }
    points.push_back({change.status, time});
    auto const first = points.size() > statuses_shown ? points.size() - statuses_shown : 0;
    json::array statuses;
    for (auto i = first; i < points.size(); ++i) {
        json::object point;
        point["status"] = status_name(points[i].status);
        point["timestamp"] = unix_milliseconds(points[i].time);
        statuses.push_back(std::move(point));
    }
    json::object out;
    out["name"] = session.key.name.value;
    out["status"] = status_name(change.status);
    out["statuses"] = std::move(statuses);
    out["data"] = nullptr;
    out["reason"] = reason_name(change.reason);
    out["detail"] = nullptr;
    if (!change.detail.empty()) out["detail"] = change.detail;
    return out;
}

class Renderer {
public:
    Renderer(storage::StoredEvent const& event, gateway::SessionInfo const& session, Identity const& identity)
        : event_(event), session_(session), identity_(identity)
    {}

    std::vector<RenderedEvent> operator()(SessionStatusChanged const& change) const
    {
        return {envelope("session.status", event_.id, status_payload(change, event_.event.time, session_))};
    }

    std::vector<RenderedEvent> operator()(MessageAppeared const& appeared) const
    {
        auto payload = message_json(appeared.message);
        if (appeared.message.kind == MessageKind::waiting)
            return {envelope("message.waiting", event_.id, std::move(payload))};
        std::vector<RenderedEvent> events;
        events.push_back(envelope("message.any", event_.id, payload));
        if (!appeared.message.from_me)
            events.push_back(envelope("message", second_event_id(event_.id), std::move(payload)));
        return events;
    }

    std::vector<RenderedEvent> operator()(MessageAcknowledged const& change) const
    {
        auto const* name = change.chat.is_group() ? "message.ack.group" : "message.ack";
        return {envelope(name, event_.id, ack_json(change, session_.me ? &*session_.me : nullptr))};
    }

private:
    RenderedEvent envelope(std::string_view name, std::string id, json::object payload) const
    {
        json::object metadata;
        for (auto const& [key, value] : session_.config.metadata)
            metadata[key] = value;
        json::object out;
        out["id"] = id;
        out["timestamp"] = unix_milliseconds(event_.event.time);
        out["event"] = name;
        out["session"] = event_.session.name.value;
        out["metadata"] = std::move(metadata);
        out["me"] = me_json(session_.me);
        out["payload"] = std::move(payload);
        out["engine"] = engine_name;
        out["environment"] = environment(identity_);
        RenderedEvent rendered;
        rendered.name = std::string(name);
        rendered.id = std::move(id);
        rendered.body = http::stable_json(out);
        return rendered;
    }

    storage::StoredEvent const& event_;
    gateway::SessionInfo const& session_;
    Identity const& identity_;
};

} // namespace

std::string second_event_id(std::string_view id)
{
    constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's base 32
    std::string second(id);
    auto const place = std::min(id_prefix.size() + ulid_time_characters, id.empty() ? 0 : id.size() - 1);
    if (id.empty()) return second;
    auto const digit = alphabet.find(second[place]);
    second[place] = digit == std::string_view::npos ? '0' : alphabet[digit ^ 16];
    return second;
}

std::vector<RenderedEvent> render_event(storage::StoredEvent const& event,
                                        gateway::SessionInfo const& session, Identity const& identity)
{
    return std::visit(Renderer(event, session, identity), event.event.body);
}

} // namespace wagate::waha
