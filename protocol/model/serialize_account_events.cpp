// Stored form of the events around an account: presence, calls, labels, archived chats, history,
// counts of channels.
#include "protocol/model/stored.hpp"
#include "protocol/proto/event_log.pb.h"

namespace wagate::stored {
namespace {

using Entry = proto::StoredEvent;

/// The chat under both of its addresses.
template <class Stored, class Body>
bool read_chat(Stored const& stored, Body& body)
{
    return read_jid(stored.chat(), body.chat) &&
           read_jid(stored.has_chat_phone(), stored.chat_phone(), body.chat_phone);
}

template <class Stored, class Body>
void fill_chat(Stored& stored, Body const& body)
{
    stored.set_chat(body.chat.to_string());
    if (body.chat_phone) stored.set_chat_phone(body.chat_phone->to_string());
}

void fill_label(Entry::Label& stored, Label const& label)
{
    stored.set_id(label.id);
    stored.set_name(label.name);
    stored.set_color(label.color);
}

Label read_label(Entry::Label const& stored)
{
    return Label{stored.id(), stored.name(), stored.color()};
}

std::optional<EventBody> presence(Entry::Presence const& stored)
{
    PresenceChanged body;
    if (!read_chat(stored, body) || !read_jid(stored.participant(), body.participant) ||
        !read_jid(stored.has_participant_phone(), stored.participant_phone(), body.participant_phone) ||
        !read_enum(stored.state(), PresenceState::offline, PresenceState::paused, body.state))
        return std::nullopt;
    if (stored.has_last_seen_ms()) body.last_seen = wall_from_milliseconds(stored.last_seen_ms());
    return body;
}

std::optional<EventBody> archived(Entry::ChatArchived const& stored)
{
    ChatArchived body;
    if (!read_chat(stored, body)) return std::nullopt;
    body.archived = stored.archived();
    return body;
}

std::optional<EventBody> assigned(Entry::LabelAssigned const& stored)
{
    LabelAssigned body;
    if (!read_chat(stored, body)) return std::nullopt;
    body.label_id = stored.label_id();
    if (stored.has_label()) body.label = read_label(stored.label());
    if (stored.has_message()) body.message = MessageId{stored.message()};
    body.assigned = stored.assigned();
    body.from_me = stored.from_me();
    if (!read_jid(stored.has_participant(), stored.participant(), body.participant) ||
        !read_jid(stored.has_participant_phone(), stored.participant_phone(), body.participant_phone))
        return std::nullopt;
    return body;
}

std::optional<EventBody> call(Entry::Call const& stored)
{
    CallChanged body;
    if (!read_enum(stored.state(), CallState::received, CallState::ended, body.state) ||
        !read_jid(stored.from(), body.from) ||
        !read_jid(stored.has_from_phone(), stored.from_phone(), body.from_phone) ||
        !read_jid(stored.has_group(), stored.group(), body.group))
        return std::nullopt;
    body.id = stored.id();
    body.is_video = stored.is_video();
    body.timestamp = wall_from_milliseconds(stored.timestamp_ms());
    body.reason = stored.reason();
    return body;
}

std::optional<EventBody> counted(Entry::ChannelPostCounts const& stored)
{
    ChannelPostCounted body;
    if (!read_jid(stored.chat(), body.chat)) return std::nullopt;
    body.server_id = stored.server_id();
    body.id = MessageId{stored.id()};
    if (stored.has_views()) body.views = stored.views();
    for (auto const& reaction : stored.reactions())
        body.reactions.emplace_back(reaction.emoji(), reaction.count());
    return body;
}

std::optional<EventBody> identity(Entry::IdentityChanged const& stored)
{
    IdentityChanged body;
    if (!read_chat(stored, body)) return std::nullopt;
    return body;
}

} // namespace

void fill_body(proto::StoredEvent& stored, PresenceChanged const& change)
{
    auto& body = *stored.mutable_presence();
    fill_chat(body, change);
    body.set_participant(change.participant.to_string());
    if (change.participant_phone) body.set_participant_phone(change.participant_phone->to_string());
    body.set_state(static_cast<std::uint32_t>(change.state));
    if (change.last_seen) body.set_last_seen_ms(unix_milliseconds(*change.last_seen));
}

void fill_body(proto::StoredEvent& stored, ChatArchived const& change)
{
    auto& body = *stored.mutable_chat_archived();
    fill_chat(body, change);
    body.set_archived(change.archived);
}

void fill_body(proto::StoredEvent& stored, LabelChanged const& change)
{
    auto& body = *stored.mutable_label_changed();
    fill_label(*body.mutable_label(), change.label);
    body.set_deleted(change.deleted);
}

void fill_body(proto::StoredEvent& stored, LabelAssigned const& change)
{
    auto& body = *stored.mutable_label_assigned();
    fill_chat(body, change);
    body.set_label_id(change.label_id);
    if (change.label) fill_label(*body.mutable_label(), *change.label);
    if (change.message) body.set_message(change.message->value);
    body.set_assigned(change.assigned);
    if (change.from_me) body.set_from_me(true);
    if (change.participant) body.set_participant(change.participant->to_string());
    if (change.participant_phone) body.set_participant_phone(change.participant_phone->to_string());
}

void fill_body(proto::StoredEvent& stored, CallChanged const& change)
{
    auto& body = *stored.mutable_call();
    body.set_id(change.id);
    body.set_state(static_cast<std::uint32_t>(change.state));
    body.set_from(change.from.to_string());
    if (change.from_phone) body.set_from_phone(change.from_phone->to_string());
    if (change.group) body.set_group(change.group->to_string());
    body.set_is_video(change.is_video);
    body.set_timestamp_ms(unix_milliseconds(change.timestamp));
    body.set_reason(change.reason);
}

void fill_body(proto::StoredEvent& stored, HistoryProgressed const& progress)
{
    auto& body = *stored.mutable_history_progress();
    body.set_type(progress.type);
    body.set_progress(progress.progress);
    body.set_chunk(progress.chunk);
    body.set_chats(progress.chats);
    body.set_messages(progress.messages);
    if (!progress.request.empty()) body.set_request(progress.request);
    if (progress.has_more) body.set_has_more(*progress.has_more);
    if (!progress.error.empty()) body.set_error(progress.error);
}

void fill_body(proto::StoredEvent& stored, ChannelPostCounted const& counted)
{
    auto& body = *stored.mutable_channel_post_counts();
    body.set_chat(counted.chat.to_string());
    body.set_server_id(counted.server_id);
    if (!counted.id.empty()) body.set_id(counted.id.value);
    if (counted.views) body.set_views(*counted.views);
    for (auto const& [emoji, count] : counted.reactions) {
        auto& reaction = *body.add_reactions();
        reaction.set_emoji(emoji);
        reaction.set_count(count);
    }
}

void fill_body(proto::StoredEvent& stored, IdentityChanged const& change)
{
    fill_chat(*stored.mutable_identity_changed(), change);
}

std::optional<EventBody> read_account_event(proto::StoredEvent const& stored)
{
    if (stored.has_presence()) return presence(stored.presence());
    if (stored.has_chat_archived()) return archived(stored.chat_archived());
    if (stored.has_label_changed())
        return LabelChanged{read_label(stored.label_changed().label()), stored.label_changed().deleted()};
    if (stored.has_label_assigned()) return assigned(stored.label_assigned());
    if (stored.has_call()) return call(stored.call());
    if (stored.has_channel_post_counts()) return counted(stored.channel_post_counts());
    if (stored.has_identity_changed()) return identity(stored.identity_changed());
    if (!stored.has_history_progress()) return std::nullopt;
    auto const& progress = stored.history_progress();
    HistoryProgressed read{progress.type(), progress.progress(), progress.chunk(), progress.chats(),
                           progress.messages()};
    read.request = progress.request();
    if (progress.has_has_more()) read.has_more = progress.has_more();
    read.error = progress.error();
    return read;
}

} // namespace wagate::stored
