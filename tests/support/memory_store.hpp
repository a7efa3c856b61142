#pragma once
// What storage does for an engine, in memory: applies units of work, answers point reads, keeps the event
// log.
#include "protocol/model/unit_of_work.hpp"
#include "tests/support/memory_book.hpp"

#include <algorithm>
#include <set>

namespace wagate::testing {

class MemoryStore final : public SessionReader {
public:
    std::optional<Bytes> read(RecordKind kind, std::string_view key) const override
    {
        return records.read(kind, key);
    }
    bool was_seen(ByteArray<32> const& hash) const override { return seen_.contains(hash); }
    std::optional<Message> find_message(Jid const& chat, MessageId const& id) const override
    {
        auto const found = messages.find({chat, id});
        return found != messages.end() ? std::optional{found->second} : std::nullopt;
    }
    std::vector<OutboxEntry> outbox() const override { return outbox_; }
    std::optional<IdempotencyEntry> find_idempotency(ByteArray<32> const& key_hash) const override
    {
        auto const found = idempotency_.find(key_hash);
        return found != idempotency_.end() ? std::optional{found->second} : std::nullopt;
    }
    std::optional<WaitingStanza> find_waiting(std::string const& key) const override
    {
        auto const found = std::find_if(waiting_.begin(), waiting_.end(),
                                        [&](WaitingStanza const& known) { return known.key == key; });
        return found != waiting_.end() ? std::optional{*found} : std::nullopt;
    }
    std::vector<WaitingStanza> waiting(std::size_t limit) const override
    {
        return {waiting_.begin(),
                waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(limit, waiting_.size()))};
    }

    std::optional<Chat> find_chat(Jid const& chat) const override { return book_.find_chat(records, chat); }
    std::optional<Contact> find_contact(Jid const& person) const override
    {
        return book_.find_contact(records, person);
    }
    std::vector<Jid> address_book(std::size_t limit) const override
    {
        std::vector<Jid> found;
        for (auto const& contact : book_.contacts())
            if (!contact.full_name.empty() && found.size() < limit) found.push_back(contact.jid);
        return found;
    }
    std::vector<Message> newest_messages(Jid const& chat, std::size_t limit) const override
    {
        std::vector<Message> found;
        for (auto const& [key, message] : messages)
            if (MemoryBook::canonical(records, key.first) == MemoryBook::canonical(records, chat) &&
                message.kind != MessageKind::control)
                found.push_back(message);
        std::stable_sort(found.begin(), found.end(),
                         [](Message const& a, Message const& b) { return a.timestamp > b.timestamp; });
        found.resize(std::min(found.size(), limit));
        return found;
    }

    void apply(UnitOfWork const& work)
    {
        if (work.wipe_credentials) {
            records = {};
            outbox_.clear();
            waiting_.clear();
        }
        records.apply(work.records);
        for (auto const& message : work.messages) {
            auto [at, is_new] = messages.try_emplace({message.chat, message.id}, message);
            if (is_new) continue;
            auto const ack = std::max(at->second.ack, message.ack);
            at->second = message;
            at->second.ack = ack;
        }
        for (auto const& change : work.acks) {
            auto const found = messages.find({change.chat, change.id});
            if (found == messages.end()) continue;
            if (change.ack == Ack::error || change.ack > found->second.ack) found->second.ack = change.ack;
        }
        for (auto const& name : work.messages_removed)
            messages.erase({name.chat, name.id});
        for (auto const& change : work.chats)
            if (change.cleared || change.removed)
                std::erase_if(messages, [&](auto const& entry) {
                    return MemoryBook::canonical(records, entry.first.first) ==
                           MemoryBook::canonical(records, change.jid);
                });
        book_.apply(records, work);
        events.insert(events.end(), work.events.begin(), work.events.end());
        seen_.insert(work.seen.begin(), work.seen.end());
        for (auto const& entry : work.outbox_put) {
            auto const same = std::find_if(outbox_.begin(), outbox_.end(),
                                           [&](OutboxEntry const& known) { return known.id == entry.id; });
            if (same != outbox_.end())
                *same = entry;
            else
                outbox_.push_back(entry);
        }
        for (auto const& id : work.outbox_done)
            std::erase_if(outbox_, [&](OutboxEntry const& entry) { return entry.id == id; });
        for (auto const& entry : work.idempotency)
            idempotency_.try_emplace(entry.key.key_hash, entry);
        for (auto const& entry : work.waiting_put) {
            auto const same = std::find_if(waiting_.begin(), waiting_.end(), [&](WaitingStanza const& known) {
                return known.key == entry.key;
            });
            if (same != waiting_.end())
                *same = entry;
            else
                waiting_.push_back(entry);
        }
        for (auto const& key : work.waiting_done)
            std::erase_if(waiting_, [&](WaitingStanza const& entry) { return entry.key == key; });
    }

    std::vector<Chat> chats() const { return book_.chats(); }
    std::vector<Contact> contacts() const { return book_.contacts(); }
    std::vector<MemberReceipt> const& receipts() const { return book_.receipts(); }

    /// All events of one kind, in order.
    template <class T>
    std::vector<T> events_of() const
    {
        std::vector<T> found;
        for (auto const& event : events)
            if (auto const* body = std::get_if<T>(&event.body)) found.push_back(*body);
        return found;
    }
    /// Bodies of the messages that others sent and that could be opened, in the order of their events.
    std::vector<std::string> received_texts() const
    {
        std::vector<std::string> found;
        for (auto const& appeared : events_of<MessageAppeared>())
            if (!appeared.message.from_me && appeared.message.kind != MessageKind::waiting)
                found.push_back(appeared.message.body);
        return found;
    }
    /// What was told about one message, in order: "waiting", or its body.
    std::vector<std::string> told_of(std::string_view id) const
    {
        std::vector<std::string> found;
        for (auto const& appeared : events_of<MessageAppeared>())
            if (appeared.message.id.value == id)
                found.push_back(appeared.message.kind == MessageKind::waiting ? "waiting"
                                                                              : appeared.message.body);
        return found;
    }
    /// "STARTING requested", "SCAN_QR_CODE waiting_for_scan" …
    std::vector<std::string> statuses() const
    {
        std::vector<std::string> found;
        for (auto const& change : events_of<SessionStatusChanged>())
            found.push_back(std::string{status_name(change.status)} + ' ' +
                            std::string{reason_name(change.reason)});
        return found;
    }
    /// Levels that a message's ack events went through.
    std::vector<Ack> acks_of(std::string_view id) const
    {
        std::vector<Ack> found;
        for (auto const& acknowledged : events_of<MessageAcknowledged>())
            if (acknowledged.id.value == id) found.push_back(acknowledged.ack);
        return found;
    }

    MemoryRecords records;
    std::map<std::pair<Jid, MessageId>, Message> messages;
    std::vector<Event> events;

private:
    MemoryBook book_;
    std::set<ByteArray<32>> seen_;
    std::map<ByteArray<32>, IdempotencyEntry> idempotency_;
    std::vector<OutboxEntry> outbox_;
    std::vector<WaitingStanza> waiting_; ///< oldest first
};

} // namespace wagate::testing
