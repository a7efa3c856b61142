// From typed actions to SyncActionValue.
#include "protocol/appstate/actions.hpp"
#include "protocol/proto/appstate.pb.h"
#include "protocol/proto/codec.hpp"

namespace wagate::appstate {
namespace {

void write_range(proto::SyncActionMessageRange& target, MessageRange const& range)
{
    if (range.last_message) target.set_last_message_timestamp(unix_seconds(*range.last_message));
    if (range.last_system_message)
        target.set_last_system_message_timestamp(unix_seconds(*range.last_system_message));
    for (auto const& entry : range.messages) {
        auto& message = *target.add_messages();
        auto& key = *message.mutable_key();
        key.set_remote_jid(entry.message.chat.to_string());
        key.set_from_me(entry.message.from_me);
        key.set_id(entry.message.id.value);
        if (entry.message.participant) key.set_participant(entry.message.participant->to_string());
        if (entry.time) message.set_timestamp(unix_seconds(*entry.time));
    }
}

struct Write {
    proto::SyncActionValue& value;

    void operator()(UnknownAction const&) const {}
    void operator()(MuteChat const& action) const
    {
        auto& target = *value.mutable_mute_action();
        target.set_muted(action.muted);
        if (action.muted) target.set_mute_end_timestamp(action.until ? unix_milliseconds(*action.until) : -1);
    }
    void operator()(PinChat const& action) const { value.mutable_pin_action()->set_pinned(action.pinned); }
    void operator()(ArchiveChat const& action) const
    {
        auto& target = *value.mutable_archive_chat_action();
        target.set_archived(action.archived);
        if (action.range) write_range(*target.mutable_message_range(), *action.range);
    }
    void operator()(MarkChatAsRead const& action) const
    {
        auto& target = *value.mutable_mark_chat_as_read_action();
        target.set_read(action.read);
        if (action.range) write_range(*target.mutable_message_range(), *action.range);
    }
    void operator()(ClearChat const& action) const
    {
        auto& target = *value.mutable_clear_chat_action();
        if (action.range) write_range(*target.mutable_message_range(), *action.range);
    }
    void operator()(DeleteChat const& action) const
    {
        auto& target = *value.mutable_delete_chat_action();
        if (action.range) write_range(*target.mutable_message_range(), *action.range);
    }
    void operator()(StarMessage const& action) const
    {
        value.mutable_star_action()->set_starred(action.starred);
    }
    void operator()(DeleteMessageForMe const& action) const
    {
        auto& target = *value.mutable_delete_message_for_me_action();
        target.set_delete_media(action.delete_media);
        if (action.message_time) target.set_message_timestamp(unix_seconds(*action.message_time));
    }
    void operator()(ContactEntry const& action) const
    {
        auto& target = *value.mutable_contact_action();
        if (!action.full_name.empty()) target.set_full_name(action.full_name);
        if (!action.first_name.empty()) target.set_first_name(action.first_name);
        if (!action.username.empty()) target.set_username(action.username);
        if (action.lid) target.set_lid_jid(action.lid->to_string());
        if (action.phone) target.set_pn_jid(action.phone->to_string());
        target.set_save_on_primary_addressbook(action.save_on_primary);
    }
    void operator()(LabelEdit const& action) const
    {
        auto& target = *value.mutable_label_edit_action();
        target.set_name(action.name);
        if (action.color) target.set_color(*action.color);
        if (action.predefined_id) target.set_predefined_id(*action.predefined_id);
        target.set_deleted(action.deleted);
        if (action.order_index) target.set_order_index(*action.order_index);
        if (action.active) target.set_is_active(*action.active);
        if (action.list_type) target.set_type(*action.list_type);
    }
    void operator()(LabelChat const& action) const
    {
        value.mutable_label_association_action()->set_labeled(action.labeled);
    }
    void operator()(LabelMessage const& action) const
    {
        value.mutable_label_association_action()->set_labeled(action.labeled);
    }
    void operator()(PushNameSetting const& action) const
    {
        value.mutable_push_name_setting()->set_name(action.name);
    }
    void operator()(UnarchiveChatsSetting const& action) const
    {
        value.mutable_unarchive_chats_setting()->set_unarchive_chats(action.unarchive);
    }
    void operator()(LocaleSetting const& action) const
    {
        value.mutable_locale_setting()->set_locale(action.locale);
    }
    void operator()(TimeFormatSetting const& action) const
    {
        value.mutable_time_format_action()->set_is_twenty_four_hour_format_enabled(action.twenty_four_hours);
    }
    void operator()(QuickReply const& action) const
    {
        auto& target = *value.mutable_quick_reply_action();
        target.set_shortcut(action.shortcut);
        target.set_message(action.message);
        for (auto const& keyword : action.keywords)
            target.add_keywords(keyword);
        target.set_count(action.count);
        target.set_deleted(action.deleted);
    }
    void operator()(MuteStatus const& action) const
    {
        value.mutable_user_status_mute_action()->set_muted(action.muted);
    }
    void operator()(LinkPreviewsSetting const& action) const
    {
        value.mutable_privacy_setting_disable_link_previews_action()->set_is_previews_disabled(
            action.disabled);
    }
};

} // namespace

Bytes write_action(Action const& action, WallTime time)
{
    if (auto const* unknown = std::get_if<UnknownAction>(&action)) return unknown->value;
    proto::SyncActionValue value;
    value.set_timestamp(unix_milliseconds(time));
    std::visit(Write{value}, action);
    return proto::encode(value);
}

} // namespace wagate::appstate
