// Stored form of the events that tell what has changed of chats, messages, people and the account.
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

std::optional<WallTime> time_of(bool present, std::int64_t milliseconds)
{
    return present ? std::optional{wall_from_milliseconds(milliseconds)} : std::nullopt;
}

std::optional<EventBody> chat(Entry::ChatUpdated const& stored)
{
    ChatUpdated body;
    if (!read_chat(stored, body) ||
        !read_enum(stored.change(), ChatUpdate::pinned, ChatUpdate::unfollowed, body.change))
        return std::nullopt;
    body.until = time_of(stored.has_until_ms(), stored.until_ms());
    return body;
}

std::optional<EventBody> message(Entry::MessageUpdated const& stored)
{
    MessageUpdated body;
    auto const& target = stored.target();
    if (!read_chat(stored, body) ||
        !read_enum(stored.change(), MessageUpdate::starred, MessageUpdate::unpinned, body.change) ||
        !read_jid(target.has_participant(), target.participant(), body.target.participant) ||
        !read_jid(target.has_participant_phone(), target.participant_phone(),
                  body.target.participant_phone) ||
        !read_jid(stored.has_by(), stored.by(), body.by) ||
        !read_jid(stored.has_by_phone(), stored.by_phone(), body.by_phone))
        return std::nullopt;
    body.target.id = MessageId{target.id()};
    body.target.from_me = target.from_me();
    body.until = time_of(stored.has_until_ms(), stored.until_ms());
    return body;
}

std::optional<EventBody> contact(Entry::ContactUpdated const& stored)
{
    ContactUpdated body;
    if (!read_chat(stored, body) ||
        !read_enum(stored.change(), ContactUpdate::saved, ContactUpdate::unblocked, body.change))
        return std::nullopt;
    body.full_name = stored.full_name();
    body.first_name = stored.first_name();
    body.picture = stored.picture();
    body.about = stored.about();
    return body;
}

AccountUpdated account(Entry::AccountUpdated const& stored)
{
    AccountUpdated body;
    for (auto const& setting : stored.privacy())
        body.privacy.emplace_back(setting.name(), setting.value());
    if (stored.has_time_lock()) {
        auto const& lock = stored.time_lock();
        body.time_lock = TimeLock{lock.active(), time_of(lock.has_until_ms(), lock.until_ms()), lock.type()};
    }
    if (stored.has_quota()) {
        auto const& quota = stored.quota();
        auto& out = body.quota.emplace();
        if (quota.has_total()) out.total = quota.total();
        if (quota.has_used()) out.used = quota.used();
        out.cycle_start = time_of(quota.has_cycle_start_ms(), quota.cycle_start_ms());
        out.cycle_end = time_of(quota.has_cycle_end_ms(), quota.cycle_end_ms());
        out.status = quota.status();
        out.extension = quota.extension();
        out.verified = quota.verified();
    }
    return body;
}

} // namespace

void fill_body(proto::StoredEvent& stored, ChatUpdated const& change)
{
    auto& body = *stored.mutable_chat_updated();
    fill_chat(body, change);
    body.set_change(static_cast<std::uint32_t>(change.change));
    if (change.until) body.set_until_ms(unix_milliseconds(*change.until));
}

void fill_body(proto::StoredEvent& stored, MessageUpdated const& change)
{
    auto& body = *stored.mutable_message_updated();
    fill_chat(body, change);
    auto& target = *body.mutable_target();
    target.set_id(change.target.id.value);
    target.set_from_me(change.target.from_me);
    if (change.target.participant) target.set_participant(change.target.participant->to_string());
    if (change.target.participant_phone)
        target.set_participant_phone(change.target.participant_phone->to_string());
    body.set_change(static_cast<std::uint32_t>(change.change));
    if (change.until) body.set_until_ms(unix_milliseconds(*change.until));
    if (change.by) body.set_by(change.by->to_string());
    if (change.by_phone) body.set_by_phone(change.by_phone->to_string());
}

void fill_body(proto::StoredEvent& stored, ContactUpdated const& change)
{
    auto& body = *stored.mutable_contact_updated();
    fill_chat(body, change);
    body.set_change(static_cast<std::uint32_t>(change.change));
    if (!change.full_name.empty()) body.set_full_name(change.full_name);
    if (!change.first_name.empty()) body.set_first_name(change.first_name);
    if (!change.picture.empty()) body.set_picture(change.picture);
    if (!change.about.empty()) body.set_about(change.about);
}

void fill_body(proto::StoredEvent& stored, AccountUpdated const& change)
{
    auto& body = *stored.mutable_account_updated();
    for (auto const& [name, value] : change.privacy) {
        auto& setting = *body.add_privacy();
        setting.set_name(name);
        setting.set_value(value);
    }
    if (change.time_lock) {
        auto& lock = *body.mutable_time_lock();
        lock.set_active(change.time_lock->active);
        if (change.time_lock->until) lock.set_until_ms(unix_milliseconds(*change.time_lock->until));
        if (!change.time_lock->type.empty()) lock.set_type(change.time_lock->type);
    }
    if (change.quota) {
        auto& quota = *body.mutable_quota();
        if (change.quota->total) quota.set_total(*change.quota->total);
        if (change.quota->used) quota.set_used(*change.quota->used);
        if (change.quota->cycle_start)
            quota.set_cycle_start_ms(unix_milliseconds(*change.quota->cycle_start));
        if (change.quota->cycle_end) quota.set_cycle_end_ms(unix_milliseconds(*change.quota->cycle_end));
        quota.set_status(change.quota->status);
        quota.set_extension(change.quota->extension);
        quota.set_verified(change.quota->verified);
    }
}

std::optional<EventBody> read_update(proto::StoredEvent const& stored)
{
    if (stored.has_chat_updated()) return chat(stored.chat_updated());
    if (stored.has_message_updated()) return message(stored.message_updated());
    if (stored.has_contact_updated()) return contact(stored.contact_updated());
    if (stored.has_account_updated()) return account(stored.account_updated());
    return std::nullopt;
}

} // namespace wagate::stored
