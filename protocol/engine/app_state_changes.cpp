#include "protocol/engine/app_state_changes.hpp"

#include "protocol/engine/account_settings.hpp"
#include "protocol/engine/labels.hpp"
#include "protocol/engine/marked_messages.hpp"

namespace wagate::engine {

using appstate::Operation;

namespace {

/// The last of these that `is_meant`: earlier changes of the same unit. Null when there is none.
template <class Change, class Meant>
Change const* last_of(std::vector<Change> const& changes, Meant const& is_meant)
{
    auto const last = std::find_if(changes.rbegin(), changes.rend(), is_meant);
    return last == changes.rend() ? nullptr : &*last;
}

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
    /// @param is_news whether it was not known to be so
    bool is_told(bool is_news) const noexcept
    {
        return telling == Telling::all || (telling == Telling::differences && is_news);
    }
};

bool AppStateChanges::clear(Place const& place, Jid const& chat,
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
        return !newest.empty();
    }
    bool removes_any = false;
    for (auto const& message : core_.reader.newest_messages(chat, max_cleared)) {
        if (!is_meant(message)) continue;
        place.work.messages_removed.push_back({message.chat, message.id});
        removes_any = true;
    }
    return removes_any;
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
            auto const jid = change.jid;
            bool const is_news = muted_until(jid) != *change.muted_until;
            chat(std::move(change));
            if (is_news)
                update(jid, action.muted ? ChatUpdate::muted : ChatUpdate::unmuted, true,
                       action.muted ? action.until : std::nullopt);
        }
        void operator()(appstate::PinChat const& action) const
        {
            ChatChange change{canonical(action.chat)};
            change.pinned = std::optional<WallTime>{};
            if (action.pinned) change.pinned = place.mutation.time == WallTime{} ? at : place.mutation.time;
            auto const jid = change.jid;
            // Archiving unpins, whether it was pinned or not.
            bool const is_news = was_pinned(jid) != action.pinned;
            chat(std::move(change));
            if (is_news) update(jid, action.pinned ? ChatUpdate::pinned : ChatUpdate::unpinned, true);
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
            auto const jid = change.jid;
            auto const known = self.core_.reader.find_chat(jid);
            bool const was_read = !known || (!known->marked_unread && known->unread == 0);
            if (action.read) {
                // What came after the last message that was read is still unread.
                auto const upto = action.range ? action.range->last_message : std::nullopt;
                if (!known || !upto || unix_seconds(known->last_activity) <= unix_seconds(*upto))
                    change.unread = 0;
            }
            chat(std::move(change));
            update(jid, action.read ? ChatUpdate::read : ChatUpdate::unread, was_read != action.read);
        }
        void operator()(appstate::ClearChat const& action) const
        {
            if (place.is_removal()) return;
            auto const jid = canonical(action.chat);
            update(jid, ChatUpdate::cleared, self.clear(place, jid, action.range, false));
        }
        void operator()(appstate::DeleteChat const& action) const
        {
            if (place.is_removal()) return;
            auto const jid = canonical(action.chat);
            update(jid, ChatUpdate::deleted, self.clear(place, jid, action.range, true));
        }
        bool was_pinned(Jid const& jid) const
        {
            auto const* last = last_of(place.work.chats, [&](ChatChange const& change) {
                return change.jid == jid && change.pinned;
            });
            if (last != nullptr) return last->pinned->has_value();
            auto const known = self.core_.reader.find_chat(jid);
            return known && known->pinned;
        }
        std::optional<WallTime> muted_until(Jid const& jid) const
        {
            auto const* last = last_of(place.work.chats, [&](ChatChange const& change) {
                return change.jid == jid && change.muted_until;
            });
            if (last != nullptr) return *last->muted_until;
            auto const known = self.core_.reader.find_chat(jid);
            return known ? known->muted_until : std::nullopt;
        }
        /// Full and first name in the address book.
        std::pair<std::string, std::string> names_of(Jid const& person) const
        {
            auto const* last = last_of(place.work.contacts, [&](ContactChange const& change) {
                return change.jid == person && change.full_name && change.first_name;
            });
            if (last != nullptr) return {*last->full_name, *last->first_name};
            auto const known = self.core_.reader.find_contact(person).value_or(Contact{});
            return {known.full_name, known.first_name};
        }
        void update(Jid const& jid, ChatUpdate change, bool is_news,
                    std::optional<WallTime> until = std::nullopt) const
        {
            if (place.is_told(is_news)) place.tell(at, ChatUpdated{jid, phone(jid), change, until});
        }
        /// A message that an action names, as events name it.
        void update(appstate::MessageRef const& message, MessageUpdate change) const
        {
            auto const jid = canonical(message.chat);
            MessageUpdated told{jid, phone(jid), {message.id, message.from_me, {}, {}}, change};
            if (message.participant) {
                told.target.participant = canonical(*message.participant);
                told.target.participant_phone = phone(*told.target.participant);
            }
            place.tell(at, std::move(told));
        }
        void operator()(appstate::StarMessage const& action) const
        {
            auto const jid = canonical(action.message.chat);
            bool const starred = action.starred && !place.is_removal();
            bool const is_news =
                mark_starred(self.core_, place.step, place.work, jid, phone(jid), action.message.id, starred);
            if (is_news && place.telling != Telling::nothing)
                update(action.message, starred ? MessageUpdate::starred : MessageUpdate::unstarred);
        }
        void operator()(appstate::DeleteMessageForMe const& action) const
        {
            if (place.is_removal()) return;
            auto const jid = canonical(action.message.chat);
            auto const number = phone(jid);
            bool const is_news = self.core_.messages.find(jid, action.message.id) ||
                                 (number && self.core_.messages.find(*number, action.message.id));
            place.work.messages_removed.push_back({jid, action.message.id});
            if (number) place.work.messages_removed.push_back({*number, action.message.id});
            if (place.is_told(is_news)) update(action.message, MessageUpdate::deleted_for_me);
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
            bool const is_news = names_of(lid) != std::pair{*change.full_name, *change.first_name};
            if (is_news && place.telling != Telling::nothing) {
                // A pair that is new with this entry is not in the directory yet.
                ContactUpdated told{lid,
                                    action.jid.is_phone() ? std::optional{action.jid.bare()} : phone(lid)};
                // Whoever has no name any more is out of the address book, too.
                bool const is_nameless = change.full_name->empty() && change.first_name->empty();
                told.change = is_nameless ? ContactUpdate::removed : ContactUpdate::saved;
                told.full_name = *change.full_name;
                told.first_name = *change.first_name;
                if (told.chat.is_phone()) told.chat_phone.reset();
                place.tell(at, std::move(told));
            }
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
            LabelAssigned told{label, find_label(place.step, label), jid, phone(jid), message, assigned};
            if (message) {
                auto known = self.core_.messages.find(jid, *message);
                if (!known && told.chat_phone) known = self.core_.messages.find(*told.chat_phone, *message);
                told.from_me = known && known->from_me;
                if (known && jid.is_group()) {
                    told.participant = known->sender.bare();
                    told.participant_phone = known->sender_phone;
                }
            }
            place.tell(at, std::move(told));
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
