// From SyncActionValue to typed actions.
#include "protocol/appstate/action_names.hpp"
#include "protocol/proto/appstate.pb.h"
#include "protocol/proto/codec.hpp"

namespace wagate::appstate {
namespace {

/// A time outside the calendar is taken as none: arithmetic with it could overflow.
constexpr std::int64_t max_milliseconds = 253'402'300'800'000; // the year 10000

std::optional<WallTime> from_milliseconds(std::int64_t value)
{
    if (value <= 0 || value > max_milliseconds) return std::nullopt;
    return wall_from_milliseconds(value);
}

std::optional<WallTime> from_seconds(std::int64_t value)
{
    if (value <= 0 || value > max_milliseconds / 1000) return std::nullopt;
    return wall_from_seconds(value);
}

/// Only as we would write it: an index has to name the same entry when it is written again, and a JID has
/// spellings that Jid does not keep.
std::optional<Jid> read_jid(std::string const& text)
{
    auto jid = Jid::parse(text);
    if (jid && jid->to_string() != text) return std::nullopt;
    return jid;
}

template <class Message>
std::optional<MessageRange> read_range(Message const& message)
{
    if (!message.has_message_range()) return std::nullopt;
    auto const& source = message.message_range();
    MessageRange range;
    range.last_message = from_seconds(source.last_message_timestamp());
    range.last_system_message = from_seconds(source.last_system_message_timestamp());
    for (auto const& entry : source.messages()) {
        auto const chat = read_jid(entry.key().remote_jid());
        if (!chat) continue;
        MessageRef reference{.chat = *chat,
                             .id = MessageId{entry.key().id()},
                             .from_me = entry.key().from_me(),
                             .participant = std::nullopt};
        reference.participant = read_jid(entry.key().participant());
        range.messages.push_back({std::move(reference), from_seconds(entry.timestamp())});
    }
    return range;
}

/// One entry on the way to its action. A reader gives nothing when the entry is not what its name says.
struct Entry {
    Index const& index;
    proto::SyncActionValue const& value;
    bool is_removal;

    std::optional<Jid> jid(std::size_t position) const
    {
        if (position >= index.size()) return std::nullopt;
        return read_jid(index[position]);
    }
    bool flag(std::size_t position) const { return position < index.size() && index[position] == "1"; }

