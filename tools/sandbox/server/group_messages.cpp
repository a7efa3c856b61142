// Messages to groups: the one ciphertext to every device of every member, the key to those it is for
// (protocol.md 5.5, 11.8).
#include "protocol/message/identifiers.hpp"
#include "tools/sandbox/server/group_desk.hpp"
#include "tools/sandbox/server/routing.hpp"
#include "tools/sandbox/server/stanzas.hpp"

#include <map>

namespace wagate::sandbox {

using binary::Node;

namespace {

constexpr int bad_request = 400;
constexpr int forbidden = 403;
constexpr int not_found = 404;
constexpr int stale_addressing = 421;

Node refusal(Node ack, int code)
{
    ack.set("error", std::int64_t{code});
    return ack;
}

/// What every device receives; its ciphertexts are still missing.
Node envelope(Network& network, Origin const& origin, ChatGroup const& group, Node const& message)
{
    auto const& sender = *origin.account;
    Node out{"message"};
    out.set("from", group.jid())
        .set("participant", origin.jid(group.form()))
        .set("id", message.text("id"))
        .set("type", message.text("type"));
    if (group.uses_lids)
        out.set("participant_pn", sender.phone_jid());
    else
        out.set("participant_lid", sender.lid_jid());
    out.set("addressing_mode", group.uses_lids ? "lid" : "pn");
    out.set("t", message.integer("t").value_or(network.now_seconds()));
    if (!sender.push_name.empty()) out.set("notify", sender.push_name);
    copy_attributes(out, message, {"edit"});
    return out;
}

void add_others(Node& out, Node const& message, bool with_identity)
{
    for (auto const& child : message.children()) {
        if (child.tag == "enc" || child.tag == "participants") continue;
        if (child.tag == "device-identity" && !with_identity) continue;
        out.add(child);
    }
}

/// One device has asked for the message again: it alone gets it.
Node resend(Network& network, Origin const& origin, ChatGroup& group, Node const& message, Node ack)
{
    auto const device = message.jid("participant").value_or(Jid{});
    auto const* enc = message.child("enc");
    if (enc == nullptr) enc = message.path({"participants", "to", "enc"}); // some clients wrap the only one
    auto* owner = network.find(device);
    if (enc == nullptr || owner == nullptr || group.find(owner) == nullptr)
        return refusal(std::move(ack), bad_request);
    watch_ciphertext(network, origin, device, *enc);
    auto out = envelope(network, origin, group, message);
    out.add(*enc);
    add_others(out, message, enc->text("type") == "pkmsg");
    network.count("group_resends");
    network.deliver(*owner, device.device, DeliveryKind::message, std::move(out));
    return ack;
}

} // namespace

Node route_group_message(Network& network, Origin const& origin, Node const& message, Node ack)
{
    auto* group = network.groups().find(message.jid("to").value_or(Jid{}));
    if (group == nullptr) return refusal(std::move(ack), not_found);
    auto const* member = group->find(origin.account);
    if (member == nullptr || (group->announce && member->rank == Rank::member))
        return refusal(std::move(ack), forbidden);
    if (message.has("participant")) return resend(network, origin, *group, message, std::move(ack));

    auto const* shared = message.child("enc");
    if (shared == nullptr || shared->text("type") != "skmsg") return refusal(std::move(ack), bad_request);
    auto const mode = message.text("addressing_mode");
    if (!mode.empty() && (mode == "lid") != group->uses_lids)
        return refusal(std::move(ack), stale_addressing);

    std::map<Jid, Node const*> keys;
    if (auto const* participants = message.child("participants")) {
        for (auto const& to : participants->children()) {
            auto const device = to.jid("jid");
            auto const* enc = to.child("enc");
            if (!device || enc == nullptr) continue;
            if (network.options().strict_addressing && device->is_lid() != group->uses_lids)
                return refusal(std::move(ack), stale_addressing);
            watch_ciphertext(network, origin, *device, *enc);
            keys[*device] = enc;
        }
    }
    watch_ciphertext(network, origin, group->jid(), *shared);
    if (!is_first_send(network, origin, message, message.text("id"))) {
        network.count("messages_repeated");
        return ack;
    }
    network.count("group_messages");
    network.count("group_keys", keys.size());
    auto const plain = envelope(network, origin, *group, message);
    // Sandbox phones answer at once and may change the group: it is gone through as it is now.
    for (auto const& [account, rank, label] : std::vector<ChatGroup::Member>{group->members}) {
        if (account != origin.account) {
            account->contacts.insert(origin.account);
            origin.account->contacts.insert(account);
        }
        std::vector<std::uint16_t> devices;
        for (auto const& [device, state] : account->devices)
            if (!state->hosted && (account != origin.account || device != origin.device))
                devices.push_back(device);
        for (auto const device : devices) {
            auto out = plain;
            auto const key = keys.find(account->jid(group->form(), device));
            auto const has_key = key != keys.end();
            if (has_key) out.add(*key->second);
            out.add(*shared);
            add_others(out, message, has_key && key->second->text("type") == "pkmsg");
            network.deliver(*account, device, DeliveryKind::message, std::move(out));
        }
    }
    auto hash = message::participant_hash(group->device_jids());
    if (origin.account->faults.wrong_phash) hash = "2:AAAAAAAA";
    if (!message.text("phash").empty() && message.text("phash") != hash) {
        ack.set("phash", hash);
        network.count("group_hashes_differ");
    }
    return ack;
}

} // namespace wagate::sandbox
