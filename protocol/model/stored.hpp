#pragma once
// Between values and their stored form, inside protocol/model only. Reading is total over any bytes that are
// protobuf: what has no meaning here gives nothing.
#include "protocol/model/model.hpp"

namespace wagate::proto {
class SendFailure;
class StoredEvent;
class StoredMessage;
} // namespace wagate::proto

namespace wagate::stored {

// ---------------------------------------------------------------------------- parts

/// Each returns false when the text is no JID; an absent optional JID is fine.
bool read_jid(std::string const& text, Jid& out);
bool read_jid(bool present, std::string const& text, std::optional<Jid>& out);

/// Enumerations only grow, at their end: a greater number comes from a later version.
template <class Enum, class Number>
bool read_enum(Number number, Enum first, Enum last, Enum& out)
{
    auto const wide = static_cast<std::int64_t>(number);
    if (wide < static_cast<std::int64_t>(first) || wide > static_cast<std::int64_t>(last)) return false;
    out = static_cast<Enum>(number);
    return true;
}

void fill(proto::SendFailure& stored, SendFailure const& failure);
SendFailure from_stored(proto::SendFailure const& stored);
void fill(proto::StoredMessage& stored, Message const& message);
std::optional<Message> from_stored(proto::StoredMessage const& stored);

// ---------------------------------------------------------------------------- bodies of events

void fill_body(proto::StoredEvent& stored, SessionStatusChanged const& change);
void fill_body(proto::StoredEvent& stored, SessionHealthChanged const& change);
void fill_body(proto::StoredEvent& stored, WebhookStateChanged const& change);

void fill_body(proto::StoredEvent& stored, MessageAppeared const& appeared);
void fill_body(proto::StoredEvent& stored, MessageAcknowledged const& acknowledged);
void fill_body(proto::StoredEvent& stored, MessageFailed const& failed);
void fill_body(proto::StoredEvent& stored, MessageReacted const& reacted);
void fill_body(proto::StoredEvent& stored, MessageEdited const& edited);
void fill_body(proto::StoredEvent& stored, MessageRevoked const& revoked);
void fill_body(proto::StoredEvent& stored, PollVoted const& voted);
void fill_body(proto::StoredEvent& stored, EventAnswered const& answered);
void fill_body(proto::StoredEvent& stored, MessageCommented const& commented);

void fill_body(proto::StoredEvent& stored, GroupJoined const& joined);
void fill_body(proto::StoredEvent& stored, GroupLeft const& left);
void fill_body(proto::StoredEvent& stored, GroupUpdated const& updated);
void fill_body(proto::StoredEvent& stored, GroupParticipantsChanged const& change);
void fill_body(proto::StoredEvent& stored, GroupRequestsChanged const& change);

void fill_body(proto::StoredEvent& stored, PresenceChanged const& change);
void fill_body(proto::StoredEvent& stored, ChatArchived const& change);
void fill_body(proto::StoredEvent& stored, LabelChanged const& change);
void fill_body(proto::StoredEvent& stored, LabelAssigned const& change);
void fill_body(proto::StoredEvent& stored, CallChanged const& change);
void fill_body(proto::StoredEvent& stored, HistoryProgressed const& progress);
void fill_body(proto::StoredEvent& stored, ChannelPostCounted const& counted);
void fill_body(proto::StoredEvent& stored, IdentityChanged const& change);

void fill_body(proto::StoredEvent& stored, ChatUpdated const& change);
void fill_body(proto::StoredEvent& stored, MessageUpdated const& change);
void fill_body(proto::StoredEvent& stored, ContactUpdated const& change);
void fill_body(proto::StoredEvent& stored, AccountUpdated const& change);

/// Each gives nothing when the event has no body of its subject, or one that cannot be read.
std::optional<EventBody> read_session_event(proto::StoredEvent const& stored);
std::optional<EventBody> read_message_event(proto::StoredEvent const& stored);
std::optional<EventBody> read_alteration(proto::StoredEvent const& stored);
std::optional<EventBody> read_group_event(proto::StoredEvent const& stored);
std::optional<EventBody> read_account_event(proto::StoredEvent const& stored);
std::optional<EventBody> read_update(proto::StoredEvent const& stored);

} // namespace wagate::stored
