#include "tools/sandbox/server/network.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/proto/client_payload.pb.h"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/calls.hpp"
#include "tools/sandbox/server/channels.hpp"
#include "tools/sandbox/server/group_desk.hpp"
#include "tools/sandbox/server/handlers.hpp"
#include "tools/sandbox/server/links.hpp"
#include "tools/sandbox/server/pairing_desk.hpp"
#include "tools/sandbox/server/push.hpp"
#include "tools/sandbox/server/routing.hpp"
#include "tools/sandbox/server/stanzas.hpp"

namespace wagate::sandbox {

using binary::Node;

namespace {

bool is_number(std::string_view text, std::size_t shortest, std::size_t longest)
{
    return text.size() >= shortest && text.size() <= longest &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Fifteen digits that depend on the phone number only, so that repeated runs agree.
std::string derived_lid(std::string_view phone)
{
    auto const digest = crypto::sha256(view(phone));
    auto const number = read_big_endian(ByteView{digest}.first(8)) % 100'000'000'000'000ULL;
    auto text = std::to_string(number);
    return "1" + std::string(14 - text.size(), '0') + text;
}

/// Flips a bit in the MAC of the first ciphertext.
bool damage(Node& message)
{
    auto* children = std::get_if<binary::Nodes>(&message.content);
    if (children == nullptr) return false;
    for (auto& child : *children) {
        auto ciphertext = to_bytes(child.bytes());
        if (child.tag != "enc" || ciphertext.empty()) continue;
        ciphertext.back() ^= 0x01;
        child.with_bytes(std::move(ciphertext));
        return true;
    }
    return false;
}

} // namespace

Network::Network(Scheduler& scheduler, RandomSource& random, NetworkOptions options)
    : scheduler_(scheduler),
      random_(random),
      options_(std::move(options)),
      identity_(ServerIdentity::generate(random, unix_seconds(scheduler.now()))),
      groups_(std::make_unique<GroupDesk>(*this)),
      pairing_(std::make_unique<PairingDesk>(*this)),
      media_(random)
{
    if (options_.ping_interval.count() > 0) ping_all();
}

Network::~Network() = default;

std::shared_ptr<LinkHandler> Network::accept(std::shared_ptr<Link> link)
{
    auto connection = std::make_shared<Connection>(*this, std::move(link));
    connections_.insert(connection.get());
    count("connections");
    return connection;
}

// ---------------------------------------------------------------------------- accounts

Account* Network::create_account(AccountSettings const& settings)
{
    if (!is_number(settings.phone, 5, 15) || accounts_.contains(settings.phone)) return nullptr;
    auto const lid = settings.lid.empty() ? derived_lid(settings.phone) : settings.lid;
    if (!is_number(lid, 5, 18) || by_lid_.contains(lid)) return nullptr;
    auto account = std::make_unique<Account>();
    account->phone = settings.phone;
    account->lid = lid;
    account->push_name = settings.push_name;
    account->business_name = settings.business_name;
    account->shop.profile.description = settings.business_name;
    account->hosted = settings.hosted;
    account->raw_id = static_cast<std::uint32_t>(random_.below(UINT32_MAX));
    account->key_index_time = static_cast<std::uint64_t>(now_seconds());
    account->devices[0] = std::make_unique<Device>();
    account->handset = std::make_unique<Phone>(*this, *account);
    auto* created = account.get();
    by_lid_[lid] = created;
    accounts_[settings.phone] = std::move(account);
    return created;
}

Account* Network::find_phone(std::string_view digits)
{
    auto found = accounts_.find(digits);
    return found == accounts_.end() ? nullptr : found->second.get();
}

Account* Network::find(Jid const& user)
{
    if (user.is_phone()) return find_phone(user.user);
    if (!user.is_lid()) return nullptr;
    auto found = by_lid_.find(user.user);
    return found == by_lid_.end() ? nullptr : found->second;
}

// ---------------------------------------------------------------------------- connections

void Network::admit(Connection& connection, ByteView client_payload)
{
    proto::ClientPayload payload;
    if (!payload.ParseFromArray(client_payload.data(), static_cast<int>(client_payload.size()))) {
        connection.send(failure("400"));
        return connection.close_soon();
    }
    if (payload.has_username())
        return log_in(*this, connection, std::to_string(payload.username()),
                      static_cast<std::uint16_t>(payload.device()));
    pairing_->begin(connection, payload);
}

void Network::on_stanza(Connection& connection, Node const& stanza)
{
    count("stanzas_received");
    if (stanza.tag == "iq") return on_iq(connection, stanza);
    if (stanza.tag == "ib") return on_ib(connection, stanza);
    // What an unpaired client sends besides iqs has no meaning yet.
    if (!connection.logged_in()) return;
    auto const origin = connection.origin();
    auto const& faults = origin.account->faults;
    if (stanza.tag == "message" || stanza.tag == "receipt") {
        auto ack = stanza.tag == "message" ? route_message(*this, origin, stanza)
                                           : route_receipt(*this, origin, stanza);
        if (faults.withhold_acks)
            count("faults_withheld_acks");
        else
            connection.send(std::move(ack));
    } else if (stanza.tag == "ack") {
        if (stanza.has("error")) count("nacks");
        if (!connection.device().mailbox.confirm_ack(stanza)) count("acks_without_stanza");
    } else if (stanza.tag == "presence") {
        handle_presence(*this, connection, stanza);
    } else if (stanza.tag == "chatstate") {
        handle_chatstate(*this, connection, stanza);
    } else if (stanza.tag == "call") {
        if (stanza.child("link_create") != nullptr) return create_call_link(*this, connection, stanza);
        connection.send(ack_of(stanza));
        route_call(*this, origin, stanza);
    } else {
        count("unknown_stanzas");
    }
}

void Network::on_iq(Connection& connection, Node const& iq)
{
    auto const type = iq.text("type");
    if (type == "result" || type == "error") return pairing_->on_reply(connection, iq);
    auto const xmlns = iq.text("xmlns");
    if (xmlns == "w:p") {
        if (connection.logged_in() && connection.account().faults.ignore_pings) return;
        count("client_pings");
        return connection.send(iq_result(iq));
    }
    if (xmlns == "md") return pairing_->on_request(connection, iq);
    if (!connection.logged_in()) return connection.send(iq_error(iq, 401, "not-authorized"));
    if (xmlns == "encrypt") return handle_encrypt(*this, connection, iq);
    if (xmlns == "passive") return handle_passive(*this, connection, iq);
    if (xmlns == "usync") return handle_usync(*this, connection, iq);
    if (xmlns == "w:sync:app:state") return handle_app_state(*this, connection, iq);
    if (xmlns == "w:mex") return handle_mex(*this, connection, iq);
    if (xmlns == "newsletter") return handle_newsletter(*this, connection, iq);
    if (xmlns == "w:g2") return handle_groups(*this, connection, iq);
    if (handle_account_iq(*this, connection, xmlns, iq)) return;
    count("unknown_iqs");
    connection.send(type == "set" ? iq_result(iq) : iq_error(iq, 501, "feature-not-implemented"));
}

void Network::on_ib(Connection& connection, Node const& ib)
{
    // The queue is always sent in one go, so that a request for a batch has nothing left to ask for.
    (void)connection;
    if (ib.child("offline_batch") != nullptr) count("offline_batches");
}

void Network::forget(Connection& connection)
{
    connections_.erase(&connection);
    pairing_->forget(connection);
    if (!connection.logged_in()) return;
    auto& account = connection.account();
    auto const was_available = connection.available;
    connection.unbind();
    if (was_available) publish_presence(*this, account);
}

void Network::faults_changed(Account& account)
{
    for (auto& [id, device] : account.devices)
        if (device->connection != nullptr) device->connection->faults_changed();
}

void Network::ping_all()
{
    scheduler_.after(options_.ping_interval, [this, weak = std::weak_ptr<int>{alive_}] {
        if (weak.expired()) return;
        for (auto* connection : connections_) {
            if (!connection->logged_in() || connection->account().faults.no_pings) continue;
            auto ping = server_iq(next_id(), "get", "urn:xmpp:ping");
            ping.add(Node{"ping"});
            connection->send(std::move(ping));
        }
        ping_all();
    });
}

// ---------------------------------------------------------------------------- delivery

void Network::deliver(Account& account, std::uint16_t id, DeliveryKind kind, Node stanza)
{
    auto* device = account.find_device(id);
    if (device == nullptr) return;
    count(std::string{"delivered_"} + std::string{stanza_class(kind)} + "s");
    if (id == 0) {
        account.handset->receive(std::move(stanza));
        return;
    }
    auto& faults = account.faults;
    if (kind == DeliveryKind::message && faults.undecryptable > 0 && damage(stanza)) {
        --faults.undecryptable;
        count("faults_damaged_messages");
    }
    auto const& put = device->mailbox.put(kind, std::move(stanza));
    bool const is_for_people = kind == DeliveryKind::message || kind == DeliveryKind::call;
    if (device->connection == nullptr && is_for_people) push_to(*this, *device);
    if (device->connection != nullptr && device->connection->active && !faults.withhold_delivery)
        device->connection->deliver(kind, put.stanza);
}

void Network::deliver_to_all(Account& account, DeliveryKind kind, Node const& stanza,
                             std::optional<std::uint16_t> except)
{
    for (auto const& [id, device] : account.devices)
        if (!except || *except != id) deliver(account, id, kind, stanza);
}

void Network::drain(Connection& connection)
{
    auto& mailbox = connection.device().mailbox;
    auto const total = static_cast<std::int64_t>(mailbox.pending().size());
    if (total > 0) {
        Node preview{"offline_preview"};
        preview.set("count", total)
            .set("message", static_cast<std::int64_t>(mailbox.count(DeliveryKind::message)))
            .set("receipt", static_cast<std::int64_t>(mailbox.count(DeliveryKind::receipt)))
            .set("notification", static_cast<std::int64_t>(mailbox.count(DeliveryKind::notification)))
            .set("appdata", std::int64_t{0});
        Node ib{"ib"};
        ib.set("from", Jid::server_jid()).add(std::move(preview));
        connection.send(std::move(ib));
    }
    std::int64_t number = 0;
    auto const waiting = mailbox.pending();
    for (auto const& delivery : waiting) {
        auto stanza = delivery.stanza;
        stanza.set("offline", number++);
        connection.deliver(delivery.kind, std::move(stanza));
        count("delivered_from_queue");
    }
    Node offline{"offline"};
    offline.set("count", total);
    Node ib{"ib"};
    ib.set("from", Jid::server_jid()).add(std::move(offline));
    connection.send(std::move(ib));
}

std::optional<signal::PreKeyBundle> Network::take_bundle(Account& account, std::uint16_t id)
{
    auto* device = account.find_device(id);
    if (device == nullptr || !device->keys.uploaded()) return std::nullopt;
    auto bundle = device->keys.take_bundle(account.faults.no_one_time_prekeys);
    if (id == 0) {
        account.handset->replenish_prekeys();
    } else if (bundle.one_time && device->keys.one_time_count() + 1 == options_.low_prekeys) {
        // Once per descent below the mark, not for every key.
        auto notice = notification("encrypt", Jid::server_jid(), next_id(), now_seconds());
        Node left{"count"};
        left.set("value", static_cast<std::int64_t>(device->keys.one_time_count()));
        notice.add(std::move(left));
        deliver(account, id, DeliveryKind::notification, std::move(notice));
    }
    count("bundles_served");
    return bundle;
}

void Network::sync_companion(Account& account, Device& device)
{
    if (device.synced || device.connection == nullptr || !device.connection->active) return;
    if (device.keys.one_time_count() == 0 || !account.handset->online()) return;
    device.synced = true;
    account.handset->sync_companion(device.id);
}

// ---------------------------------------------------------------------------- observation

std::string Network::next_id()
{
    return "s" + std::to_string(next_id_++) + "-" + hex_encode(random_.bytes(4));
}

void Network::count(std::string_view counter, std::uint64_t amount)
{
    auto found = counters_.find(counter);
    if (found == counters_.end()) found = counters_.emplace(std::string{counter}, 0).first;
    found->second += amount;
}

void Network::log(std::string const& line) const
{
    if (options_.log) options_.log(line);
}

void Network::trace(Connection const& connection, std::string_view direction, Node const& stanza) const
{
    if (!options_.trace || !options_.log) return;
    auto const who = connection.logged_in() ? connection.origin().jid(JidServer::user).to_string()
                                            : std::string{"unpaired"};
    options_.log(who + " " + std::string{direction} + " " + binary::describe(stanza));
}

} // namespace wagate::sandbox
