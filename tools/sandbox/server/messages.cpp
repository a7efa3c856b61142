// Message routing: one stanza in, one per device out (protocol.md 5.4, 6.4, 7.4, 7.5).
#include "protocol/binary/codec.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/message/identifiers.hpp"
#include "tools/sandbox/server/channels.hpp"
#include "tools/sandbox/server/handlers.hpp"
#include "tools/sandbox/server/routing.hpp"
#include "tools/sandbox/server/stanzas.hpp"
#include "tools/sandbox/server/status_posts.hpp"

#include <algorithm>
#include <cstring>

namespace wagate::sandbox {

using binary::Node;

namespace {

constexpr std::size_t remembered_sends = 100'000;

/// A ciphertext and the device it is for.
struct Part {
    Jid device;
    Node enc;
};

Node refusal(Node ack, int code)
{
    ack.set("error", std::int64_t{code});
    return ack;
}

/// Participants with their ciphertexts; the bare form is for the device in `to`.
std::vector<Part> parts_of(Node const& message, Jid const& to)
{
    std::vector<Part> parts;
    if (auto const* participants = message.child("participants")) {
        for (auto const& child : participants->children()) {
            auto const device = child.jid("jid");
            auto const* enc = child.child("enc");
            if (child.tag == "to" && device && enc != nullptr) parts.push_back({*device, *enc});
        }
    }
    for (auto const& child : message.children())
        if (child.tag == "enc") parts.push_back({to, child});
    return parts;
}

bool same_form(Jid const& left, Jid const& right)
{
    return left.is_lid() == right.is_lid();
}

/// What one device receives.
Node delivery_for(Network& network, Origin const& origin, Node const& message, Jid const& to,
                  Part const& part, bool to_own_device)
{
    auto const server = to.is_lid() ? JidServer::lid : JidServer::user;
    auto const& sender = *origin.account;
    Node out{"message"};
    out.set("from", origin.jid(server)).set("id", message.text("id")).set("type", message.text("type"));
    // A resend keeps the time of the original.
    out.set("t", message.integer("t").value_or(network.now_seconds()));
    if (!sender.push_name.empty()) out.set("notify", sender.push_name);
    if (!sender.business_name.empty()) out.add(verified_name_node(sender));
    copy_attributes(out, message, {"category", "edit", "push_priority"});
    auto const is_peer = message.text("category") == "peer";
    if (!is_peer && to_own_device) {
        auto const chat = message.jid("recipient").value_or(to).bare();
        out.set("recipient", chat);
        if (auto const* peer = network.find(chat)) {
            if (chat.is_lid())
                out.set("peer_recipient_pn", peer->phone_jid());
            else
                out.set("peer_recipient_lid", peer->lid_jid());
        }
    } else if (!is_peer) {
        if (server == JidServer::lid)
            out.set("sender_pn", sender.phone_jid());
        else
            out.set("sender_lid", sender.lid_jid());
    }
    out.add(part.enc);
    for (auto const& child : message.children()) {
        if (child.tag == "enc" || child.tag == "participants" || child.tag == "tctoken" ||
            child.tag == "cstoken")
            continue;
        // The identity proves who sent a first message; others do not need it.
        if (child.tag == "device-identity" && part.enc.text("type") != "pkmsg") continue;
        out.add(child);
    }
    return out;
}

/// The hash of the device set that the server knows, when the sender's set differs (5.4); empty otherwise.
std::string differing_hash(Origin const& origin, Account& peer, Jid const& to, std::vector<Part> const& parts)
{
    auto const server = to.is_lid() ? JidServer::lid : JidServer::user;
    auto known = peer.device_jids(server);
    if (&peer != origin.account) {
        auto const own = origin.account->device_jids(server);
        known.insert(known.end(), own.begin(), own.end());
    }
    std::vector<Jid> used{origin.jid(server)};
    for (auto const& part : parts)
        used.push_back(part.device);
    std::sort(known.begin(), known.end());
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
    return known == used ? std::string{} : message::participant_hash(known);
}

void watch_ciphertexts(Network& network, Origin const& origin, std::vector<Part> const& parts)
{
    for (auto const& part : parts)
        watch_ciphertext(network, origin, part.device, part.enc);
}

} // namespace

bool is_first_send(Network& network, Origin const& origin, Node const& message, std::string const& id)
{
    auto& accepted = origin.account->accepted;
    if (accepted.size() >= remembered_sends) accepted.clear();
    auto const digest = crypto::sha256(binary::encode(message));
    std::uint64_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    auto const [place, is_new] = accepted.emplace(std::to_string(origin.device) + "|" + id, hash);
    if (!is_new && place->second != hash) {
        network.count(changed_repeats);
        network.log("account " + origin.account->phone + " repeats " + id + " with other bytes");
    }
    return is_new;
}

void watch_ciphertext(Network& network, Origin const& origin, Jid const& to, Node const& enc)
{
    auto const* owner = network.find(to);
    if (owner == nullptr && !to.is_group() && !to.is_status()) return;
    auto const recipient = owner == nullptr ? to : owner->lid_jid(to.device);
    if (network.ciphertexts().is_unique(origin.jid(JidServer::lid), recipient, enc)) return;
    network.count(reused_message_keys);
    network.log("account " + origin.account->phone + " uses a message key twice");
}

Node route_message(Network& network, Origin const& origin, Node const& message)
{
    auto& sender = *origin.account;
    auto ack = ack_of(message);
    ack.set("t", network.now_seconds());
    auto const to = message.jid("to");
    auto const id = message.text("id");
    if (!to || id.empty()) return refusal(std::move(ack), 400);
    network.count("messages_received");
    if (sender.faults.ack_error_count > 0 && !sender.faults.ack_error.empty()) {
        --sender.faults.ack_error_count;
        network.count("faults_refused_messages");
        ack.set("error", sender.faults.ack_error);
        return ack;
    }
    if (to->is_newsletter()) return route_channel_message(network, origin, message);
    if (to->is_group()) return route_group_message(network, origin, message, std::move(ack));
    if (to->is_status()) return route_status_message(network, origin, message, std::move(ack));
    // Other broadcast lists do not exist here yet.
    auto* peer = network.find(*to);
    if (peer == nullptr) return refusal(std::move(ack), 404);

    auto const is_peer = message.text("category") == "peer";
    auto parts = parts_of(message, *to);
    if (parts.empty()) return refusal(std::move(ack), 400);
    // Resends go to one device under an id that was routed before.
    auto const is_resend =
        parts.front().enc.has("count") || (message.child("participants") == nullptr && !is_peer);
    watch_ciphertexts(network, origin, parts);
    if (!is_resend && !is_first_send(network, origin, message, id)) {
        network.count("messages_repeated");
        return ack;
    }
    if (is_peer) {
        if (peer != &sender) return refusal(std::move(ack), 403);
        auto const target = origin.device == 0 ? to->device : std::uint16_t{0};
        network.deliver(sender, target, DeliveryKind::message,
                        delivery_for(network, origin, message, *to, parts.front(), true));
        return ack;
    }
    if (network.options().strict_addressing) {
        auto const mixed = std::any_of(parts.begin(), parts.end(),
                                       [&](Part const& part) { return !same_form(part.device, *to); });
        if (mixed) return refusal(std::move(ack), 421);
    }
    if (peer != &sender) {
        sender.contacts.insert(peer);
        peer->contacts.insert(&sender);
    }
    std::size_t dropped = 0;
    for (auto const& part : parts) {
        auto* owner = network.find(part.device);
        auto const is_sender = owner == &sender && part.device.device == origin.device;
        if ((owner != &sender && owner != peer) || is_sender ||
            owner->find_device(part.device.device) == nullptr) {
            ++dropped;
            continue;
        }
        network.deliver(*owner, part.device.device, DeliveryKind::message,
                        delivery_for(network, origin, message, *to, part, owner == &sender));
    }
    if (dropped > 0) network.count("ciphertexts_without_device", dropped);
    if (!is_resend) {
        auto hash = differing_hash(origin, *peer, *to, parts);
        if (hash.empty() && sender.faults.wrong_phash) hash = "2:AAAAAAAA";
        if (!hash.empty()) ack.set("phash", hash);
    }
    return ack;
}

} // namespace wagate::sandbox
