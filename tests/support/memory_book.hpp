#pragma once
// Chats, contacts and members' receipts in memory, as storage keeps them: one entry per person.
#include "protocol/model/unit_of_work.hpp"

#include <algorithm>
#include <map>

namespace wagate::testing {

class MemoryBook {
public:
    static Jid canonical(RecordSource const& records, Jid const& jid)
    {
        if (!jid.is_phone()) return jid.bare();
        auto const lid = records.read(RecordKind::lid_of_phone, jid.user);
        return lid && !lid->empty() ? Jid::hidden(to_text(*lid)) : Jid::phone(jid.user);
    }
    std::optional<Chat> find_chat(RecordSource const& records, Jid const& jid) const
    {
        auto const found = chats_.find(canonical(records, jid));
        return found != chats_.end() ? std::optional{found->second} : std::nullopt;
    }
    std::optional<Contact> find_contact(RecordSource const& records, Jid const& jid) const
    {
        auto const found = contacts_.find(canonical(records, jid));
        return found != contacts_.end() ? std::optional{found->second} : std::nullopt;
    }
    std::vector<Chat> chats() const { return values(chats_); }
    std::vector<Contact> contacts() const { return values(contacts_); }
    std::vector<MemberReceipt> const& receipts() const { return receipts_; }

    /// After the unit's records.
    void apply(RecordSource const& records, UnitOfWork const& work)
    {
        merge(records);
        for (auto const& change : work.chats)
            apply(records, change);
        for (auto const& change : work.contacts)
            apply(records, change);
        for (auto const& receipt : work.receipts) {
            auto const same =
                std::find_if(receipts_.begin(), receipts_.end(), [&](MemberReceipt const& known) {
                    return known.chat == receipt.chat && known.id == receipt.id &&
                           known.member == receipt.member;
                });
            if (same == receipts_.end())
                receipts_.push_back(receipt);
            else if (receipt.ack > same->ack)
                *same = receipt;
        }
    }

private:
    template <class T>
    static std::vector<T> values(std::map<Jid, T> const& entries)
    {
        std::vector<T> found;
        for (auto const& [jid, value] : entries)
            found.push_back(value);
        return found;
    }
    /// An entry under a number whose LID has become known.
    void merge(RecordSource const& records)
    {
        for (auto entry = chats_.begin(); entry != chats_.end();) {
            auto const jid = canonical(records, entry->first);
            if (jid == entry->first) {
                ++entry;
                continue;
            }
            auto const old = entry->second;
            entry = chats_.erase(entry);
            auto [at, is_new] = chats_.try_emplace(jid, old);
            at->second.jid = jid;
            at->second.phone = old.jid;
            if (is_new) continue;
            at->second.unread += old.unread;
            at->second.last_activity = std::max(at->second.last_activity, old.last_activity);
        }
        for (auto entry = contacts_.begin(); entry != contacts_.end();) {
            auto const jid = canonical(records, entry->first);
            if (jid == entry->first) {
                ++entry;
                continue;
            }
            auto const old = entry->second;
            entry = contacts_.erase(entry);
            auto [at, is_new] = contacts_.try_emplace(jid, old);
            at->second.jid = jid;
            at->second.phone = old.jid;
        }
    }
    static std::optional<Jid> phone_of(RecordSource const& records, Jid const& jid)
    {
        if (jid.is_phone()) return jid;
        auto const phone = jid.is_lid() ? records.read(RecordKind::phone_of_lid, jid.user) : std::nullopt;
        return phone && !phone->empty() ? std::optional{Jid::phone(to_text(*phone))} : std::nullopt;
    }
    void apply(RecordSource const& records, ChatChange const& change)
    {
        auto const jid = canonical(records, change.jid);
        if (change.removed) {
            chats_.erase(jid);
            return;
        }
        auto& chat = chats_[jid];
        chat.jid = jid;
        chat.phone = phone_of(records, jid);
        if (change.name) chat.name = *change.name;
        if (change.unread) chat.unread = *change.unread;
        chat.unread += change.unread_more;
        if (change.marked_unread) chat.marked_unread = *change.marked_unread;
        if (change.archived) chat.archived = *change.archived;
        if (change.pinned) chat.pinned = *change.pinned;
        if (change.muted_until) chat.muted_until = *change.muted_until;
        if (change.expiration) chat.expiration = *change.expiration;
        if (change.expiration_set) chat.expiration_set = change.expiration_set;
        if (change.activity) chat.last_activity = std::max(chat.last_activity, *change.activity);
    }
    void apply(RecordSource const& records, ContactChange const& change)
    {
        auto const jid = canonical(records, change.jid);
        auto& contact = contacts_[jid];
        contact.jid = jid;
        contact.phone = phone_of(records, jid);
        if (change.push_name) contact.push_name = *change.push_name;
        if (change.full_name) contact.full_name = *change.full_name;
        if (change.first_name) contact.first_name = *change.first_name;
        if (change.business_name) contact.business_name = *change.business_name;
        if (change.blocked) contact.blocked = *change.blocked;
    }

    std::map<Jid, Chat> chats_;
    std::map<Jid, Contact> contacts_;
    std::vector<MemberReceipt> receipts_;
};

} // namespace wagate::testing
