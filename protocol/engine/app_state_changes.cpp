#include "protocol/engine/app_state_changes.hpp"

#include "protocol/engine/account_settings.hpp"
#include "protocol/engine/labels.hpp"
#include "protocol/engine/marked_messages.hpp"

namespace wagate::engine {

using appstate::Operation;

namespace {

/// A setting that was removed is one that nobody has said.
template <class T>
std::optional<T> said(bool is_removal, T const& value)
{
    return is_removal ? std::nullopt : std::optional{value};
}

void change_settings(RecordOverlay& step, std::function<void(AccountSettings&)> const& change)
{
    auto settings = stored_account_settings(step);
    change(settings);
    put_account_settings(step, settings);
}

} // namespace

struct AppStateChanges::Place {
    RecordOverlay& step;
    UnitOfWork& work;
    appstate::Mutation const& mutation;
    Telling telling;

    bool is_removal() const noexcept { return mutation.operation == Operation::remove; }
    void tell(WallTime now, EventBody body) const { work.events.push_back(Event{now, std::move(body), {}}); }
};

void AppStateChanges::clear(Place const& place, Jid const& chat,
                            std::optional<appstate::MessageRange> const& range, bool removes_chat) const
{
    auto const upto = range ? range->last_message : std::nullopt;
    // The range counts in seconds.
    auto const is_meant = [&](Message const& message) {
        return !upto || unix_seconds(message.timestamp) <= unix_seconds(*upto);
    };
    auto const newest = core_.reader.newest_messages(chat, 1);
    if (newest.empty() || is_meant(newest.front())) {
        ChatChange change{chat};
        (removes_chat ? change.removed : change.cleared) = true;
        place.work.chats.push_back(std::move(change));
        return;
    }
    for (auto const& message : core_.reader.newest_messages(chat, max_cleared))
        if (is_meant(message)) place.work.messages_removed.push_back({message.chat, message.id});
}

void AppStateChanges::take(RecordOverlay& step, UnitOfWork& work, appstate::Mutation const& mutation,
                           Telling telling)
{
    Place const place{step, work, mutation, telling};
    auto const now = core_.now.wall;
    auto const of = [&](Jid const& jid) { return directory_.canonical(jid.bare()); };
    auto const phone_of = [&](Jid const& jid) { return directory_.phone_of(jid); };
    auto const change_chat = [&](ChatChange change) { work.chats.push_back(std::move(change)); };

    struct Take {
        AppStateChanges& self;
        Place const& place;
        decltype(now) const& at;
        decltype(of) const& canonical;
        decltype(phone_of) const& phone;
        decltype(change_chat) const& chat;

        void operator()(appstate::UnknownAction const&) const {}
        void operator()(appstate::MuteChat const& action) const
        {
            ChatChange change{canonical(action.chat)};
            change.muted_until = std::optional<WallTime>{};
            if (action.muted) change.muted_until = action.until.value_or(WallTime::max());
            chat(std::move(change));
        }
        void operator()(appstate::PinChat const& action) const
        {
            ChatChange change{canonical(action.chat)};
            change.pinned = std::optional<WallTime>{};
            if (action.pinned) change.pinned = place.mutation.time == WallTime{} ? at : place.mutation.time;
            chat(std::move(change));
        }
        void operator()(appstate::ArchiveChat const& action) const
        {
            ChatChange change{canonical(action.chat)};
            change.archived = action.archived;
            auto const jid = change.jid;
            chat(std::move(change));
            if (place.telling == Telling::nothing) return;
            if (place.telling == Telling::differences) {
                auto const known = self.core_.reader.find_chat(jid);
                if ((known && known->archived) == action.archived) return;
            }
            place.tell(at, ChatArchived{jid, phone(jid), action.archived});
        }
        void operator()(appstate::MarkChatAsRead const& action) const
        {
            if (place.is_removal()) return;
            ChatChange change{canonical(action.chat)};
            change.marked_unread = !action.read;
            if (action.read) {
                // What came after the last message that was read is still unread.
                auto const known = self.core_.reader.find_chat(change.jid);
                auto const upto = action.range ? action.range->last_message : std::nullopt;
                if (!known || !upto || unix_seconds(known->last_activity) <= unix_seconds(*upto))
                    change.unread = 0;
            }
            chat(std::move(change));
        }
        void operator()(appstate::ClearChat const& action) const
        {
            if (!place.is_removal()) self.clear(place, canonical(action.chat), action.range, false);
        }
        void operator()(appstate::DeleteChat const& action) const
        {
            if (!place.is_removal()) self.clear(place, canonical(action.chat), action.range, true);
        }
        void operator()(appstate::StarMessage const& action) const
        {
            auto const jid = canonical(action.message.chat);
            mark_starred(self.core_, place.step, place.work, jid, phone(jid), action.message.id,
                         action.starred && !place.is_removal());
        }
        void operator()(appstate::DeleteMessageForMe const& action) const
        {
            if (place.is_removal()) return;
            auto const jid = canonical(action.message.chat);
            place.work.messages_removed.push_back({jid, action.message.id});
            if (auto const number = phone(jid))
                place.work.messages_removed.push_back({*number, action.message.id});
        }
        void operator()(appstate::ContactEntry const& action) const
        {
            if (!action.jid.is_user()) return;
            self.directory_.learn_pair(place.step, action.jid.bare(),
                                       action.jid.is_lid() ? action.phone : action.lid);
            // The pair may be new with this very entry.
            auto const lid = action.lid && action.lid->is_lid() ? action.lid->bare() : canonical(action.jid);
            ContactChange change{lid};
            change.full_name = place.is_removal() ? std::string{} : action.full_name;
            change.first_name = place.is_removal() ? std::string{} : action.first_name;
            place.work.contacts.push_back(std::move(change));
        }
        void operator()(appstate::LabelEdit const& action) const
        {
            if (place.is_removal() || action.deleted) {
                auto label = erase_label(place.step, action.label);
                if (label && place.telling != Telling::nothing)
                    place.tell(at, LabelChanged{std::move(*label), true});
                return;
            }
            Label label{action.label, action.name, action.color.value_or(0)};
            if (put_label(place.step, label) && place.telling != Telling::nothing)
                place.tell(at, LabelChanged{std::move(label), false});
        }
        void operator()(appstate::LabelChat const& action) const
        {
            assign(action.label, action.chat, std::nullopt, action.labeled);
        }
        void operator()(appstate::LabelMessage const& action) const
        {
            assign(action.label, action.chat, action.message, action.labeled);
        }
        void assign(std::string const& label, Jid const& where, std::optional<MessageId> const& message,
                    bool assigned) const
        {
            auto const jid = canonical(where);
            if (!assign_label(place.step, label, jid, message, assigned)) return;
            if (place.telling == Telling::nothing) return;
            place.tell(
                at, LabelAssigned{label, find_label(place.step, label), jid, phone(jid), message, assigned});
        }
        void operator()(appstate::PushNameSetting const& action) const
        {
            auto& me = self.core_.account.me;
            if (place.is_removal() || action.name.empty() || !me || me->push_name == action.name) return;
            me->push_name = action.name;
            self.core_.account.save(place.step);
            self.name_changed_ = true;
        }
        void operator()(appstate::QuickReply action) const
        {
            action.deleted = action.deleted || place.is_removal();
            put_quick_reply(place.step, action);
        }
        void operator()(appstate::UnarchiveChatsSetting const& action) const
        {
            change_settings(place.step, [&](AccountSettings& now) {
                now.unarchive_chats = said(place.is_removal(), action.unarchive);
            });
        }
        void operator()(appstate::LinkPreviewsSetting const& action) const
        {
            change_settings(place.step, [&](AccountSettings& now) {
                now.link_previews_disabled = said(place.is_removal(), action.disabled);
            });
        }
        void operator()(appstate::LocaleSetting const& action) const
        {
            change_settings(place.step, [&](AccountSettings& now) {
                now.locale = said(place.is_removal(), action.locale);
            });
        }
        void operator()(appstate::TimeFormatSetting const& action) const
        {
            change_settings(place.step, [&](AccountSettings& now) {
                now.twenty_four_hours = said(place.is_removal(), action.twenty_four_hours);
            });
        }
        void operator()(appstate::MuteStatus const& action) const
        {
            auto const person = canonical(action.person);
            change_settings(place.step, [&](AccountSettings& now) {
                std::erase(now.muted_statuses, person);
                if (action.muted && !place.is_removal()) now.muted_statuses.push_back(person);
            });
        }
    };
    std::visit(Take{*this, place, now, of, phone_of, change_chat}, mutation.action);
}

} // namespace wagate::engine
