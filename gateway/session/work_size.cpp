#include "gateway/session/work_size.hpp"

namespace wagate::gateway {
namespace {

std::size_t size_of_message(Message const& message)
{
    return sizeof(Message) + message.content.size() + message.body.size() +
           (message.quoted ? message.quoted->body.size() : 0);
}

std::size_t size_of_event(Event const& event)
{
    return sizeof(Event) + bulk_of(event.body);
}

} // namespace

std::size_t size_of(UnitOfWork const& work)
{
    std::size_t size = sizeof(UnitOfWork);
    for (auto const& [key, value] : work.records)
        size += sizeof(key) + key.second.size() + (value ? value->size() : 0);
    for (auto const& message : work.messages)
        size += size_of_message(message);
    for (auto const& event : work.events)
        size += size_of_event(event);
    for (auto const& entry : work.outbox_put)
        size += sizeof(entry) + entry.stanza.size();
    for (auto const& waiting : work.waiting_put)
        size += sizeof(waiting) + waiting.key.size() + waiting.stanza.size();
    for (auto const& key : work.waiting_done)
        size += sizeof(key) + key.size();
    return size + work.acks.size() * sizeof(AckChange) + work.seen.size() * sizeof(ByteArray<32>) +
           work.outbox_done.size() * sizeof(MessageId) + work.idempotency.size() * sizeof(IdempotencyEntry) +
           work.chats.size() * sizeof(ChatChange) + work.contacts.size() * sizeof(ContactChange) +
           work.receipts.size() * sizeof(MemberReceipt) + work.messages_removed.size() * sizeof(MessageName);
}

} // namespace wagate::gateway