    std::optional<MessageRef> message() const
    {
        auto const chat = jid(1);
        if (!chat || index.size() < 3 || index[2].empty()) return std::nullopt;
        MessageRef reference{
            .chat = *chat, .id = MessageId{index[2]}, .from_me = flag(3), .participant = std::nullopt};
        if (index.size() > 4 && index[4] != "0") {
            reference.participant = jid(4);
            if (!reference.participant) return std::nullopt;
        }
        return reference;
    }
};

using Read = std::optional<Action> (*)(Entry const&);

std::optional<Action> read_mute(Entry const& entry)
{
    auto const chat = entry.jid(1);
    if (!chat || !(entry.is_removal || entry.value.has_mute_action())) return std::nullopt;
    auto const& source = entry.value.mute_action();
    MuteChat action{.chat = *chat, .muted = source.muted(), .until = std::nullopt};
    if (action.muted) action.until = from_milliseconds(source.mute_end_timestamp());
    return action;
}

std::optional<Action> read_pin(Entry const& entry)
{
    auto const chat = entry.jid(1);
    if (!chat || !(entry.is_removal || entry.value.has_pin_action())) return std::nullopt;
    return PinChat{.chat = *chat, .pinned = entry.value.pin_action().pinned()};
}

std::optional<Action> read_archive(Entry const& entry)
{
    auto const chat = entry.jid(1);
    if (!chat || !(entry.is_removal || entry.value.has_archive_chat_action())) return std::nullopt;
    auto const& source = entry.value.archive_chat_action();
    return ArchiveChat{.chat = *chat, .archived = source.archived(), .range = read_range(source)};
}

std::optional<Action> read_mark(Entry const& entry)
{
    auto const chat = entry.jid(1);
    if (!chat || !(entry.is_removal || entry.value.has_mark_chat_as_read_action())) return std::nullopt;
    auto const& source = entry.value.mark_chat_as_read_action();
    return MarkChatAsRead{.chat = *chat, .read = source.read(), .range = read_range(source)};
}

std::optional<Action> read_clear(Entry const& entry)
{
    auto const chat = entry.jid(1);
    if (!chat || !(entry.is_removal || entry.value.has_clear_chat_action())) return std::nullopt;
    return ClearChat{.chat = *chat,
                     .delete_starred = entry.flag(2),
                     .delete_media = entry.flag(3),
                     .range = read_range(entry.value.clear_chat_action())};
}

std::optional<Action> read_delete(Entry const& entry)
{
    auto const chat = entry.jid(1);
    if (!chat || !(entry.is_removal || entry.value.has_delete_chat_action())) return std::nullopt;
    return DeleteChat{
        .chat = *chat, .delete_media = entry.flag(2), .range = read_range(entry.value.delete_chat_action())};
}

std::optional<Action> read_star(Entry const& entry)
{
    auto const message = entry.message();
    if (!message || !(entry.is_removal || entry.value.has_star_action())) return std::nullopt;
    return StarMessage{.message = *message, .starred = entry.value.star_action().starred()};
}

std::optional<Action> read_delete_for_me(Entry const& entry)
{
    auto const message = entry.message();
    if (!message || !(entry.is_removal || entry.value.has_delete_message_for_me_action()))
        return std::nullopt;
    auto const& source = entry.value.delete_message_for_me_action();
    return DeleteMessageForMe{.message = *message,
                              .delete_media = source.delete_media(),
                              .message_time = from_seconds(source.message_timestamp())};
}

std::optional<Action> read_contact(Entry const& entry)
{
    auto const jid = entry.jid(1);
    if (!jid || !(entry.is_removal || entry.value.has_contact_action())) return std::nullopt;
    auto const& source = entry.value.contact_action();
    ContactEntry action;
    action.jid = *jid;
    action.full_name = source.full_name();
    action.first_name = source.first_name();
    action.username = source.username();
    action.lid = read_jid(source.lid_jid());
    action.phone = read_jid(source.pn_jid());
    action.save_on_primary = source.save_on_primary_addressbook();
    return action;
}

std::optional<Action> read_label_edit(Entry const& entry)
{
    if (entry.index.size() < 2 || !(entry.is_removal || entry.value.has_label_edit_action()))
        return std::nullopt;
    auto const& source = entry.value.label_edit_action();
    LabelEdit action;
    action.label = entry.index[1];
    action.name = source.name();
    if (source.has_color()) action.color = source.color();
    if (source.has_predefined_id()) action.predefined_id = source.predefined_id();
    action.deleted = source.deleted();
    if (source.has_order_index()) action.order_index = source.order_index();
    if (source.has_is_active()) action.active = source.is_active();
    if (source.has_type()) action.list_type = source.type();
    return action;
}

std::optional<Action> read_label_chat(Entry const& entry)
{
    auto const chat = entry.jid(2);
    if (!chat || !(entry.is_removal || entry.value.has_label_association_action())) return std::nullopt;
    return LabelChat{
        .label = entry.index[1], .chat = *chat, .labeled = entry.value.label_association_action().labeled()};
}

std::optional<Action> read_label_message(Entry const& entry)
{
    auto const chat = entry.jid(2);
    if (!chat || entry.index.size() < 4 || entry.index[3].empty() ||
        !(entry.is_removal || entry.value.has_label_association_action()))
        return std::nullopt;
    return LabelMessage{.label = entry.index[1],
                        .chat = *chat,
                        .message = MessageId{entry.index[3]},
                        .labeled = entry.value.label_association_action().labeled()};
}

std::optional<Action> read_push_name(Entry const& entry)
{
    if (!(entry.is_removal || entry.value.has_push_name_setting())) return std::nullopt;
    return PushNameSetting{entry.value.push_name_setting().name()};
}

std::optional<Action> read_unarchive(Entry const& entry)
{
    if (!(entry.is_removal || entry.value.has_unarchive_chats_setting())) return std::nullopt;
    return UnarchiveChatsSetting{entry.value.unarchive_chats_setting().unarchive_chats()};
}

std::optional<Action> read_locale(Entry const& entry)
{
    if (!(entry.is_removal || entry.value.has_locale_setting())) return std::nullopt;
    return LocaleSetting{entry.value.locale_setting().locale()};
}

std::optional<Action> read_time_format(Entry const& entry)
{
    if (!(entry.is_removal || entry.value.has_time_format_action())) return std::nullopt;
    return TimeFormatSetting{entry.value.time_format_action().is_twenty_four_hour_format_enabled()};
}

std::optional<Action> read_quick_reply(Entry const& entry)
{
    if (entry.index.size() < 2 || entry.index[1].empty() ||
        !(entry.is_removal || entry.value.has_quick_reply_action()))
        return std::nullopt;
    auto const& source = entry.value.quick_reply_action();
    return QuickReply{.id = entry.index[1],
                      .shortcut = source.shortcut(),
                      .message = source.message(),
                      .keywords = {source.keywords().begin(), source.keywords().end()},
                      .count = source.count(),
                      .deleted = source.deleted()};
}

std::optional<Action> read_mute_status(Entry const& entry)
{
    auto const person = entry.jid(1);
    if (!person || !(entry.is_removal || entry.value.has_user_status_mute_action())) return std::nullopt;
    return MuteStatus{*person, entry.value.user_status_mute_action().muted()};
}

std::optional<Action> read_link_previews(Entry const& entry)
{
    if (!(entry.is_removal || entry.value.has_privacy_setting_disable_link_previews_action()))
        return std::nullopt;
    return LinkPreviewsSetting{
        entry.value.privacy_setting_disable_link_previews_action().is_previews_disabled()};
}

struct Reader {
    std::string_view name;
    Read read;
};

constexpr Reader readers[] = {
    {place_of<MuteChat>.name, read_mute},
    {place_of<PinChat>.name, read_pin},
    {place_of<ArchiveChat>.name, read_archive},
    {place_of<MarkChatAsRead>.name, read_mark},
    {place_of<ClearChat>.name, read_clear},
    {place_of<DeleteChat>.name, read_delete},
    {place_of<StarMessage>.name, read_star},
    {place_of<DeleteMessageForMe>.name, read_delete_for_me},
    {place_of<ContactEntry>.name, read_contact},
    {place_of<LabelEdit>.name, read_label_edit},
    {place_of<LabelChat>.name, read_label_chat},
    {place_of<LabelMessage>.name, read_label_message},
    {place_of<PushNameSetting>.name, read_push_name},
    {place_of<UnarchiveChatsSetting>.name, read_unarchive},
    {place_of<LocaleSetting>.name, read_locale},
    {place_of<TimeFormatSetting>.name, read_time_format},
    {place_of<QuickReply>.name, read_quick_reply},
    {place_of<MuteStatus>.name, read_mute_status},
    {place_of<LinkPreviewsSetting>.name, read_link_previews},
};
static_assert(std::size(readers) == std::variant_size_v<Action> - 1);

} // namespace

DatedAction read_action(Operation operation, Index const& index, ByteView value, std::int32_t version)
{
    DatedAction result;
    proto::SyncActionValue message;
    if (proto::decode(message, value)) {
        result.time = from_milliseconds(message.timestamp()).value_or(WallTime{});
        Entry const entry{index, message, operation == Operation::remove};
        for (auto const& reader : readers) {
            if (index.empty() || index.front() != reader.name) continue;
            if (auto action = reader.read(entry)) {
                result.action = std::move(*action);
                return result;
            }
        }
    }
    result.action = UnknownAction{.index = index, .value = to_bytes(value), .version = version};
    return result;
}

} // namespace wagate::appstate
