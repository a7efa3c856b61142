#include "gateway/session/ignored_chats.hpp"

#include <algorithm>

namespace wagate::gateway {
namespace {

bool is_own_send(Message const& message) noexcept
{
    return message.from_me && message.origin == MessageOrigin::api;
}

bool is_kept(EventBody const& body)
{
    if (std::holds_alternative<CallChanged>(body) || std::holds_alternative<MessageFailed>(body)) return true;
    auto const* appeared = std::get_if<MessageAppeared>(&body);
    return appeared != nullptr && is_own_send(appeared->message);
}

} // namespace

IgnoreRules merged(IgnoreRules rules, IgnoreRules const& otherwise) noexcept
{
    auto const fill = [](std::optional<bool>& own, std::optional<bool> const& other) {
        if (!own) own = other;
    };
    fill(rules.status, otherwise.status);
    fill(rules.groups, otherwise.groups);
    fill(rules.channels, otherwise.channels);
    fill(rules.broadcast, otherwise.broadcast);
    fill(rules.dm, otherwise.dm);
    return rules;
}

bool ignores(IgnoreRules const& rules, Jid const& chat) noexcept
{
    if (chat.user.empty()) return false;
    if (chat.is_status()) return rules.status.value_or(false);
    if (chat.is_group()) return rules.groups.value_or(false);
    if (chat.is_newsletter()) return rules.channels.value_or(false);
    if (chat.is_broadcast()) return rules.broadcast.value_or(false);
    if (chat.is_user()) return rules.dm.value_or(false);
    return false;
}

void drop_ignored(UnitOfWork& work, IgnoreRules const& rules)
{
    if (rules == IgnoreRules{}) return;
    std::erase_if(work.messages, [&](Message const& message) {
        return !is_own_send(message) && ignores(rules, message.chat);
    });
    std::erase_if(work.events, [&](Event const& event) {
        if (is_kept(event.body)) return false;
        auto const chat = Jid::parse(ordering_key(event.body));
        return chat && ignores(rules, *chat);
    });
    std::erase_if(work.chats, [&](ChatChange const& change) {
        auto const is_here = [&](Message const& message) { return message.chat == change.jid; };
        return ignores(rules, change.jid) && !change.removed && !change.cleared &&
               std::none_of(work.messages.begin(), work.messages.end(), is_here);
    });
}

} // namespace wagate::gateway
