// Messages and receipts on their way: fan-out, the offline queue, what phones send.
#include "protocol/stanza/message.hpp"
#include "tests/support/fake_server.hpp"
#include "tests/support/fake_server_nodes.hpp"

namespace wagate::testing {

using binary::Node;

void FakeServer::route_message(Jid const& sender, Node const& message)
{
    auto const to = message.jid("to").value();
    Node ack{"ack"};
    ack.set("class", "message")
        .set("id", message.text("id"))
        .set("from", to)
        .set("t", unix_seconds(clock_.now.wall));
    send(sender, ack);
    auto const& from = *account(sender).phone;
    auto const hand_over = [&](Jid const& target, Node const& enc) {
        auto* owner = find_account(target);
        if (owner == nullptr) return;
        Node copy{"message"};
        copy.set("from", form(sender, target.is_lid()))
            .set("id", message.text("id"))
            .set("type", "text")
            .set("t", unix_seconds(clock_.now.wall));
        copy.set("notify", from.push_name);
        if (message.has("category")) {
            copy.set("category", message.text("category"));
        } else if (owner->phone.get() == &from) {
            copy.set("recipient", message.jid("recipient").value_or(to).bare());
        } else if (names_other_address) {
            copy.set(target.is_lid() ? "sender_pn" : "sender_lid", form(sender, !target.is_lid()).bare());
        }
        copy.add(enc);
        if (auto const* identity = message.child("device-identity")) copy.add(*identity);
        deliver(target, std::move(copy));
    };
    if (auto const* enc = message.child("enc")) hand_over(to, *enc);
    if (auto const* participants = message.child("participants"))
        for (auto const& part : participants->children())
            hand_over(part.jid("jid").value(), *part.child("enc"));
}

void FakeServer::route_receipt(Jid const& sender, Node const& receipt)
{
    auto const type = receipt.text("type");
    auto const to = receipt.jid("to").value();
    if (type == "sender" || type == "peer_msg" || type == "hist_sync" || !to.is_user()) return;
    Node copy{"receipt"};
    copy.set("from", form(sender, to.is_lid()))
        .set("id", receipt.text("id"))
        .set("t", unix_seconds(clock_.now.wall));
    if (!type.empty()) copy.set("type", type);
    if (auto const recipient = receipt.jid("recipient")) copy.set("recipient", *recipient);
    copy.content = receipt.content;
    if (type == "read") {
        for (auto const& device : devices_of(to))
            deliver(device, copy);
    } else {
        deliver(to, std::move(copy));
    }
}

void FakeServer::send(Jid const& device, Node node)
{
    if (auto const* target = find_companion(device)) write(target->connection, node);
}

void FakeServer::send_payload(Jid const& device, ByteView payload)
{
    auto const* target = find_companion(device);
    if (target == nullptr) return;
    auto const found = connections_.find(target->connection);
    if (found == connections_.end() || found->second.stage != Connection::Stage::open) return;
    found->second.output.push_back(found->second.cipher->seal(payload).value());
}

void FakeServer::send_unpaired(Node const& node)
{
    for (auto const& [id, connection] : connections_)
        if (connection.device.user.empty()) write(id, node);
}

void FakeServer::deliver(Jid const& device, Node node)
{
    if (device.device == 0) {
        if (node.tag != "message") return;
        auto& owner = phone(device);
        auto const opened = owner.receive(node);
        answer_requests(owner);
        if (!opened || !owner.sends_receipts || node.text("category") == "peer") return;
        Node receipt{"receipt"};
        receipt.set("id", node.text("id")).set("to", node.jid("from").value());
        if (!node.has("recipient")) route_receipt(device, receipt);
        return;
    }
    if (auto* target = find_companion(device)) {
        if (tamper) tamper(device, node);
        target->queue.push_back({std::move(node), false});
        flush(*target);
    }
}

void FakeServer::flush(Companion& device)
{
    if (device.connection == 0 || !device.active) return;
    auto const send_next = [&](Queued& queued) {
        queued.sent = true;
        auto node = queued.node;
        if (!device.caught_up) node.set("offline", "0");
        write(device.connection, node);
    };
    for (auto& queued : device.queue) {
        if (queued.sent) continue;
        if (!device.caught_up && device.credit) {
            if (*device.credit == 0) return;
            --*device.credit;
        }
        send_next(queued);
    }
    if (device.caught_up) return;
    device.caught_up = true;
    Node offline{"offline"};
    offline.set("count", static_cast<std::int64_t>(device.queue.size()));
    write(device.connection, Node{"ib"}.add(std::move(offline)));
}

void FakeServer::answered(Companion& device, std::string_view tag, std::string const& id)
{
    for (auto it = device.queue.begin(); it != device.queue.end(); ++it) {
        if (!it->sent || it->node.tag != tag || it->node.text("id") != id) continue;
        device.queue.erase(it);
        return;
    }
}

// ------------------------------------------------------------------------ phones

void FakeServer::send_text(FakePhone& from, Jid const& to, std::string const& text, std::string const& id)
{
    message::TextContent content;
    content.text = text;
    send_content(from, to, message::make_text(content), id);
}

void FakeServer::send_content(FakePhone& from, Jid const& to, Bytes const& plain, std::string const& id)
{
    from.sent[id] = plain;
    auto const wrapped = message::wrap_device_sent(to.bare(), plain);
    auto const own = to.is_lid() ? from.lid : from.phone;
    auto devices = devices_of(to.bare());
    for (auto const& device : devices_of(own.bare()))
        if (device.device != 0 && !to.same_user(own)) devices.push_back(device);
    Node participants{"participants"};
    for (auto const& device : devices) {
        if (device == own) continue;
        if (!from.has_session(device)) from.start_session(device, take_bundle(device));
        Node part{"to"};
        part.set("jid", device)
            .add(stanza::enc_node(from.seal(device, device.same_user(own) ? wrapped : plain)));
        participants.add(std::move(part));
    }
    Node message{"message"};
    message.set("to", to.bare()).set("id", id).set("type", "text").add(std::move(participants));
    route_message(own, message);
}

void FakeServer::answer_requests(FakePhone& owner)
{
    if (!owner.helps) return;
    for (auto const& request : std::exchange(owner.requests, {}))
        if (find_companion(request.companion) != nullptr)
            send_peer(owner, request.companion, owner.answer_to(request), "PDO" + std::to_string(next_id_++));
}

void FakeServer::send_peer(FakePhone& from, Jid const& companion_jid, ByteView message, std::string const& id)
{
    if (!from.has_session(companion_jid)) from.start_session(companion_jid, take_bundle(companion_jid));
    Node stanza{"message"};
    stanza.set("to", companion_jid).set("id", id).set("type", "text").set("category", "peer");
    stanza.add(stanza::enc_node(from.seal(companion_jid, message)));
    route_message(from.lid, stanza);
}

} // namespace wagate::testing
