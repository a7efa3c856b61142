// Stored form of the events about messages that were there: reactions, edits, deletions, votes, answers,
// comments.
#include "protocol/model/stored.hpp"
#include "protocol/proto/event_log.pb.h"

namespace wagate::stored {
namespace {

using StoredTarget = proto::StoredEvent::Target;

constexpr std::uint8_t last_response = 3; ///< of EventAnswered::response

void fill_target(StoredTarget& stored, MessageTarget const& target)
{
    stored.set_id(target.id.value);
    if (target.from_me) stored.set_from_me(true);
    if (target.participant) stored.set_participant(target.participant->to_string());
    if (target.participant_phone) stored.set_participant_phone(target.participant_phone->to_string());
}

/// Message and target, which all of them have.
template <class Stored, class Body>
Stored& with_parts(Stored& stored, Body const& body)
{
    fill(*stored.mutable_message(), body.message);
    fill_target(*stored.mutable_target(), body.target);
    return stored;
}

/// False when they cannot be read.
template <class Stored, class Body>
bool read_parts(Stored const& stored, Body& body)
{
    auto message = from_stored(stored.message());
    if (!message) return false;
    body.message = std::move(*message);
    auto const& target = stored.target();
    body.target.id = MessageId{target.id()};
    body.target.from_me = target.from_me();
    return read_jid(target.has_participant(), target.participant(), body.target.participant) &&
           read_jid(target.has_participant_phone(), target.participant_phone(),
                    body.target.participant_phone);
}

std::optional<EventBody> reacted(proto::StoredEvent::MessageReacted const& stored)
{
    MessageReacted body;
    if (!read_parts(stored, body)) return std::nullopt;
    body.text = stored.text();
    return body;
}

std::optional<EventBody> edited(proto::StoredEvent::MessageEdited const& stored)
{
    MessageEdited body;
    if (!read_parts(stored, body)) return std::nullopt;
    return body;
}

std::optional<EventBody> revoked(proto::StoredEvent::MessageRevoked const& stored)
{
    MessageRevoked body;
    if (!read_parts(stored, body)) return std::nullopt;
    if (stored.has_before()) {
        body.before = from_stored(stored.before());
        if (!body.before) return std::nullopt;
    }
    return body;
}

std::optional<EventBody> voted(proto::StoredEvent::PollVoted const& stored)
{
    PollVoted body;
    if (!read_parts(stored, body)) return std::nullopt;
    body.options.assign(stored.options().begin(), stored.options().end());
    body.failed = stored.failed();
    return body;
}

std::optional<EventBody> answered(proto::StoredEvent::EventAnswered const& stored)
{
    EventAnswered body;
    if (!read_parts(stored, body) ||
        !read_enum(stored.response(), std::uint8_t{0}, last_response, body.response))
        return std::nullopt;
    body.extra_guests = stored.extra_guests();
    body.failed = stored.failed();
    return body;
}

std::optional<EventBody> commented(proto::StoredEvent::MessageCommented const& stored)
{
    MessageCommented body;
    if (!read_parts(stored, body)) return std::nullopt;
    return body;
}

} // namespace

void fill_body(proto::StoredEvent& stored, MessageReacted const& reacted)
{
    with_parts(*stored.mutable_message_reacted(), reacted).set_text(reacted.text);
}

void fill_body(proto::StoredEvent& stored, MessageEdited const& edited)
{
    with_parts(*stored.mutable_message_edited(), edited);
}

void fill_body(proto::StoredEvent& stored, MessageRevoked const& revoked)
{
    auto& body = with_parts(*stored.mutable_message_revoked(), revoked);
    if (revoked.before) fill(*body.mutable_before(), *revoked.before);
}

void fill_body(proto::StoredEvent& stored, PollVoted const& voted)
{
    auto& body = with_parts(*stored.mutable_poll_voted(), voted);
    for (auto const& option : voted.options)
        body.add_options(option);
    if (voted.failed) body.set_failed(true);
}

void fill_body(proto::StoredEvent& stored, EventAnswered const& answered)
{
    auto& body = with_parts(*stored.mutable_event_answered(), answered);
    body.set_response(answered.response);
    body.set_extra_guests(answered.extra_guests);
    if (answered.failed) body.set_failed(true);
}

void fill_body(proto::StoredEvent& stored, MessageCommented const& commented)
{
    with_parts(*stored.mutable_message_commented(), commented);
}

std::optional<EventBody> read_alteration(proto::StoredEvent const& stored)
{
    if (stored.has_message_reacted()) return reacted(stored.message_reacted());
    if (stored.has_message_edited()) return edited(stored.message_edited());
    if (stored.has_message_revoked()) return revoked(stored.message_revoked());
    if (stored.has_poll_voted()) return voted(stored.poll_voted());
    if (stored.has_event_answered()) return answered(stored.event_answered());
    if (stored.has_message_commented()) return commented(stored.message_commented());
    return std::nullopt;
}

} // namespace wagate::stored
