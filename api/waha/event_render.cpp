#include "api/waha/event_render.hpp"

#include "api/http/json.hpp"
#include "api/waha/account_events_json.hpp"
#include "api/waha/group_events_json.hpp"
#include "api/waha/health_json.hpp"
#include "api/waha/message_events_json.hpp"
#include "api/waha/message_json.hpp"
#include "api/waha/session_json.hpp"
#include "api/waha/shown_lids.hpp"
#include "api/waha/updates_json.hpp"
#include "protocol/base/encoding.hpp"

#include <algorithm>
#include <array>

namespace wagate::waha {
namespace {

namespace json = boost::json;

constexpr std::string_view id_prefix = "evt_";
constexpr std::size_t ulid_time_characters = 10;

json::object status_payload(SessionStatusChanged const& change, WallTime time, SessionName const& name)
{
    std::vector<StatusPoint> points = change.recent;
    if (points.empty()) points.push_back({change.status, time}); // stored by an earlier version
    json::array statuses;
    for (auto const& point : points) {
        json::object shown_point;
        shown_point["status"] = status_name(point.status);
        shown_point["timestamp"] = unix_milliseconds(point.time);
        statuses.push_back(std::move(shown_point));
    }
    json::object out;
    out["name"] = name.value;
    out["status"] = status_name(change.status);
    out["statuses"] = std::move(statuses);
    out["data"] = nullptr;
    if (auto data = http::parse_json(change.data)) out["data"] = std::move(*data);
    out["reason"] = reason_name(change.reason);
    out["detail"] = nullptr;
    if (!change.detail.empty()) out["detail"] = change.detail;
    return out;
}

/// WAHA's deprecated words for what `session.status` says.
std::string_view connection_state(SessionStatus status) noexcept
{
    switch (status) {
    case SessionStatus::stopped: return "UNLAUNCHED";
    case SessionStatus::starting: return "OPENING";
    case SessionStatus::scan_qr_code:
    case SessionStatus::passkey_required:
    case SessionStatus::passkey_confirmation_required: return "PAIRING";
    case SessionStatus::working: return "CONNECTED";
    case SessionStatus::failed: return "UNPAIRED";
    }
    return "OPENING";
}

json::object health_payload(SessionHealthChanged const& change, SessionName const& name)
{
    auto out = connection_json(change.health);
    out["name"] = name.value;
    return out;
}

json::object webhook_payload(WebhookStateChanged const& change)
{
    json::object out;
    out["endpoint"] = change.endpoint;
    out["url"] = public_url(change.url);
    out["enabled"] = change.enabled;
    out["reason"] = change.reason;
    return out;
}

/// In the order of EventBody.
constexpr std::array engine_names{
    "SessionStatus", "Message",    "Receipt",       "MessageFailed", "SessionHealth", "WebhookState",
    "Reaction",      "Edit",       "Revoke",        "PollVote",      "EventResponse", "JoinedGroup",
    "LeftGroup",     "GroupInfo",  "GroupMembers",  "Presence",      "Archive",       "LabelEdit",
    "LabelAssigned", "Call",       "HistorySync",   "ChannelCounts", "Comment",       "IdentityChange",
    "GroupRequests", "ChatUpdate", "MessageUpdate", "ContactUpdate", "AccountUpdate",
};
static_assert(engine_names.size() == std::variant_size_v<EventBody>);

class Renderer {
public:
    Renderer(storage::StoredEvent const& event, gateway::SessionInfo const& session, Identity const& identity)
        : event_(event),
          session_(session),
          identity_(identity),
          place_(MediaLinks(identity.base_url, identity.signer).of(event.session))
    {}

    std::vector<RenderedEvent> operator()(SessionStatusChanged const& change) const
    {
        std::vector<RenderedEvent> events;
        events.push_back(envelope("session.status", event_.id,
                                  status_payload(change, event_.event.time, event_.session.name)));
        events.push_back(envelope("state.change", second_event_id(event_.id),
                                  json::value(connection_state(change.status))));
        return events;
    }

    std::vector<RenderedEvent> operator()(MessageAppeared const& appeared) const
    {
        auto payload = message_json(appeared.message, &place_);
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
        return {envelope(name, event_.id, ack_json(change, me()))};
    }

