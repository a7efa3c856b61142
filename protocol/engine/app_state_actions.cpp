// The changes that a session makes in app state (protocol.md 9.6).
#include "protocol/engine/app_state_sync.hpp"
#include "protocol/engine/labels.hpp"
#include "protocol/engine/server_error.hpp"

#include <algorithm>

namespace wagate::engine {

using appstate::Collection;
using appstate::Intent;
using appstate::Operation;

namespace {

constexpr int not_found = 404;

Intent set(appstate::Action action)
{
    return {Operation::set, std::move(action)};
}

std::string lowest_free_id(std::vector<Label> const& labels)
{
    for (std::size_t number = 1;; ++number) {
        auto id = std::to_string(number);
        if (std::none_of(labels.begin(), labels.end(), [&](Label const& label) { return label.id == id; }))
            return id;
    }
}

std::vector<Label> known_labels(RecordSource const& records, std::vector<std::string> const& ids)
{
    std::vector<Label> found;
    for (auto const& id : ids)
        if (auto label = find_label(records, id)) found.push_back(std::move(*label));
    return found;
}

appstate::LabelEdit edit_of(Label const& label, bool deleted)
{
    appstate::LabelEdit edit;
    edit.label = label.id;
    edit.name = label.name;
    edit.color = label.color;
    edit.deleted = deleted;
    return edit;
}

} // namespace

Jid AppStateSync::canonical(Jid const& chat) const
{
    return directory_.canonical(chat.bare());
}

/// Up to the newest message that is known here.
appstate::MessageRange AppStateSync::range_of(Jid const& chat) const
{
    appstate::MessageRange range;
    range.last_message = core_.now.wall;
    auto const newest = core_.reader.newest_messages(chat, 1);
    if (newest.empty()) return range;
    auto const message = core_.messages.find(newest.front().chat, newest.front().id).value_or(newest.front());
    range.last_message = message.timestamp;
    appstate::MessageRef named{chat, message.id, message.from_me, std::nullopt};
    if (chat.is_group() && !message.from_me) named.participant = message.sender;
    range.messages.push_back({std::move(named), message.timestamp});
    return range;
}

Result<appstate::MessageRef> AppStateSync::find_message(Jid const& chat, MessageId const& id,
                                                        WallTime& time) const
{
    auto const jid = canonical(chat);
    auto found = core_.messages.find(jid, id);
    if (auto const number = directory_.phone_of(jid); !found && number)
        found = core_.messages.find(*number, id);
    if (!found) return DraftErrc::message_not_found;
    time = found->timestamp;
    appstate::MessageRef named{jid, id, found->from_me, std::nullopt};
    if (jid.is_group() && !found->from_me) named.participant = found->sender;
    return named;
}

// ------------------------------------------------------------------------------ chats

void AppStateSync::archive(Jid const& chat, bool archived, Done done)
{
    auto const jid = canonical(chat);
    push(appstate::archive_chat(jid, archived, range_of(jid)), std::move(done));
}

void AppStateSync::pin(Jid const& chat, bool pinned, Done done)
{
    push({appstate::PinChat{canonical(chat), pinned}}, std::move(done));
}

void AppStateSync::mute(Jid const& chat, bool muted, std::optional<WallTime> until, Done done)
{
    push({appstate::MuteChat{canonical(chat), muted, until}}, std::move(done));
}

void AppStateSync::mark_read(Jid const& chat, bool read, Done done)
{
    auto const jid = canonical(chat);
    push({appstate::MarkChatAsRead{jid, read, range_of(jid)}}, std::move(done));
}

void AppStateSync::delete_chat(Jid const& chat, Done done)
{
    auto const jid = canonical(chat);
    push({appstate::DeleteChat{jid, true, range_of(jid)}}, std::move(done));
}

void AppStateSync::clear_chat(Jid const& chat, Done done)
{
    auto const jid = canonical(chat);
    push({appstate::ClearChat{jid, true, false, range_of(jid)}}, std::move(done));
}

void AppStateSync::star(Jid const& chat, MessageId const& message, bool starred, Done done)
{
    WallTime time{};
    auto const named = find_message(chat, message, time);
    if (!named) return done(named.error());
    push({appstate::StarMessage{*named, starred}}, std::move(done));
}

void AppStateSync::delete_message_for_me(Jid const& chat, MessageId const& message, Done done)
{
    WallTime time{};
    auto const named = find_message(chat, message, time);
    if (!named) return done(named.error());
    push({appstate::DeleteMessageForMe{*named, true, time}}, std::move(done));
}

void AppStateSync::set_contact(Jid const& person, std::string full_name, std::string first_name, Done done)
{
    auto const lid = person.is_lid() ? std::optional{person.bare()} : directory_.lid_of(person.bare());
    auto const phone = person.is_phone() ? std::optional{person.bare()} : directory_.phone_of(person.bare());
    appstate::ContactEntry entry;
    entry.jid = phone.value_or(person.bare());
    entry.full_name = std::move(full_name);
    entry.first_name = std::move(first_name);
    if (phone) entry.lid = lid;
    entry.save_on_primary = true;
    push({std::move(entry)}, std::move(done));
}

void AppStateSync::set_push_name(std::string name, Done done)
{
    push({appstate::PushNameSetting{std::move(name)}}, std::move(done));
}

// ------------------------------------------------------------------------------ labels

std::vector<Label> AppStateSync::labels() const
{
    return stored_labels(core_.records);
}

std::vector<Label> AppStateSync::labels_of(Jid const& chat) const
{
    return known_labels(core_.records, labels_of_chat(core_.records, canonical(chat)));
}

std::vector<Label> AppStateSync::labels_of(Jid const& chat, MessageId const& message) const
{
    return known_labels(core_.records, labels_of_chat(core_.records, canonical(chat), message));
}

std::vector<Jid> AppStateSync::chats_of(std::string_view label) const
{
    return chats_of_label(core_.records, label);
}

void AppStateSync::create_label(std::string name, std::int32_t color, LabelDone done)
{
    auto const label = std::make_shared<Label>(Label{{}, std::move(name), color});
    // Another device may take the id first, so it is chosen anew for each attempt.
    auto make = [this, label]() -> Result<std::vector<Intent>> {
        label->id = lowest_free_id(stored_labels(core_.records));
        return std::vector{set(edit_of(*label, false))};
    };
    push(Collection::regular, std::move(make), [label, done = std::move(done)](Result<void> result) {
        done(result ? Result<Label>{*label} : Result<Label>{result.error()});
    });
}

void AppStateSync::edit_label(Label label, LabelDone done)
{
    auto make = [this, label]() -> Result<std::vector<Intent>> {
        if (!find_label(core_.records, label.id)) return server_error(not_found);
        return std::vector{set(edit_of(label, false))};
    };
    push(Collection::regular, std::move(make), [label, done = std::move(done)](Result<void> result) {
        done(result ? Result<Label>{label} : Result<Label>{result.error()});
    });
}

void AppStateSync::delete_label(std::string const& id, Done done)
{
    auto make = [this, id]() -> Result<std::vector<Intent>> {
        auto const label = find_label(core_.records, id);
        if (!label) return server_error(not_found);
        return std::vector{set(edit_of(*label, true))};
    };
    push(Collection::regular, std::move(make), std::move(done));
}

void AppStateSync::set_labels_of(Jid const& chat, std::vector<std::string> ids, Done done)
{
    set_labels(chat, std::nullopt, std::move(ids), std::move(done));
}

void AppStateSync::set_labels_of(Jid const& chat, MessageId const& message, std::vector<std::string> ids,
                                 Done done)
{
    WallTime time{};
    if (auto const named = find_message(chat, message, time); !named) return done(named.error());
    set_labels(chat, message, std::move(ids), std::move(done));
}

void AppStateSync::set_labels(Jid const& chat, std::optional<MessageId> const& message,
                              std::vector<std::string> ids, Done done)
{
    auto make = [this, jid = canonical(chat), message,
                 ids = std::move(ids)]() -> Result<std::vector<Intent>> {
        auto const present = labels_of_chat(core_.records, jid, message);
        auto const contains = [](std::vector<std::string> const& list, std::string const& id) {
            return std::find(list.begin(), list.end(), id) != list.end();
        };
        auto const labelled = [&](std::string const& id, bool on) {
            return message ? set(appstate::LabelMessage{id, jid, *message, on})
                           : set(appstate::LabelChat{id, jid, on});
        };
        std::vector<Intent> intents;
        std::vector<std::string> listed;
        for (auto const& id : ids) {
            if (!find_label(core_.records, id)) return server_error(not_found);
            if (contains(present, id) || contains(listed, id)) continue;
            listed.push_back(id);
            intents.push_back(labelled(id, true));
        }
        for (auto const& id : present)
            if (!contains(ids, id)) intents.push_back(labelled(id, false));
        return intents;
    };
    push(Collection::regular, std::move(make), std::move(done));
}

} // namespace wagate::engine
