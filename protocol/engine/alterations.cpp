#include "protocol/engine/alterations.hpp"

#include "protocol/engine/changed_message.hpp"
#include "protocol/engine/draft.hpp"
#include "protocol/engine/group_records.hpp"
#include "protocol/engine/member_labels.hpp"
#include "protocol/proto/codec.hpp"
#include "protocol/proto/state.pb.h"

#include <algorithm>

namespace wagate::engine {

using message::BodyKind;
using message::MessageReference;
using message::TypedMessage;

namespace {

constexpr std::uint32_t option_added = 5; ///< SecretEdit::type
constexpr std::chrono::hours usual_pin_duration{24 * 7};

/// A reaction to a status post is sent to its author and names the chat of status posts.
Jid chat_of(Message const& carrier, MessageReference const& reference)
{
    return reference.chat && reference.chat->is_status() ? Jid::status_broadcast() : carrier.chat;
}

bool names_members(Jid const& chat)
{
    return chat.is_group() || chat.is_broadcast();
}

proto::EarlyChanges read_early(RecordSource const& records)
{
    proto::EarlyChanges early;
    auto const bytes = records.read(RecordKind::early_changes, "");
    if (!bytes || !proto::decode(early, *bytes)) early.Clear();
    return early;
}

void write_early(RecordOverlay& records, proto::EarlyChanges const& early)
{
    if (early.changes().empty())
        records.erase(RecordKind::early_changes, "");
    else
        records.write(RecordKind::early_changes, "", proto::encode(early));
}

/// Of changes whose message has come later: the message itself is told as it is now, and that a vote could
/// not be opened has been told.
bool is_news(EventBody const& event)
{
    if (auto const* vote = std::get_if<PollVoted>(&event)) return !vote->failed;
    if (auto const* answer = std::get_if<EventAnswered>(&event)) return !answer->failed;
    return std::holds_alternative<MessageReacted>(event) || std::holds_alternative<MessageCommented>(event);
}

} // namespace

/// One change with everything that is known about it.
namespace {

/// False for somebody who is known to be a member without rights. A group that is not known yet, or whose
/// members are out of date, gives the benefit of the doubt: the server refuses what only admins may do.
bool may_moderate(RecordSource const& records, Jid const& group, Addresses const& person)
{
    auto const known = find_group(records, group);
    if (!known || known->is_outdated) return true;
    for (auto const& member : known->group.members) {
        auto const is_person = [&](Jid const& jid) {
            return std::find(person.begin(), person.end(), jid.bare()) != person.end();
        };
        if (is_person(member.jid) || (member.phone && is_person(*member.phone)))
            return member.role != GroupRole::member;
    }
    return true;
}

} // namespace

struct Alterations::Change {
    Message const& carrier;
    MessageTarget target;
    Message const* before;  ///< nothing: the message is not here, or could not be opened yet
    bool by_author = false; ///< the message and its change are by the same person
    bool by_admin = false;  ///< the change is by somebody who is not known to be no admin of the group
    Addresses authors;      ///< of `before`
    Addresses senders;      ///< of the change

