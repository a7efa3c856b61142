#include "tools/sandbox/state/mailbox.hpp"

#include <algorithm>

namespace wagate::sandbox {

std::string_view stanza_class(DeliveryKind kind) noexcept
{
    switch (kind) {
    case DeliveryKind::message: return "message";
    case DeliveryKind::receipt: return "receipt";
    case DeliveryKind::notification: return "notification";
    case DeliveryKind::call: return "call";
    }
    return {};
}

Delivery const& Mailbox::put(DeliveryKind kind, binary::Node stanza)
{
    Delivery delivery;
    delivery.number = next_number_++;
    delivery.kind = kind;
    delivery.id = stanza.text("id");
    delivery.stanza = std::move(stanza);
    pending_.push_back(std::move(delivery));
    return pending_.back();
}

std::size_t Mailbox::count(DeliveryKind kind) const
{
    return static_cast<std::size_t>(std::count_if(
        pending_.begin(), pending_.end(), [kind](Delivery const& item) { return item.kind == kind; }));
}

std::size_t Mailbox::confirm_messages(std::string const& id, Jid const& to)
{
    auto const before = pending_.size();
    std::erase_if(pending_, [&](Delivery const& item) {
        if (item.kind != DeliveryKind::message || item.id != id) return false;
        auto const from = item.stanza.jid("from");
        auto const recipient = item.stanza.jid("recipient");
        // Some clients answer own copies with the chat instead of the sender.
        return (from && from->same_user(to)) || (recipient && recipient->same_user(to));
    });
    return before - pending_.size();
}

bool Mailbox::confirm_ack(binary::Node const& ack)
{
    auto const kind = ack.text("class");
    auto const id = ack.text("id");
    auto const to = ack.jid("to");
    auto const type = ack.text("type");
    auto best = pending_.end();
    int best_score = -1;
    for (auto item = pending_.begin(); item != pending_.end(); ++item) {
        if (item->id != id || stanza_class(item->kind) != kind) continue;
        int score = 0;
        if (auto const from = item->stanza.jid("from"); from && to && *from == *to) score += 2;
        if (item->stanza.text("type") == type) score += 1;
        if (score > best_score) {
            best = item;
            best_score = score;
        }
    }
    if (best == pending_.end()) return false;
    pending_.erase(best);
    return true;
}

} // namespace wagate::sandbox
