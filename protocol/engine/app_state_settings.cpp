// Quick replies and settings of the account in app state, as a session changes them (protocol.md 9.6).
#include "protocol/engine/account_settings.hpp"
#include "protocol/engine/app_state_sync.hpp"
#include "protocol/engine/server_error.hpp"

namespace wagate::engine {

using appstate::Collection;
using appstate::Intent;
using appstate::Operation;
using appstate::QuickReply;

namespace {

constexpr int not_found = 404;

std::vector<Intent> set(appstate::Action action)
{
    std::vector<Intent> intents;
    intents.push_back({Operation::set, std::move(action)});
    return intents;
}

} // namespace

std::vector<QuickReply> AppStateSync::quick_replies() const
{
    return stored_quick_replies(core_.records);
}

void AppStateSync::create_quick_reply(QuickReply reply, QuickReplyDone done)
{
    auto const made = std::make_shared<QuickReply>(std::move(reply));
    // Another device may take the id first, so it is chosen anew for each attempt.
    auto make = [this, made]() -> Result<std::vector<Intent>> {
        auto const known = stored_quick_replies(core_.records);
        if (known.size() >= max_quick_replies) return EngineErrc::refused;
        auto number = unix_seconds(core_.now.wall);
        while (find_quick_reply(core_.records, std::to_string(number)))
            ++number;
        made->id = std::to_string(number);
        return set(*made);
    };
    push(Collection::regular, std::move(make), [made, done = std::move(done)](Result<void> result) {
        done(result ? Result<QuickReply>{*made} : Result<QuickReply>{result.error()});
    });
}

void AppStateSync::edit_quick_reply(QuickReply reply, QuickReplyDone done)
{
    auto const made = std::make_shared<QuickReply>(std::move(reply));
    auto make = [this, made]() -> Result<std::vector<Intent>> {
        auto const known = find_quick_reply(core_.records, made->id);
        if (!known) return server_error(not_found);
        made->count = known->count;
        return set(*made);
    };
    push(Collection::regular, std::move(make), [made, done = std::move(done)](Result<void> result) {
        done(result ? Result<QuickReply>{*made} : Result<QuickReply>{result.error()});
    });
}

void AppStateSync::delete_quick_reply(std::string const& id, Done done)
{
    auto make = [this, id]() -> Result<std::vector<Intent>> {
        auto known = find_quick_reply(core_.records, id);
        if (!known) return server_error(not_found);
        known->deleted = true;
        return set(std::move(*known));
    };
    push(Collection::regular, std::move(make), std::move(done));
}

AccountSettings AppStateSync::settings() const
{
    return stored_account_settings(core_.records);
}

void AppStateSync::set_unarchive_chats(bool unarchive, Done done)
{
    push({appstate::UnarchiveChatsSetting{unarchive}}, std::move(done));
}

void AppStateSync::set_link_previews(bool disabled, Done done)
{
    push({appstate::LinkPreviewsSetting{disabled}}, std::move(done));
}

void AppStateSync::mute_status(Jid const& person, bool muted, Done done)
{
    push({appstate::MuteStatus{canonical(person), muted}}, std::move(done));
}

void AppStateSync::remove_contact(Jid const& person, Done done)
{
    // As set_contact names it.
    appstate::ContactEntry entry;
    entry.jid =
        person.is_phone() ? person.bare() : directory_.phone_of(person.bare()).value_or(person.bare());
    auto const collection = Collection::critical_unblock_low;
    auto make = [this, entry, collection]() -> Result<std::vector<Intent>> {
        auto const known = core_.reader.find_contact(canonical(entry.jid));
        if (!known || (known->full_name.empty() && known->first_name.empty())) return server_error(not_found);
        // Only an entry that was written with the present key can be removed; else it loses its names.
        auto const key = writing_key(core_.records);
        if (!key) return appstate::AppStateErrc::missing_key;
        StoredMacs table{core_.records, load_collection(core_.records, collection).generation};
        auto const index = appstate::write_index(appstate::index_of(entry));
        if (!table.find(collection, appstate::index_mac(key->keys, wagate::view(index)))) return set(entry);
        std::vector<Intent> intents;
        intents.push_back({Operation::remove, entry});
        return intents;
    };
    push(collection, std::move(make), std::move(done));
}

} // namespace wagate::engine