    SealedContext sealed() const { return {*before, authors, senders}; }
};

bool Alterations::concerns(message::MessageBody const& body)
{
    auto const kind = message::kind_of(body);
    if (kind == BodyKind::protocol_notice) return message::member_label_of(body).has_value();
    return !message::is_own_message(kind) && kind != BodyKind::nothing;
}

void Alterations::apply(UnitOfWork& work, RecordOverlay& step, Message const& carrier)
{
    auto const typed = message::parse_body(carrier.content);
    if (auto const* setting = std::get_if<message::EphemeralSetting>(&typed.body)) {
        if (!carrier.chat.is_user()) return; // groups have it from the server
        ChatChange change;
        change.jid = carrier.chat;
        change.expiration = setting->expiration;
        change.expiration_set = setting->time.value_or(carrier.timestamp);
        work.chats.push_back(std::move(change));
        return;
    }
    if (auto const label = message::member_label_of(typed.body)) {
        take_member_label(work, step, core_.now.wall, carrier, *label);
        return;
    }
    auto const* reference = message::target_of(typed.body);
    if (reference == nullptr || reference->id.empty()) return;
    auto const found = find(work, carrier, *reference);
    auto outcome = alter(step, carrier, typed, found ? &*found : nullptr);
    if (outcome.changed) work.messages.push_back(std::move(*outcome.changed));
    if (outcome.event) work.events.push_back(Event{core_.now.wall, std::move(*outcome.event)});
    if (outcome.waits) remember(step, carrier, reference->id);
}

std::vector<EventBody> Alterations::make_good(RecordOverlay& step, Message& message)
{
    std::vector<EventBody> told;
    auto early = read_early(step);
    if (early.changes().empty()) return told;
    proto::EarlyChanges left;
    for (auto const& entry : early.changes()) {
        auto const chat = Jid::parse(entry.chat());
        if (!chat || entry.target() != message.id.value ||
            (*chat != message.chat && chat != message.chat_phone)) {
            *left.add_changes() = entry;
            continue;
        }
        auto const carrier = core_.messages.find(*chat, MessageId{entry.carrier()});
        if (!carrier) continue;
        auto const typed = message::parse_body(carrier->content);
        auto outcome = alter(step, *carrier, typed, &message);
        if (outcome.changed) message = std::move(*outcome.changed);
        if (outcome.event && is_news(*outcome.event)) told.push_back(std::move(*outcome.event));
    }
    if (left.changes_size() != early.changes_size()) write_early(step, left);
    return told;
}

void Alterations::remember(RecordOverlay& step, Message const& carrier, MessageId const& target)
{
    auto early = read_early(step);
    auto& entry = *early.add_changes();
    entry.set_chat(carrier.chat.to_string());
    entry.set_target(target.value);
    entry.set_carrier(carrier.id.value);
    auto const surplus = early.changes_size() - static_cast<int>(max_early);
    if (surplus > 0) early.mutable_changes()->DeleteSubrange(0, surplus);
    write_early(step, early);
}

std::optional<Message> Alterations::find(UnitOfWork const& work, Message const& carrier,
                                         MessageReference const& reference) const
{
    auto const chat = chat_of(carrier, reference);
    std::vector<Jid> chats{chat};
    if (chat == carrier.chat && carrier.chat_phone) chats.push_back(*carrier.chat_phone);
    for (auto const& one : chats) {
        for (auto known = work.messages.rbegin(); known != work.messages.rend(); ++known)
            if (known->chat == one && known->id == reference.id) return *known;
        if (auto found = core_.messages.find(one, reference.id)) return found;
    }
    return std::nullopt;
}

MessageTarget Alterations::target_of(RecordSource const& step, Message const& carrier,
                                     MessageReference const& reference, Message const* target) const
{
    MessageTarget named;
    named.id = reference.id;
    auto const with_member = names_members(chat_of(carrier, reference));
    if (target != nullptr) {
        named.from_me = target->from_me;
        if (with_member) {
            named.participant = target->sender;
            named.participant_phone = target->sender_phone;
        }
        return named;
    }
    // As the sender of the change tells it, from that sender's point of view.
    if (!with_member) {
        named.from_me = reference.from_me == carrier.from_me;
        return named;
    }
    if (reference.from_me) {
        named.from_me = carrier.from_me;
        named.participant = carrier.sender;
        named.participant_phone = carrier.sender_phone;
    } else if (reference.participant) {
        auto const author = addresses_of(step, core_.account.me, *reference.participant, std::nullopt);
        auto const own = addresses_of(step, core_.account.me, core_.account.own_phone(), std::nullopt);
        auto const lid =
            std::find_if(author.begin(), author.end(), [](Jid const& jid) { return jid.is_lid(); });
        named.from_me = is_same_person(author, own);
        named.participant = lid != author.end() ? *lid : author.front();
        auto const phone =
            std::find_if(author.begin(), author.end(), [](Jid const& jid) { return jid.is_phone(); });
        if (named.participant->is_lid() && phone != author.end()) named.participant_phone = *phone;
    }
    return named;
}

Alterations::Outcome Alterations::alter(RecordSource const& step, Message const& carrier,
                                        TypedMessage const& typed, Message const* target) const
{
    auto const* reference = message::target_of(typed.body);
    if (reference == nullptr) return {};
    auto const* before = target != nullptr && target->kind != MessageKind::waiting ? target : nullptr;
    Change change{
        carrier, target_of(step, carrier, *reference, target), before, reference->from_me, false, {}, {}};
    change.senders = addresses_of(step, core_.account.me, carrier.sender, carrier.sender_phone);
    change.by_admin = carrier.chat.is_group() && may_moderate(step, carrier.chat, change.senders);
    if (target != nullptr) {
        change.authors = addresses_of(step, core_.account.me, target->sender, target->sender_phone);
        change.by_author =
            target->from_me == carrier.from_me && is_same_person(change.authors, change.senders);
    }
    return std::visit(
        [&](auto const& body) -> Outcome {
            using Body = std::decay_t<decltype(body)>;
            if constexpr (std::is_same_v<Body, message::Reaction> ||
                          std::is_same_v<Body, message::EncryptedReaction>)
                return react(change, body);
            else if constexpr (std::is_same_v<Body, message::Edit> ||
                               std::is_same_v<Body, message::SecretEdit>)
                return edit(change, body);
            else if constexpr (std::is_same_v<Body, message::Revoke>)
                return revoke(change, body);
            else if constexpr (std::is_same_v<Body, message::EncryptedComment> ||
                               std::is_same_v<Body, message::Comment>)
                return comment(change, body);
            else if constexpr (std::is_same_v<Body, message::PollVote>)
                return vote(change, body);
            else if constexpr (std::is_same_v<Body, message::EventResponse>)
                return answer(change, body);
            else if constexpr (std::is_same_v<Body, message::Pin>)
                return pin(change, body, typed.envelope.add_on_duration);
            else
                return {}; // kept messages change nothing that is stored here
        },
        typed.body);
}

Alterations::Outcome Alterations::react(Change const& change, message::Reaction const& reaction)
{
    return {std::nullopt, MessageReacted{change.carrier, change.target, reaction.text}, false};
}

Alterations::Outcome Alterations::react(Change const& change, message::EncryptedReaction const& reaction)
{
    if (change.before == nullptr) return {std::nullopt, std::nullopt, true};
    auto const opened = open_reaction(change.sealed(), reaction);
    return opened ? react(change, *opened) : Outcome{};
}

Alterations::Outcome Alterations::edit(Change const& change, message::Edit const& edit)
{
    if (!change.by_author || !edit.content) return {};
    return replace(change, *edit.content);
}

Alterations::Outcome Alterations::edit(Change const& change, message::SecretEdit const& edit)
{
    if (change.before == nullptr) return {std::nullopt, std::nullopt, true};
    auto const opened = open_edit(change.sealed(), edit);
    if (!opened) return {};
    if (edit.type == option_added) return {with_options(*change.before, *opened), std::nullopt, false};
    return change.by_author ? replace(change, *opened) : Outcome{};
}

/// Precondition: the change is by the author.
Alterations::Outcome Alterations::replace(Change const& change, TypedMessage const& content)
{
    MessageEdited told{change.carrier, change.target};
    told.message.quoted.reset();
    if (change.before == nullptr) {
        told.message.body = message::text_of(content.body);
        told.message.content = message::build_message(content);
        return {std::nullopt, std::move(told), true};
    }
    auto changed = edited(*change.before, content, change.carrier.timestamp);
    if (!changed) return {};
    told.message.body = changed->body;
    told.message.quoted = changed->quoted;
    told.message.content = changed->content;
    return {std::move(changed), std::move(told), false};
}

Alterations::Outcome Alterations::revoke(Change const& change, message::Revoke const& revoke)
{
    // Others' messages are deleted by admins of groups, and named with who wrote them.
    auto const by_admin = change.by_admin && !revoke.target.from_me;
    if (!change.by_author && !by_admin) return {};
    MessageRevoked told{change.carrier, change.target, std::nullopt};
    if (change.before == nullptr) return {std::nullopt, std::move(told), true};
    if (change.before->revoked || change.before->kind == MessageKind::control) return {};
    told.before = *change.before;
    return {revoked(*change.before), std::move(told), false};
}

/// Anybody in the chat may pin; where only admins may, the server refuses others.
Alterations::Outcome Alterations::pin(Change const& change, message::Pin const& pin,
                                      std::optional<message::Seconds> lasts)
{
    if (change.before == nullptr) return {std::nullopt, std::nullopt, true};
    if (change.before->kind == MessageKind::control || change.before->revoked) return {};
    auto changed = *change.before;
    changed.pinned_until.reset();
    if (pin.pinned) changed.pinned_until = change.carrier.timestamp + lasts.value_or(usual_pin_duration);
    if (changed.pinned_until == change.before->pinned_until) return {};
    MessageUpdated told{change.carrier.chat, change.carrier.chat_phone, change.target};
    told.change = pin.pinned ? MessageUpdate::pinned : MessageUpdate::unpinned;
    told.until = changed.pinned_until;
    told.by = change.carrier.sender.bare();
    told.by_phone = change.carrier.sender_phone;
    return {std::move(changed), std::move(told), false};
}

Alterations::Outcome Alterations::comment(Change const& change, message::EncryptedComment const& comment)
{
    if (change.before == nullptr) return {std::nullopt, std::nullopt, true};
    auto const opened = open_comment(change.sealed(), comment);
    return opened ? Alterations::comment(change, *opened) : Outcome{};
}

Alterations::Outcome Alterations::comment(Change const& change, message::Comment const& comment)
{
    if (!comment.content) return {};
    MessageCommented told{change.carrier, change.target};
    describe(told.message, message::build_message(*comment.content));
    return {std::nullopt, std::move(told), false};
}

Alterations::Outcome Alterations::vote(Change const& change, message::PollVote const& vote)
{
    auto const chosen = change.before != nullptr ? open_vote(change.sealed(), vote) : std::nullopt;
    return {std::nullopt,
            PollVoted{change.carrier, change.target, chosen.value_or(std::vector<std::string>{}), !chosen},
            change.before == nullptr};
}

Alterations::Outcome Alterations::answer(Change const& change, message::EventResponse const& response)
{
    auto const opened = change.before != nullptr ? open_answer(change.sealed(), response) : std::nullopt;
    EventAnswered told{change.carrier, change.target, 0, 0, !opened};
    if (opened) {
        told.response = static_cast<std::uint8_t>(opened->response);
        told.extra_guests = opened->extra_guests;
    }
    return {std::nullopt, std::move(told), change.before == nullptr};
}

} // namespace wagate::engine
