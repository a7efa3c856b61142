// Receipts: they settle the receiver's mailbox and travel to the sender of the message
// (protocol.md 7.7, 11.8).
#include "tools/sandbox/server/channels.hpp"
#include "tools/sandbox/server/routing.hpp"
#include "tools/sandbox/server/stanzas.hpp"

namespace wagate::sandbox {

using binary::Node;

namespace {

std::vector<std::string> ids_of(Node const& receipt)
{
    std::vector<std::string> ids{receipt.text("id")};
    if (auto const* list = receipt.child("list"))
        for (auto const& item : list->children())
            if (item.tag == "item") ids.push_back(item.text("id"));
    return ids;
}

bool asks_for_resend(std::string const& type)
{
    return type == "retry" || type == "enc_rekey_retry";
}

bool is_read(std::string const& type)
{
    return type == "read" || type == "played";
}

/// The receipt as others see it, from `from`.
Node forwarded(Network& network, Node const& receipt, Jid const& from)
{
    Node out{"receipt"};
    out.set("from", from).set("id", receipt.text("id")).set("t", network.now_seconds());
    copy_attributes(out, receipt, {"type", "participant", "context"});
    if (auto const* children = std::get_if<binary::Nodes>(&receipt.content)) out.content = *children;
    return out;
}

/// From a member, or whoever sees a status post, to the device, or the account, whose message it is about.
void route_group_receipt(Network& network, Origin const& origin, Node const& receipt)
{
    auto const group = *receipt.jid("to");
    auto const author = receipt.jid("participant");
    auto* sender = author ? network.find(*author) : nullptr;
    if (sender == nullptr) return;
    auto const type = receipt.text("type");
    auto const server = author->is_lid() ? JidServer::lid : JidServer::user;
    auto out = forwarded(network, receipt, group);
    if (asks_for_resend(type)) {
        out.set("participant", origin.jid(server));
        network.deliver(*sender, author->device, DeliveryKind::receipt, std::move(out));
        return;
    }
    if (type == "read-self" || type == "played-self" || is_read(type)) {
        auto own = forwarded(network, receipt, origin.account->jid(server));
        own.set("recipient", group).set("participant", *author);
        network.deliver_to_all(*origin.account, DeliveryKind::receipt, own, origin.device);
    }
    if (sender == origin.account || type == "read-self" || type == "played-self") return;
    out.set("participant", is_read(type) ? origin.account->jid(server) : origin.jid(server));
    network.deliver_to_all(*sender, DeliveryKind::receipt, out);
}

} // namespace

Node route_receipt(Network& network, Origin const& origin, Node const& receipt)
{
    auto& reader = *origin.account;
    auto ack = ack_of(receipt);
    auto const to = receipt.jid("to");
    auto const type = receipt.text("type");
    if (!to || receipt.text("id").empty()) return ack;
    network.count(type.empty() ? std::string{"receipts_delivery"} : "receipts_" + type);

    // A retry leaves the stanza in the queue; the ack that follows it removes it.
    if (!asks_for_resend(type) && type != "server-error" && origin.device != 0)
        for (auto const& id : ids_of(receipt))
            reader.find_device(origin.device)->mailbox.confirm_messages(id, *to);

    if (to->is_group() || to->is_status()) {
        route_group_receipt(network, origin, receipt);
        return ack;
    }
    if (to->is_newsletter()) {
        if (type == "view") count_views(network, receipt);
        return ack;
    }
    auto* sender = network.find(*to);
    if (sender == nullptr) return ack;
    auto const server = to->is_lid() ? JidServer::lid : JidServer::user;

    if (asks_for_resend(type)) {
        auto out = forwarded(network, receipt, origin.jid(server));
        copy_attributes(out, receipt, {"recipient", "category"});
        network.deliver(*sender, to->device, DeliveryKind::receipt, std::move(out));
        return ack;
    }
    if (sender == &reader) {
        // Between own devices: only the phone waits for news about what it sent to a companion.
        if (origin.device != 0 && (type == "peer_msg" || type == "hist_sync" || type == "server-error"))
            network.deliver(reader, 0, DeliveryKind::receipt,
                            forwarded(network, receipt, origin.jid(server)));
        return ack;
    }
    if (type == "read-self" || type == "played-self" || is_read(type)) {
        auto own = forwarded(network, receipt, reader.jid(server));
        own.set("recipient", to->bare());
        network.deliver_to_all(reader, DeliveryKind::receipt, own, origin.device);
        if (!is_read(type)) return ack;
        network.deliver_to_all(*sender, DeliveryKind::receipt,
                               forwarded(network, receipt, reader.jid(server)));
        return ack;
    }
    network.deliver_to_all(*sender, DeliveryKind::receipt, forwarded(network, receipt, origin.jid(server)));
    return ack;
}

} // namespace wagate::sandbox
