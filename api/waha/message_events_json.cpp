#include "api/waha/message_events_json.hpp"

#include "api/waha/chat_id.hpp"
#include "api/waha/json_parts.hpp"
#include "api/waha/message_json.hpp"

#include <array>

namespace wagate::waha {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> responses{"UNKNOWN", "GOING", "NOT_GOING", "MAYBE"};

/// Sender of the target where the chat does not tell it.
std::optional<std::string> target_participant(Message const& about, MessageTarget const& target,
                                              OwnIdentity const* me)
{
    if (!has_participants(about.chat)) return std::nullopt;
    if (target.from_me) {
        if (me) return shown(me->phone);
        if (!target.participant) return std::nullopt;
    }
    if (!target.participant) return std::nullopt;
    if (target.participant->same_user(about.sender)) return shown(about.sender, about.sender_phone);
    return shown(*target.participant, target.participant_phone);
}

/// `_data` of an event about another message: that of the message that brought it, and whom it is about.
json::object data_with_target(Message const& about, MessageTarget const& target, OwnIdentity const* me)
{
    auto data = message_data(about);
    json::object out;
    out["id"] = target_id(about, target, me);
    out["participant"] = nullptr;
    if (target.participant) out["participant"] = addresses(*target.participant, target.participant_phone);
    data["target"] = std::move(out);
    return data;
}

/// `{id,to,from,fromMe,participant?}` (waha.md 2, poll.vote).
json::object destination(std::string id, std::string chat, bool from_me,
                         std::optional<std::string> participant)
{
    json::object out;
    out["id"] = std::move(id);
    out["to"] = from_me || participant ? chat : std::string("me");
    out["from"] = from_me ? std::string("me") : participant.value_or(chat);
    out["fromMe"] = from_me;
    if (participant) out["participant"] = *participant;
    return out;
}

json::object target_destination(Message const& about, MessageTarget const& target, OwnIdentity const* me)
{
    return destination(target_id(about, target, me), shown(about.chat, about.chat_phone), target.from_me,
                       target_participant(about, target, me));
}

} // namespace

std::string target_id(Message const& about, MessageTarget const& target, OwnIdentity const* me)
{
    return message_id(target.from_me, shown(about.chat, about.chat_phone), target.id,
                      target_participant(about, target, me));
}

json::object reaction_json(MessageReacted const& reacted, OwnIdentity const* me)
{
    auto out = message_head(reacted.message);
    json::object reaction;
    reaction["text"] = reacted.text;
    reaction["messageId"] = target_id(reacted.message, reacted.target, me);
    out["reaction"] = std::move(reaction);
    out["_data"] = data_with_target(reacted.message, reacted.target, me);
    return out;
}

json::object edited_json(MessageEdited const& edited, OwnIdentity const* me, MediaPlace const* place)
{
    auto out = message_json(edited.message, place);
    out["editedMessageId"] = edited.target.id.value;
    out["_data"].as_object()["target"] = data_with_target(edited.message, edited.target, me)["target"];
    return out;
}

json::object commented_json(MessageCommented const& commented, OwnIdentity const* me, MediaPlace const* place)
{
    auto out = message_json(commented.message, place);
    out["commentedMessageId"] = target_id(commented.message, commented.target, me);
    out["_data"].as_object()["target"] = data_with_target(commented.message, commented.target, me)["target"];
    return out;
}

json::object revoked_json(MessageRevoked const& revoked, OwnIdentity const* me, MediaPlace const* place)
{
    json::object out;
    out["revokedMessageId"] = revoked.target.id.value;
    out["after"] = message_json(revoked.message, place);
    out["before"] = nullptr;
    if (revoked.before) out["before"] = message_json(*revoked.before, place);
    out["_data"] = data_with_target(revoked.message, revoked.target, me);
    return out;
}

json::object vote_json(PollVoted const& voted, OwnIdentity const* me)
{
    auto const& message = voted.message;
    auto const head = message_head(message);
    std::optional<std::string> participant;
    if (has_participants(message.chat)) participant = shown(message.sender, message.sender_phone);
    auto vote = destination(std::string(head.at("id").as_string()), shown(message.chat, message.chat_phone),
                            message.from_me, std::move(participant));
    json::array options;
    for (auto const& option : voted.options)
        options.emplace_back(option);
    vote["selectedOptions"] = std::move(options);
    vote["timestamp"] = unix_seconds(message.timestamp);

    json::object out;
    out["vote"] = std::move(vote);
    out["poll"] = target_destination(message, voted.target, me);
    out["_data"] = data_with_target(message, voted.target, me);
    return out;
}

json::object answer_json(EventAnswered const& answered, OwnIdentity const* me)
{
    auto out = message_head(answered.message);
    out["eventCreationKey"] = target_destination(answered.message, answered.target, me);
    out["eventResponse"] = nullptr;
    if (!answered.failed) {
        json::object response;
        response["response"] = responses[answered.response < responses.size() ? answered.response : 0];
        response["timestampMs"] = unix_milliseconds(answered.message.timestamp);
        response["extraGuestCount"] = answered.extra_guests;
        out["eventResponse"] = std::move(response);
    }
    out["_data"] = data_with_target(answered.message, answered.target, me);
    return out;
}

} // namespace wagate::waha