    std::vector<RenderedEvent> operator()(MessageFailed const& failed) const
    {
        return {envelope("message.failed", event_.id, failed_json(failed, me()))};
    }

    std::vector<RenderedEvent> operator()(SessionHealthChanged const& change) const
    {
        return {envelope("session.health", event_.id, health_payload(change, event_.session.name))};
    }

    std::vector<RenderedEvent> operator()(WebhookStateChanged const& change) const
    {
        return {envelope("webhook.state", event_.id, webhook_payload(change))};
    }

    std::vector<RenderedEvent> operator()(MessageReacted const& reacted) const
    {
        return {envelope("message.reaction", event_.id, reaction_json(reacted, me()))};
    }

    std::vector<RenderedEvent> operator()(MessageEdited const& edited) const
    {
        return {envelope("message.edited", event_.id, edited_json(edited, me(), &place_))};
    }

    std::vector<RenderedEvent> operator()(MessageRevoked const& revoked) const
    {
        return {envelope("message.revoked", event_.id, revoked_json(revoked, me(), &place_))};
    }

    std::vector<RenderedEvent> operator()(PollVoted const& voted) const
    {
        auto const* name = voted.failed ? "poll.vote.failed" : "poll.vote";
        return {envelope(name, event_.id, vote_json(voted, me()))};
    }

    std::vector<RenderedEvent> operator()(EventAnswered const& answered) const
    {
        auto const* name = answered.failed ? "event.response.failed" : "event.response";
        return {envelope(name, event_.id, answer_json(answered, me()))};
    }

    std::vector<RenderedEvent> operator()(GroupJoined const& joined) const
    {
        return both("group.v2.join", "group.join", joined_json(joined, event_.event.time));
    }

    std::vector<RenderedEvent> operator()(GroupLeft const& left) const
    {
        return both("group.v2.leave", "group.leave", left_json(left, event_.event.time));
    }

    std::vector<RenderedEvent> operator()(GroupUpdated const& updated) const
    {
        return {envelope("group.v2.update", event_.id, updated_json(updated, event_.event.time))};
    }

    std::vector<RenderedEvent> operator()(GroupParticipantsChanged const& change) const
    {
        // WAHA has no event for labels of members.
        auto const* name =
            change.change == ParticipantChange::label ? "group.member.label" : "group.v2.participants";
        return {envelope(name, event_.id, participants_json(change, event_.event.time))};
    }

    std::vector<RenderedEvent> operator()(PresenceChanged const& change) const
    {
        return {envelope("presence.update", event_.id, presence_json(change))};
    }

    std::vector<RenderedEvent> operator()(ChatArchived const& change) const
    {
        return {envelope("chat.archive", event_.id, archived_json(change, event_.event.time))};
    }

    std::vector<RenderedEvent> operator()(LabelChanged const& change) const
    {
        auto const* name = change.deleted ? "label.deleted" : "label.upsert";
        return {envelope(name, event_.id, label_json(change.label))};
    }

    std::vector<RenderedEvent> operator()(LabelAssigned const& change) const
    {
        if (change.message && change.message->empty()) return {}; // stands for an event that had to go
        if (change.message)
            return {
                envelope("message.updated", event_.id, label_update_json(change, event_.event.time, me()))};
        auto const* name = change.assigned ? "label.chat.added" : "label.chat.deleted";
        return {envelope(name, event_.id, label_assigned_json(change))};
    }

    std::vector<RenderedEvent> operator()(CallChanged const& change) const
    {
        return {envelope(call_event_name(change.state), event_.id, call_json(change))};
    }

    std::vector<RenderedEvent> operator()(HistoryProgressed const& progress) const
    {
        return {envelope("session.history", event_.id, history_json(progress, event_.session.name))};
    }

    std::vector<RenderedEvent> operator()(ChannelPostCounted const& counted) const
    {
        return {envelope("channel.message.counts", event_.id, counts_json(counted))};
    }

    std::vector<RenderedEvent> operator()(MessageCommented const& commented) const
    {
        return {envelope("message.comment", event_.id, commented_json(commented, me(), &place_))};
    }

    std::vector<RenderedEvent> operator()(IdentityChanged const& change) const
    {
        return {envelope("contact.identity.changed", event_.id, identity_json(change, event_.event.time))};
    }

