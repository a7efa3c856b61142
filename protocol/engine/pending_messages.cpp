#include "protocol/engine/pending_messages.hpp"

namespace wagate::engine {

std::optional<Message> PendingMessages::find(Jid const& chat, MessageId const& id) const
{
    if (auto const found = pending_.find({chat, id}); found != pending_.end()) return found->second.message;
    return reader_->find_message(chat, id);
}

void PendingMessages::put(UnitOfWork const& work, Ticket ticket)
{
    for (auto const& message : work.messages)
        set({message.chat, message.id}, message, ticket);
    for (auto const& change : work.acks) {
        auto const found = pending_.find({change.chat, change.id});
        if (found == pending_.end() || !found->second.message) continue;
        auto& ack = found->second.message->ack;
        if (change.ack == Ack::error || change.ack > ack) ack = change.ack;
    }
    for (auto const& name : work.messages_removed)
        set({name.chat, name.id}, std::nullopt, ticket);
}

void PendingMessages::set(Name name, std::optional<Message> message, Ticket ticket)
{
    order_.emplace_back(ticket, name);
    pending_.insert_or_assign(std::move(name), Pending{std::move(message), ticket});
}

void PendingMessages::committed(Ticket ticket)
{
    while (!order_.empty() && order_.front().first <= ticket) {
        auto const found = pending_.find(order_.front().second);
        if (found != pending_.end() && found->second.ticket <= ticket) pending_.erase(found);
        order_.pop_front();
    }
}

void PendingMessages::clear()
{
    pending_.clear();
    order_.clear();
}

} // namespace wagate::engine
