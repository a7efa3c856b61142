#include "protocol/engine/account_settings.hpp"

#include "protocol/proto/app_state_records.pb.h"
#include "protocol/proto/codec.hpp"

#include <algorithm>

namespace wagate::engine {

using appstate::QuickReply;

namespace {

constexpr std::string_view whole; // the empty key

std::size_t bytes_of(QuickReply const& reply)
{
    auto bytes = reply.id.size() + reply.shortcut.size() + reply.message.size();
    for (auto const& keyword : reply.keywords)
        bytes += keyword.size();
    return bytes;
}

} // namespace

std::vector<QuickReply> stored_quick_replies(RecordSource const& records)
{
    auto const bytes = records.read(RecordKind::quick_reply, whole);
    proto::StoredQuickReplies stored;
    if (!bytes || !proto::decode(stored, *bytes)) return {};
    std::vector<QuickReply> replies;
    for (auto const& entry : stored.replies()) {
        QuickReply reply{entry.id(), entry.shortcut(), entry.message()};
        reply.keywords = {entry.keywords().begin(), entry.keywords().end()};
        reply.count = entry.count();
        replies.push_back(std::move(reply));
    }
    return replies;
}

std::optional<QuickReply> find_quick_reply(RecordSource const& records, std::string_view id)
{
    for (auto& reply : stored_quick_replies(records))
        if (reply.id == id) return std::move(reply);
    return std::nullopt;
}

void put_quick_reply(RecordOverlay& step, QuickReply const& reply)
{
    auto replies = stored_quick_replies(step);
    std::erase_if(replies, [&](QuickReply const& known) { return known.id == reply.id; });
    if (!reply.deleted && replies.size() < max_quick_replies && bytes_of(reply) <= max_quick_reply_bytes) {
        replies.push_back(reply);
        std::sort(replies.begin(), replies.end(),
                  [](auto const& one, auto const& other) { return one.id < other.id; });
    }
    proto::StoredQuickReplies stored;
    for (auto const& each : replies) {
        auto& entry = *stored.add_replies();
        entry.set_id(each.id);
        entry.set_shortcut(each.shortcut);
        entry.set_message(each.message);
        for (auto const& keyword : each.keywords)
            entry.add_keywords(keyword);
        entry.set_count(each.count);
    }
    step.write(RecordKind::quick_reply, whole, proto::encode(stored));
}

AccountSettings stored_account_settings(RecordSource const& records)
{
    AccountSettings settings;
    auto const bytes = records.read(RecordKind::account_settings, whole);
    proto::StoredAccountSettings stored;
    if (!bytes || !proto::decode(stored, *bytes)) return settings;
    if (stored.has_locale()) settings.locale = stored.locale();
    if (stored.has_twenty_four_hours()) settings.twenty_four_hours = stored.twenty_four_hours();
    if (stored.has_unarchive_chats()) settings.unarchive_chats = stored.unarchive_chats();
    if (stored.has_link_previews_disabled())
        settings.link_previews_disabled = stored.link_previews_disabled();
    for (auto const& name : stored.muted_statuses())
        if (auto const person = Jid::parse(name)) settings.muted_statuses.push_back(*person);
    return settings;
}

void put_account_settings(RecordOverlay& step, AccountSettings const& settings)
{
    proto::StoredAccountSettings stored;
    if (settings.locale) stored.set_locale(*settings.locale);
    if (settings.twenty_four_hours) stored.set_twenty_four_hours(*settings.twenty_four_hours);
    if (settings.unarchive_chats) stored.set_unarchive_chats(*settings.unarchive_chats);
    if (settings.link_previews_disabled) stored.set_link_previews_disabled(*settings.link_previews_disabled);
    for (auto const& person : settings.muted_statuses)
        if (static_cast<std::size_t>(stored.muted_statuses_size()) < max_muted_statuses)
            stored.add_muted_statuses(person.to_string());
    step.write(RecordKind::account_settings, whole, proto::encode(stored));
}

} // namespace wagate::engine
