#pragma once
// Text, places, people, polls, events, calls, and what is about another message. See mapping.hpp.
#include "protocol/message/kinds.hpp"
#include "protocol/message/map_media.hpp"

namespace wagate::message {

template <bool Reading>
void map_fields(Value<Reading, LinkPreview>& value,
                Proto<Reading, proto::Message::ExtendedTextMessage>& proto)
{
    WAGATE_MAP_ALWAYS(value.url, matched_text);
    WAGATE_MAP(value.title, title);
    WAGATE_MAP(value.description, description);
    WAGATE_MAP(value.thumbnail, jpeg_thumbnail);
    WAGATE_MAP(value.type, preview_type);
    map_remote_thumbnail<Reading>(value.remote_thumbnail, proto);
    map_remote_thumbnail_size<Reading>(value.remote_thumbnail, proto);
    WAGATE_MAP(value.remote_key, media_key);
    WAGATE_MAP_SECONDS(value.remote_key_time, media_key_timestamp);
}

template <bool Reading>
void map_fields(Value<Reading, Text>& value, Proto<Reading, proto::Message::ExtendedTextMessage>& proto)
{
    WAGATE_MAP_ALWAYS(value.text, text);
    if constexpr (Reading) {
        if (proto.has_matched_text() || proto.has_title()) map_fields<true>(value.preview.emplace(), proto);
    } else if (value.preview) {
        map_fields<false>(*value.preview, proto);
    }
    WAGATE_MAP(value.style.text_argb, text_argb);
    WAGATE_MAP(value.style.background_argb, background_argb);
    WAGATE_MAP(value.style.font, font);
}

// ---- places and people

template <bool Reading>
void map_fields(Value<Reading, Location>& value, Proto<Reading, proto::LocationMessage>& proto)
{
    WAGATE_MAP_ALWAYS(value.latitude, degrees_latitude);
    WAGATE_MAP_ALWAYS(value.longitude, degrees_longitude);
    WAGATE_MAP(value.name, name);
    WAGATE_MAP(value.address, address);
    WAGATE_MAP(value.url, url);
    WAGATE_MAP(value.was_live, is_live);
    WAGATE_MAP(value.accuracy_metres, accuracy_in_meters);
    WAGATE_MAP(value.speed_mps, speed_in_mps);
    WAGATE_MAP(value.heading_degrees, degrees_clockwise_from_magnetic_north);
    WAGATE_MAP(value.comment, comment);
    WAGATE_MAP(value.thumbnail, jpeg_thumbnail);
}

/// Precondition when writing: `value.live` is set.
template <bool Reading>
void map_fields(Value<Reading, Location>& value, Proto<Reading, proto::LiveLocationMessage>& proto)
{
    if constexpr (Reading) value.live.emplace();
    WAGATE_MAP_ALWAYS(value.latitude, degrees_latitude);
    WAGATE_MAP_ALWAYS(value.longitude, degrees_longitude);
    WAGATE_MAP(value.accuracy_metres, accuracy_in_meters);
    WAGATE_MAP(value.speed_mps, speed_in_mps);
    WAGATE_MAP(value.heading_degrees, degrees_clockwise_from_magnetic_north);
    WAGATE_MAP(value.live->caption, caption);
    WAGATE_MAP(value.live->sequence, sequence_number);
    WAGATE_MAP(value.live->time_offset, time_offset);
    WAGATE_MAP(value.thumbnail, jpeg_thumbnail);
}

template <bool Reading>
void map_fields(Value<Reading, ContactCard>& value, Proto<Reading, proto::ContactMessage>& proto)
{
    WAGATE_MAP(value.display_name, display_name);
    WAGATE_MAP(value.vcard, vcard);
}

template <bool Reading>
void map_fields(Value<Reading, Contacts>& value, Proto<Reading, proto::ContactsArrayMessage>& proto)
{
    WAGATE_MAP(value.display_name, display_name);
    WAGATE_MAP_LIST(value.cards, contacts);
}

/// Precondition when writing: there is a card.
template <bool Reading>
void map_fields(Value<Reading, Contacts>& value, Proto<Reading, proto::ContactMessage>& proto)
{
    if constexpr (Reading) value.cards.resize(1);
    map_fields<Reading>(value.cards.front(), proto);
}

template <bool Reading>
void map_fields(Value<Reading, GroupInvite>& value, Proto<Reading, proto::GroupInviteMessage>& proto)
{
    WAGATE_MAP(value.group, group_jid);
    WAGATE_MAP(value.code, invite_code);
    WAGATE_MAP_SECONDS(value.expires, invite_expiration);
    WAGATE_MAP(value.name, group_name);
    WAGATE_MAP(value.caption, caption);
    WAGATE_MAP(value.thumbnail, jpeg_thumbnail);
    if constexpr (Reading)
        value.is_community = proto.group_type() == 1;
    else if (value.is_community)
        proto.set_group_type(1);
}

template <bool Reading>
void map_fields(Value<Reading, ChannelInvite>& value,
                Proto<Reading, proto::NewsletterAdminInviteMessage>& proto)
{
    WAGATE_MAP(value.channel, newsletter_jid);
    WAGATE_MAP(value.name, newsletter_name);
    WAGATE_MAP(value.caption, caption);
    WAGATE_MAP(value.thumbnail, jpeg_thumbnail);
    WAGATE_MAP_SECONDS(value.expires, invite_expiration);
}

template <bool Reading>
void map_fields(Value<Reading, PhoneNumberRequest>&, Proto<Reading, proto::RequestPhoneNumberMessage>&)
{}

// ---- about another message

template <bool Reading>
void map_fields(Value<Reading, Reaction>& value, Proto<Reading, proto::ReactionMessage>& proto)
{
    // The key is not there inside an encrypted reaction.
    if constexpr (Reading) {
        if (proto.has_key()) map_fields<true>(value.target, proto.key());
    } else if (!value.target.id.empty()) {
        map_fields<false>(value.target, *proto.mutable_key());
    }
    WAGATE_MAP_ALWAYS(value.text, text);
    WAGATE_MAP(value.grouping_key, grouping_key);
    WAGATE_MAP_MILLISECONDS(value.time, sender_timestamp_ms);
}

/// EncryptedReaction, EncryptedComment and EventResponse.
template <bool Reading, class T>
void map_sealed_for(T& value, Proto<Reading, proto::SealedForMessage>& proto)
{
    WAGATE_MAP_PART(value.target, target_message_key);
    map_sealed<Reading>(value.sealed, proto);
}

template <bool Reading>
void map_fields(Value<Reading, EncryptedReaction>& value, Proto<Reading, proto::SealedForMessage>& proto)
{
    map_sealed_for<Reading>(value, proto);
}

template <bool Reading>
void map_fields(Value<Reading, EncryptedComment>& value, Proto<Reading, proto::SealedForMessage>& proto)
{
    map_sealed_for<Reading>(value, proto);
}

template <bool Reading>
void map_fields(Value<Reading, EventResponse>& value, Proto<Reading, proto::SealedForMessage>& proto)
{
    map_sealed_for<Reading>(value, proto);
}

template <bool Reading>
void map_fields(Value<Reading, SecretEdit>& value, Proto<Reading, proto::SecretEncryptedMessage>& proto)
{
    WAGATE_MAP_PART(value.target, target_message_key);
    map_sealed<Reading>(value.sealed, proto);
    WAGATE_MAP(value.type, secret_enc_type);
}

template <bool Reading>
void map_fields(Value<Reading, Pin>& value, Proto<Reading, proto::PinInChatMessage>& proto)
{
    WAGATE_MAP_PART(value.target, key);
    if constexpr (Reading)
        value.pinned = proto.type() != 2;
    else
        proto.set_type(value.pinned ? 1 : 2);
    WAGATE_MAP_MILLISECONDS(value.time, sender_timestamp_ms);
}

template <bool Reading>
void map_fields(Value<Reading, Keep>& value, Proto<Reading, proto::KeepInChatMessage>& proto)
{
    WAGATE_MAP_PART(value.target, key);
    if constexpr (Reading)
        value.kept = proto.keep_type() != 2;
    else
        proto.set_keep_type(value.kept ? 1 : 2);
    WAGATE_MAP_MILLISECONDS(value.time, timestamp_ms);
}

// ---- polls and events

template <bool Reading>
void map_fields(Value<Reading, std::string>& value, Proto<Reading, proto::PollCreationMessage::Option>& proto)
{
    WAGATE_MAP_ALWAYS(value, option_name);
}

template <bool Reading>
void map_fields(Value<Reading, Poll>& value, Proto<Reading, proto::PollCreationMessage>& proto)
{
    WAGATE_MAP_ALWAYS(value.name, name);
    WAGATE_MAP_LIST(value.options, options);
    WAGATE_MAP_ALWAYS(value.selectable, selectable_options_count);
    WAGATE_MAP(value.content_type, poll_content_type);
    if constexpr (Reading) {
        value.is_quiz = proto.poll_type() == 1;
        value.correct_answer = proto.correct_answer().option_name();
    } else {
        if (value.is_quiz) proto.set_poll_type(1);
        if (!value.correct_answer.empty())
            proto.mutable_correct_answer()->set_option_name(value.correct_answer);
    }
}

template <bool Reading>
void map_fields(Value<Reading, Sealed>& value, Proto<Reading, proto::PollUpdateMessage::PollEncValue>& proto)
{
    map_sealed<Reading>(value, proto);
}

template <bool Reading>
void map_fields(Value<Reading, PollVote>& value, Proto<Reading, proto::PollUpdateMessage>& proto)
{
    WAGATE_MAP_PART(value.target, poll_creation_message_key);
    WAGATE_MAP_PART(value.sealed, vote);
    WAGATE_MAP_MILLISECONDS(value.time, sender_timestamp_ms);
}

template <bool Reading>
void map_fields(Value<Reading, PollResult::Votes>& value,
                Proto<Reading, proto::PollResultSnapshotMessage::PollVotes>& proto)
{
    WAGATE_MAP_ALWAYS(value.option, option_name);
    WAGATE_MAP_ALWAYS(value.count, option_vote_count);
}

template <bool Reading>
void map_fields(Value<Reading, PollResult>& value, Proto<Reading, proto::PollResultSnapshotMessage>& proto)
{
    WAGATE_MAP_ALWAYS(value.name, name);
    WAGATE_MAP_LIST(value.votes, poll_votes);
}

template <bool Reading>
void map_fields(Value<Reading, CalendarEvent>& value, Proto<Reading, proto::EventMessage>& proto)
{
    WAGATE_MAP_ALWAYS(value.cancelled, is_canceled);
    WAGATE_MAP_ALWAYS(value.name, name);
    WAGATE_MAP(value.description, description);
    WAGATE_MAP_OPTIONAL(value.location, location);
    WAGATE_MAP(value.join_link, join_link);
    WAGATE_MAP_SECONDS(value.start, start_time);
    WAGATE_MAP_SECONDS(value.end, end_time);
    WAGATE_MAP(value.extra_guests_allowed, extra_guests_allowed);
    WAGATE_MAP(value.is_call, is_schedule_call);
    WAGATE_MAP(value.has_reminder, has_reminder);
    WAGATE_MAP(value.reminder_seconds, reminder_offset_sec);
}

// ---- calls

template <bool Reading>
void map_fields(Value<Reading, CallLog::Participant>& value,
                Proto<Reading, proto::CallLogMessage::CallParticipant>& proto)
{
    WAGATE_MAP(value.jid, jid);
    WAGATE_MAP_ALWAYS(value.outcome, call_outcome);
}

template <bool Reading>
void map_fields(Value<Reading, CallLog>& value, Proto<Reading, proto::CallLogMessage>& proto)
{
    WAGATE_MAP(value.video, is_video);
    WAGATE_MAP_ALWAYS(value.outcome, call_outcome);
    WAGATE_MAP(value.duration, duration_secs);
    WAGATE_MAP(value.type, call_type);
    WAGATE_MAP_LIST(value.participants, participants);
}

template <bool Reading>
void map_fields(Value<Reading, ScheduledCall>& value,
                Proto<Reading, proto::ScheduledCallCreationMessage>& proto)
{
    WAGATE_MAP_MILLISECONDS(value.time, scheduled_timestamp_ms);
    WAGATE_MAP(value.type, call_type);
    WAGATE_MAP(value.title, title);
}

template <bool Reading>
void map_fields(Value<Reading, Placeholder>& value, Proto<Reading, proto::PlaceholderMessage>& proto)
{
    WAGATE_MAP_ALWAYS(value.type, type);
}

} // namespace wagate::message
