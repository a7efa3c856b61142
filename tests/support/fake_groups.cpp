#include "tests/support/fake_groups.hpp"

#include "protocol/message/padding.hpp"
#include "tests/support/fake_server_nodes.hpp"
#include "tests/support/seeded_random.hpp"

namespace wagate::testing {

using binary::Node;

namespace {

Node participant(FakePhone const& phone, bool as_lid = true)
{
    Node node{"participant"};
    if (!as_lid) return node.set("jid", phone.phone.bare()).set("lid", phone.lid.bare());
    return node.set("jid", phone.lid.bare()).set("phone_number", phone.phone.bare());
}

} // namespace

FakeGroups::FakeGroups(FakeServer& server, ScenarioClock const& clock) : server_(server), clock_(clock)
{
    server_.intercept = [this](Jid const& device, Node const& node) { return on_stanza(device, node); };
}

FakeGroups::Room& FakeGroups::add(std::string const& subject, std::vector<FakePhone*> members)
{
    auto const user = "12036300000000" + std::to_string(1'000 + rooms_.size());
    rooms_.push_back(std::make_unique<Room>(Room{{user, JidServer::group}, subject, std::move(members)}));
    return *rooms_.back();
}

FakeGroups::Room* FakeGroups::find(Jid const& jid)
{
    for (auto const& room : rooms_)
        if (room->jid == jid.bare()) return room.get();
    return nullptr;
}

Node FakeGroups::describe(Room const& room) const
{
    Node group{"group"};
    group.set("id", room.jid.user)
        .set("subject", room.subject)
        .set("addressing_mode", room.uses_lids ? "lid" : "pn");
    for (auto const* member : room.members) {
        auto node = participant(*member, room.uses_lids);
        if (member == room.members.front()) node.set("type", "superadmin");
        group.add(std::move(node));
    }
    return group;
}

Node FakeGroups::news_about(std::string_view tag, std::vector<FakePhone*> const& people)
{
    Node news{tag};
    for (auto const* phone : people)
        news.add(participant(*phone));
    return news;
}

void FakeGroups::tell(Room const& room, FakePhone const& by, Node news, FakePhone* also)
{
    auto whom = room.members;
    if (also != nullptr) whom.push_back(also);
    Node notice{"notification"};
    notice.set("type", "w:gp2")
        .set("from", room.jid)
        .set("id", "g" + std::to_string(next_++))
        .set("participant", by.lid.bare())
        .set("participant_pn", by.phone.bare())
        .set("t", unix_seconds(clock_.now.wall))
        .add(std::move(news));
    for (auto const* member : whom)
        for (auto const& device : server_.devices_of(member->lid.bare()))
            if (device.device != 0) server_.deliver(device, notice);
}

bool FakeGroups::on_stanza(Jid const& device, Node const& node)
{
    auto const to = node.jid("to");
    if (!to || !to->is_group()) return false;
    if (node.tag == "iq") return on_iq(device, node);
    if (node.tag == "receipt") {
        on_receipt(device, node);
        return false; // the queue is the server's
    }
    if (node.tag != "message") return false;
    auto* room = find(*to);
    Node ack{"ack"};
    ack.set("class", "message").set("id", node.text("id")).set("from", *to);
    ack.set("t", unix_seconds(clock_.now.wall));
    if (claimed_hash) ack.set("phash", *claimed_hash);
    auto const mode = node.text("addressing_mode");
    bool const is_stale = room != nullptr && !mode.empty() && (mode == "lid") != room->uses_lids;
    if (room == nullptr) ack.set("error", "404");
    if (is_stale) ack.set("error", "421");
    server_.send(device, ack);
    if (room != nullptr && !is_stale) route(device, *room, node);
    return true;
}

bool FakeGroups::on_iq(Jid const& device, Node const& iq)
{
    auto const* room = find(iq.jid("to").value());
    auto reply = server_result(iq);
    if (iq.child("participating") != nullptr) {
        Node groups{"groups"};
        for (auto const& one : rooms_)
            for (auto const* member : one->members)
                if (member->lid.bare() == device.bare()) groups.add(describe(*one));
        server_.send(device, std::move(reply.add(std::move(groups))));
        return true;
    }
    if (iq.child("query") != nullptr) {
        ++queries;
        auto const is_member = room != nullptr && std::any_of(room->members.begin(), room->members.end(),
                                                              [&](FakePhone const* member) {
                                                                  return member->lid.bare() == device.bare();
                                                              });
        if (is_member) {
            reply.add(describe(*room));
        } else {
            reply.set("type", "error");
            reply.add(Node{"error"}.set("code", room == nullptr ? "404" : "403"));
        }
    }
    server_.send(device, std::move(reply));
    return true;
}

void FakeGroups::on_receipt(Jid const& device, Node const& receipt)
{
    auto const author = receipt.jid("participant");
    if (!author || receipt.text("type") == "sender") return;
    Node copy{"receipt"};
    copy.set("from", receipt.jid("to").value())
        .set("participant", device)
        .set("id", receipt.text("id"))
        .set("t", unix_seconds(clock_.now.wall));
    if (receipt.has("type")) copy.set("type", receipt.text("type"));
    copy.content = receipt.content;
    if (author->device != 0) server_.deliver(*author, std::move(copy));
}

void FakeGroups::route(Jid const& sender, Room& room, Node const& message)
{
    auto const& from = server_.phone(sender);
    Node copy{"message"};
    copy.set("from", room.jid)
        .set("participant", sender)
        .set("participant_pn", from.phone.with_device(sender.device));
    copy.set("id", message.text("id")).set("type", "text").set("notify", from.push_name);
    copy.set("t", unix_seconds(clock_.now.wall)).set("addressing_mode", "lid");
    if (auto const only = message.jid("participant")) {
        copy.add(*message.child("enc"));
        if (auto const* identity = message.child("device-identity")) copy.add(*identity);
        hand_over(*only, std::move(copy));
        return;
    }
    std::map<Jid, Node> keys;
    if (auto const* participants = message.child("participants"); participants != nullptr && !loses_keys)
        for (auto const& to : participants->children()) {
            auto const device = to.jid("jid").value();
            keys[server_.phone(device).lid.with_device(device.device)] = *to.child("enc");
        }
    for (auto const* member : std::vector<FakePhone*>{room.members}) {
        for (auto const& device : server_.devices_of(member->lid.bare())) {
            if (device == sender) continue;
            auto node = copy;
            if (keys.contains(device)) node.add(keys[device]);
            node.add(*message.child("enc"));
            if (auto const* identity = message.child("device-identity")) node.add(*identity);
            hand_over(device, std::move(node));
        }
    }
}

void FakeGroups::hand_over(Jid const& target, Node node)
{
    if (target.device == 0)
        open_at(server_.phone(target), node);
    else
        server_.deliver(target, std::move(node));
}

void FakeGroups::open_at(FakePhone& phone, Node const& node)
{
    auto const source = stanza::parse_source(node, phone.phone, phone.lid);
    auto const address = signal::Address::of(source->sender);
    signal::SenderKeyName const name{source->chat.to_string(), address};
    for (auto const& part : stanza::enc_parts(node)) {
        RecordOverlay step{phone.records};
        auto const plain = part.kind == signal::CiphertextKind::sender_key_message
                               ? signal::group_decrypt(step, name, part.ciphertext)
                               : signal::decrypt(step, phone.identity, address, *part.kind, part.ciphertext);
        auto const unpadded = plain ? message::unpad(*plain) : std::nullopt;
        auto const content = unpadded ? message::parse_content(*unpadded) : std::nullopt;
        if (!content) {
            ++unopened;
            continue;
        }
        if (content->distribution)
            (void)signal::process_sender_key_distribution(step, name, content->distribution->bytes);
        phone.records.apply(step.changes());
        if (content->kind == message::ContentKind::text) texts[&phone].push_back(content->text);
    }
}

void FakeGroups::send_text(FakePhone& from, Room& room, std::string const& text, std::string const& id)
{
    signal::SenderKeyName const name{room.jid.to_string(), signal::Address::of(from.lid)};
    RecordOverlay step{from.records};
    auto const distribution = signal::sender_key_distribution(step, name).value();
    message::TextContent content;
    content.text = text;
    SeededRandom padding{next_++};
    auto const shared =
        signal::group_encrypt(step, name, message::pad(message::make_text(content), padding)).value();
    from.records.apply(step.changes());
    from.sent[id] = message::make_text(content);
    auto& given = given_[room.jid.user + from.lid.user];
    auto const key = message::make_sender_key_distribution(room.jid, distribution);
    Node participants{"participants"};
    for (auto const* member : room.members) {
        for (auto const& device : server_.devices_of(member->lid.bare())) {
            if (device == from.lid || !given.insert(device.to_string()).second) continue;
            if (!from.has_session(device)) from.start_session(device, server_.take_bundle(device));
            participants.add(Node{"to"}.set("jid", device).add(stanza::enc_node(from.seal(device, key))));
        }
    }
    Node message{"message"};
    message.set("to", room.jid).set("id", id).set("type", "text");
    message.add(std::move(participants));
    message.add(stanza::enc_node({signal::CiphertextKind::sender_key_message, shared}));
    route(from.lid, room, message);
}

} // namespace wagate::testing
