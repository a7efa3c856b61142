#include "api/waha/event_names.hpp"

#include <algorithm>
#include <array>

namespace wagate::waha {
namespace {

constexpr std::array<std::string_view, 43> names{
    "session.status",
    "message",
    "message.reaction",
    "message.any",
    "message.ack",
    "message.ack.group",
    "message.waiting",
    "message.revoked",
    "message.edited",
    "state.change",
    "group.join",
    "group.leave",
    "group.v2.join",
    "group.v2.leave",
    "group.v2.update",
    "group.v2.participants",
    "presence.update",
    "poll.vote",
    "poll.vote.failed",
    "chat.archive",
    "call.received",
    "call.accepted",
    "call.rejected",
    "label.upsert",
    "label.deleted",
    "label.chat.added",
    "label.chat.deleted",
    "event.response",
    "event.response.failed",
    "engine.event",
    "message.failed",
    "session.health",
    "webhook.state",
    "session.history",
    "channel.message.counts",
    "message.comment",
    "contact.identity.changed",
    "group.request",
    "chat.updated",
    "message.updated",
    "contact.updated",
    "account.updated",
    "group.member.label",
};

} // namespace

bool is_event_name(std::string_view name) noexcept
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_subscription(std::string_view text) noexcept
{
    if (text == "*" || is_event_name(text)) return true;
    if (!text.ends_with(".*")) return false;
    auto const prefix = text.substr(0, text.size() - 1);
    return std::any_of(names.begin(), names.end(), [&](auto name) { return name.starts_with(prefix); });
}

} // namespace wagate::waha