    std::vector<RenderedEvent> operator()(GroupRequestsChanged const& change) const
    {
        return {envelope("group.request", event_.id, requests_json(change, event_.event.time))};
    }

    std::vector<RenderedEvent> operator()(ChatUpdated const& change) const
    {
        return {envelope("chat.updated", event_.id, chat_update_json(change, event_.event.time))};
    }

    std::vector<RenderedEvent> operator()(MessageUpdated const& change) const
    {
        return {envelope("message.updated", event_.id, message_update_json(change, event_.event.time, me()))};
    }

    std::vector<RenderedEvent> operator()(ContactUpdated const& change) const
    {
        return {envelope("contact.updated", event_.id, contact_update_json(change, event_.event.time))};
    }

    std::vector<RenderedEvent> operator()(AccountUpdated const& change) const
    {
        return {envelope("account.updated", event_.id, account_update_json(change, event_.event.time))};
    }

    /// @param first of the others, if there is any
    RenderedEvent engine_event(RenderedEvent const* first) const
    {
        json::value data = json::object();
        if (first)
            if (auto told = http::parse_json(first->body)) data = std::move(told->get_object()["payload"]);
        auto const& body = event_.event.body;
        if (auto const* assigned = std::get_if<LabelAssigned>(&body); assigned && assigned->message) {
            data = label_assigned_json(*assigned);
            data.get_object()["messageId"] = assigned->message->value;
        }
        if (auto const* appeared = std::get_if<MessageAppeared>(&body))
            data.get_object()["content"] = base64_encode(appeared->message.content);
        json::object payload;
        payload["event"] = engine_names[body.index()];
        payload["data"] = std::move(data);
        return envelope("engine.event", engine_event_id(event_.id), std::move(payload));
    }

private:
    /// The same payload under WAHA's present and its deprecated name.
    std::vector<RenderedEvent> both(std::string_view name, std::string_view deprecated,
                                    json::object payload) const
    {
        std::vector<RenderedEvent> events;
        events.push_back(envelope(name, event_.id, payload));
        events.push_back(envelope(deprecated, second_event_id(event_.id), std::move(payload)));
        return events;
    }

    OwnIdentity const* me() const noexcept { return event_.event.me ? &*event_.event.me : nullptr; }

    RenderedEvent envelope(std::string_view name, std::string id, json::value payload) const
    {
        if (session_.config.shown_ids == gateway::ShownIds::lid && payload.is_object())
            show_lids(payload.get_object());
        json::object metadata;
        for (auto const& [key, value] : session_.config.metadata)
            metadata[key] = value;
        json::object out;
        out["id"] = id;
        out["timestamp"] = unix_milliseconds(event_.event.time);
        out["event"] = name;
        out["session"] = event_.session.name.value;
        out["metadata"] = std::move(metadata);
        out["me"] = me_json(event_.event.me);
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
    MediaPlace place_;
};

/// The id with one of the random bits of a digit flipped.
std::string with_flipped(std::string_view id, std::size_t bit)
{
    constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's base 32
    std::string other(id);
    auto const place = std::min(id_prefix.size() + ulid_time_characters, id.empty() ? 0 : id.size() - 1);
    if (id.empty()) return other;
    auto const digit = alphabet.find(other[place]);
    other[place] = digit == std::string_view::npos ? '0' : alphabet[digit ^ bit];
    return other;
}

} // namespace

std::string second_event_id(std::string_view id)
{
    return with_flipped(id, 16);
}

std::string engine_event_id(std::string_view id)
{
    return with_flipped(id, 8);
}

std::vector<RenderedEvent> render_event(storage::StoredEvent const& event,
                                        gateway::SessionInfo const& session, Identity const& identity,
                                        gateway::Rendering rendering)
{
    // What stands where an event was whose content had to go is nobody's news.
    auto const* assigned = std::get_if<LabelAssigned>(&event.event.body);
    if (assigned && assigned->message && assigned->message->value.empty()) return {};
    Renderer const renderer(event, session, identity);
    auto rendered = std::visit(renderer, event.event.body);
    if (rendering == gateway::Rendering::with_engine_event)
        rendered.push_back(renderer.engine_event(rendered.empty() ? nullptr : &rendered.front()));
    return rendered;
}

} // namespace wagate::waha
