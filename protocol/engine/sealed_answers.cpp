#include "protocol/engine/sealed_answers.hpp"

#include <algorithm>

namespace wagate::engine {
namespace {

void add(Addresses& addresses, Jid const& jid)
{
    if (jid.user.empty() || std::find(addresses.begin(), addresses.end(), jid.bare()) != addresses.end())
        return;
    addresses.push_back(jid.bare());
}

} // namespace

Addresses addresses_of(RecordSource const& records, std::optional<OwnIdentity> const& me, Jid const& person,
                       std::optional<Jid> const& other)
{
    Addresses addresses{person.bare()};
    if (other) add(addresses, *other);
    if (person.is_user()) {
        auto const kind = person.is_phone() ? RecordKind::lid_of_phone : RecordKind::phone_of_lid;
        if (auto const user = records.read(kind, person.user); user && !user->empty())
            add(addresses, person.is_phone() ? Jid::hidden(to_text(*user)) : Jid::phone(to_text(*user)));
    }
    if (me && is_same_person(addresses, {me->phone.bare(), me->lid.bare()})) {
        add(addresses, me->lid);
        add(addresses, me->phone);
    }
    return addresses;
}

bool is_same_person(Addresses const& one, Addresses const& other)
{
    return std::any_of(one.begin(), one.end(), [&](Jid const& jid) {
        return std::find(other.begin(), other.end(), jid) != other.end();
    });
}

std::optional<Bytes> open_with(SealedContext const& context, message::SecretUse use,
                               message::Sealed const& sealed)
{
    auto const secret = message::parse_body(context.holder.content).envelope.secret;
    if (!secret || secret->empty()) return std::nullopt;
    auto opened =
        message::open_any(use, *secret, context.holder.id, context.authors, context.senders, sealed);
    if (!opened) return std::nullopt;
    return std::move(*opened);
}

std::optional<std::vector<std::string>> open_vote(SealedContext const& context, message::PollVote const& vote)
{
    auto const typed = message::parse_body(context.holder.content);
    auto const* poll = std::get_if<message::Poll>(&typed.body);
    if (poll == nullptr) return std::nullopt;
    auto const choice = open_with(context, message::SecretUse::poll_vote, vote.sealed);
    if (!choice) return std::nullopt;
    return message::chosen_options(*choice, *poll);
}

std::optional<message::EventAnswer> open_answer(SealedContext const& context,
                                                message::EventResponse const& response)
{
    auto const plain = open_with(context, message::SecretUse::event_response, response.sealed);
    if (!plain) return std::nullopt;
    return message::read_event_answer(*plain);
}

std::optional<message::Reaction> open_reaction(SealedContext const& context,
                                               message::EncryptedReaction const& reaction)
{
    auto const plain = open_with(context, message::SecretUse::reaction, reaction.sealed);
    if (!plain) return std::nullopt;
    return message::read_hidden_reaction(*plain, reaction.target);
}

std::optional<message::Comment> open_comment(SealedContext const& context,
                                             message::EncryptedComment const& comment)
{
    auto const plain = open_with(context, message::SecretUse::comment, comment.sealed);
    if (!plain) return std::nullopt;
    auto typed = message::parse_body(*plain);
    if (auto* named = std::get_if<message::Comment>(&typed.body)) return std::move(*named);
    return message::Comment{comment.target, message::Boxed<message::TypedMessage>{std::move(typed)}};
}

std::optional<message::TypedMessage> open_edit(SealedContext const& context, message::SecretEdit const& edit)
{
    auto const use = message::use_of(edit);
    if (!use) return std::nullopt;
    auto const plain = open_with(context, *use, edit.sealed);
    if (!plain) return std::nullopt;
    return message::parse_body(*plain);
}

} // namespace wagate::engine
