#include "tests/support/fake_server.hpp"

#include "protocol/binary/codec.hpp"
#include "protocol/proto/client_payload.pb.h"
#include "protocol/stanza/iq.hpp"
#include "protocol/stanza/message.hpp"
#include "protocol/stanza/prekeys.hpp"

#include <stdexcept>

namespace wagate::testing {

using binary::Node;

namespace {

constexpr auto year_in_seconds = 31'536'000;

Node bytes_child(std::string_view tag, ByteView bytes)
{
    return Node{tag}.with_bytes(to_bytes(bytes));
}

Bytes content_of(Node const* node)
{
    return node != nullptr ? to_bytes(node->bytes()) : Bytes{};
}

crypto::Key32 key_of(Node const* node)
{
    return to_array<32>(content_of(node));
}

Node server_iq(Node const& request)
{
    Node reply{"iq"};
    reply.set("from", Jid::server_jid()).set("type", "result").set("id", request.text("id"));
    return reply;
}

} // namespace

FakeServer::FakeServer(RandomSource& random, ScenarioClock const& clock)
    : random_(random), clock_(clock), root_(crypto::generate_key_pair(random)), static_(crypto::generate_key_pair(random))
{
    auto const intermediate = crypto::generate_key_pair(random);
    auto const now = static_cast<std::uint64_t>(unix_seconds(clock.now.wall));
    noise::CertificateChain chain;
    chain.intermediate = noise::issue_certificate({7, 0, intermediate.public_key, now - 3'600, now + year_in_seconds}, root_.private_key, random);
    chain.leaf = noise::issue_certificate({8, 7, static_.public_key, now - 3'600, now + year_in_seconds}, intermediate.private_key, random);
    chain_ = noise::serialize(chain);
}

// ------------------------------------------------------------------------------------------------ accounts

FakePhone& FakeServer::add_account(std::string const& phone_user, std::string const& lid_user, std::string const& name)
{
    auto& added = accounts_[lid_user];
    added.phone = std::make_unique<FakePhone>(phone_user, lid_user, name, random_);
    return *added.phone;
}

FakeServer::Account* FakeServer::find_account(Jid const& any_form)
{
    for (auto& [lid_user, account] : accounts_)
        if (any_form.is_lid() ? lid_user == any_form.user : any_form.is_phone() && account.phone->phone.user == any_form.user) return &account;
    return nullptr;
}

FakeServer::Account& FakeServer::account(Jid const& any_form)
{
    if (auto* found = find_account(any_form)) return *found;
    throw std::logic_error("no such account: " + any_form.to_string());
}

FakeServer::Companion* FakeServer::find_companion(Jid const& device)
{
    auto* owner = find_account(device);
    if (owner == nullptr) return nullptr;
    auto const found = owner->companions.find(device.device);
    return found != owner->companions.end() ? &found->second : nullptr;
}

FakeServer::Companion& FakeServer::companion(Jid const& device)
{
    if (auto* found = find_companion(device)) return *found;
    throw std::logic_error("no such companion: " + device.to_string());
}

PublishedKeys& FakeServer::keys(Jid const& device)
{
    return device.device == 0 ? phone(device).published : companion(device).keys;
}

Jid FakeServer::form(Jid const& device, bool as_lid)
{
    auto const& owner = *account(device).phone;
    return (as_lid ? owner.lid : owner.phone).with_device(device.device);
}

std::vector<Jid> FakeServer::devices_of(Jid const& user)
{
    std::vector<Jid> found;
    auto* owner = find_account(user);
    if (owner == nullptr) return found;
    found.push_back(user.with_device(0));
    for (auto const& [number, device] : owner->companions) found.push_back(user.with_device(number));
    return found;
}

void FakeServer::remove_device(Jid const& device)
{
    auto const connection = companion(device).connection;
    account(device).companions.erase(device.device);
    if (connection == 0) return;
    Node error{"stream:error"};
    error.set("code", "401").add(Node{"conflict"}.set("type", "device_removed"));
    write(connection, error);
    close(connection);
}

// ------------------------------------------------------------------------------------------------ transport

FakeServer::ConnectionId FakeServer::connect()
{
    connections_[next_connection_];
    return next_connection_++;
}

void FakeServer::receive(ConnectionId id, ByteView bytes)
{
    auto& connection = connections_.at(id);
    using Stage = Connection::Stage;
    if (connection.stage == Stage::closed) return;
    if (connection.stage == Stage::preamble) {
        auto const complete = connection.preamble.feed(bytes);
        if (!complete) throw std::logic_error("the client's preamble is bad");
        if (!*complete) return;
        connection.handshake.emplace(static_, crypto::generate_key_pair(random_), chain_);
        connection.stage = Stage::hello;
        connection.splitter.feed(connection.preamble.take_rest());
    } else {
        connection.splitter.feed(bytes);
    }
    while (auto frame = connection.splitter.next().value()) {
        if (connection.stage == Stage::hello) {
            connection.output.push_back(noise::make_frame(connection.handshake->respond(*frame).value()));
            connection.stage = Stage::finish;
        } else if (connection.stage == Stage::finish) {
            auto const client = connection.handshake->accept(*frame).value();
            connection.cipher = connection.handshake->transport();
            connection.static_key = client.static_key;
            connection.stage = Stage::open;
            accept_payload(id, client.payload);
        } else if (connection.stage == Stage::open) {
            auto encoded = connection.cipher->open(*frame).value();
            auto const node = binary::decode(encoded).value();
            log.push_back({connection.device, node, std::move(encoded)});
            if (!intercept || !intercept(connection.device, node)) handle(id, node);
        }
    }
}

void FakeServer::write(ConnectionId id, Node const& node)
{
    auto const found = connections_.find(id);
    if (found == connections_.end() || found->second.stage != Connection::Stage::open) return;
    found->second.output.push_back(found->second.cipher->seal(binary::encode(node)).value());
}

std::vector<Node> FakeServer::seen(Jid const& device, std::string_view tag) const
{
    std::vector<Node> found;
    for (auto const& entry : log)
        if (entry.device == device && entry.node.tag == tag) found.push_back(entry.node);
    return found;
}

std::optional<Bytes> FakeServer::take_output(ConnectionId id)
{
    auto const found = connections_.find(id);
    if (found == connections_.end() || found->second.output.empty()) return std::nullopt;
    auto bytes = std::move(found->second.output.front());
    found->second.output.pop_front();
    return bytes;
}

bool FakeServer::has_output(ConnectionId id) const
{
    auto const found = connections_.find(id);
    return found != connections_.end() && !found->second.output.empty();
}

bool FakeServer::is_closed(ConnectionId id) const
{
    auto const found = connections_.find(id);
    return found == connections_.end() || (found->second.stage == Connection::Stage::closed && found->second.output.empty());
}

void FakeServer::close(ConnectionId id)
{
    auto& connection = connections_.at(id);
    connection.stage = Connection::Stage::closed;
    if (auto* device = find_companion(connection.device); device != nullptr && device->connection == id) {
        device->connection = 0;
        device->active = false;
    }
}

void FakeServer::disconnect(ConnectionId id)
{
    if (!connections_.contains(id)) return;
    close(id);
    connections_.erase(id);
}

void FakeServer::close_connection_of(Jid const& device)
{
    close(companion(device).connection);
}

void FakeServer::accept_payload(ConnectionId id, ByteView payload)
{
    auto& connection = connections_.at(id);
    hellos.push_back({to_bytes(payload), connection.preamble.routing_info()});
    proto::ClientPayload client;
    if (!client.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) throw std::logic_error("the client payload does not parse");
    if (client.has_device_pairing_data()) {
        auto const& data = client.device_pairing_data();
        auto& registration = connection.registration;
        registration.registration_id = static_cast<std::uint32_t>(read_big_endian(view(data.registration_id())));
        registration.identity = to_array<32>(view(data.identity()));
        registration.signed_prekey_id = static_cast<std::uint32_t>(read_big_endian(view(data.signed_prekey_id())));
        registration.signed_prekey = to_array<32>(view(data.signed_prekey()));
        registration.signed_prekey_signature = to_array<64>(view(data.signed_prekey_signature()));
        if (!sends_pair_device) return;
        Node pair_device{"pair-device"};
        for (std::size_t i = 0; i < qr_refs; ++i) pair_device.add(Node{"ref"}.with_bytes(to_bytes("ref-" + std::to_string(next_id_++))));
        Node iq{"iq"};
        iq.set("from", Jid::server_jid()).set("type", "set").set("id", std::to_string(next_id_++)).set("xmlns", "md").add(std::move(pair_device));
        write(id, iq);
        return;
    }
    auto const jid = Jid::phone(std::to_string(client.username()), static_cast<std::uint16_t>(client.device()));
    auto* device = find_companion(jid);
    if (device == nullptr) {
        write(id, Node{"failure"}.set("reason", "401"));
        close(id);
        return;
    }
    if (device->connection != 0) {
        Node error{"stream:error"};
        error.add(Node{"conflict"}.set("type", "replaced"));
        write(device->connection, error);
        close(device->connection);
    }
    connection.device = device->lid;
    device->connection = id;
    for (auto& queued : device->queue) queued.sent = false;
    write(id, Node{"success"}.set("t", unix_seconds(clock_.now.wall)).set("lid", device->lid));
}

// ------------------------------------------------------------------------------------------------ pairing

void FakeServer::scan(std::string const& qr_text, FakePhone& phone, Scan how)
{
    auto content = pairing::parse_qr(qr_text);
    if (!content) throw std::logic_error("the phone cannot read the QR code");
    if (how.wrong_secret) content->adv_secret[0] ^= 1;
    for (auto& [id, connection] : connections_)
        if (connection.stage == Connection::Stage::open && connection.static_key == content->noise_key) return offer_pairing(id, phone, content->adv_secret);
    throw std::logic_error("nobody shows this QR code");
}

void FakeServer::offer_pairing(ConnectionId id, FakePhone& phone, ByteView adv_secret)
{
    auto& connection = connections_.at(id);
    auto& owner = account(phone.lid);
    pairing::DeviceIdentityDetails details;
    details.raw_id = 1;
    details.timestamp = static_cast<std::uint64_t>(unix_seconds(clock_.now.wall));
    details.key_index = owner.next_device;
    if (phone.registers_devices_as_hosted) details.account_type = details.device_type = pairing::AccountType::hosted;
    connection.pairing = {&phone, phone.registers_devices_as_hosted};
    Node device{"device"};
    device.set("jid", phone.phone.with_device(owner.next_device)).set("lid", phone.lid.with_device(owner.next_device));
    Node success{"pair-success"};
    success.add(bytes_child("device-identity", pairing::make_pairing_container(details, phone.identity.identity, connection.registration.identity,
                                                                               adv_secret, random_)));
    success.add(std::move(device)).add(Node{"platform"}.set("name", "android"));
    Node iq{"iq"};
    iq.set("from", Jid::server_jid()).set("type", "set").set("id", "pair-" + std::to_string(next_id_++)).add(std::move(success));
    write(id, iq);
}

void FakeServer::finish_pairing(ConnectionId id, Node const& reply)
{
    auto& connection = connections_.at(id);
    auto const* signed_node = reply.path({"pair-device-sign", "device-identity"});
    if (signed_node == nullptr) return;
    auto identity = pairing::parse_signed_identity(signed_node->bytes()).value();
    identity.account_signature_key = to_bytes(connection.pairing.phone->identity.identity.public_key);
    if (!connection.pairing.hosted) pairing::verify_companion(identity, connection.registration.identity, {}).value();
    auto& owner = account(connection.pairing.phone->lid);
    auto& device = owner.companions[owner.next_device];
    device.lid = connection.pairing.phone->lid.with_device(owner.next_device);
    device.key_index = owner.next_device++;
    device.keys = connection.registration;
    device.keys.device_identity = pairing::serialize(identity, true);
    write(id, Node{"stream:error"}.set("code", "515"));
    close(id);
}

void FakeServer::on_link_code(ConnectionId id, Node const& iq)
{
    auto& connection = connections_.at(id);
    auto const& request = *iq.child("link_code_companion_reg");
    if (request.text("stage") == "companion_hello") {
        connection.code.phone = request.jid("jid").value();
        connection.code.wrapped = content_of(request.child("link_code_pairing_wrapped_companion_ephemeral_pub"));
        auto reply = server_iq(iq);
        reply.add(Node{"link_code_companion_reg"}.add(bytes_child("link_code_pairing_ref", view("code-ref"))));
        write(id, reply);
        return;
    }
    auto& owner = *account(connection.code.phone).phone;
    auto const secret = pairing::primary_finish(connection.code.primary_ephemeral, owner.identity.identity, connection.code.companion_ephemeral,
                                                content_of(request.child("companion_identity_public")),
                                                content_of(request.child("link_code_pairing_wrapped_key_bundle")))
                            .value();
    write(id, server_iq(iq));
    offer_pairing(id, owner, secret);
}

void FakeServer::enter_code(std::string code, FakePhone& phone)
{
    std::erase(code, '-');
    for (auto& [id, connection] : connections_) {
        if (connection.stage != Connection::Stage::open || !connection.code.phone.same_user(phone.phone)) continue;
        auto const companion = pairing::unwrap_ephemeral(code, connection.code.wrapped);
        connection.code.companion_ephemeral = companion.value();
        connection.code.primary_ephemeral = crypto::generate_key_pair(random_);
        auto const wrapped = pairing::wrap_ephemeral(code, connection.code.primary_ephemeral.public_key, random_);
        Node registration{"link_code_companion_reg"};
        registration.set("stage", "primary_hello");
        registration.add(bytes_child("link_code_pairing_wrapped_primary_ephemeral_pub", wrapped));
        registration.add(bytes_child("primary_identity_pub", phone.identity.identity.public_key));
        registration.add(bytes_child("link_code_pairing_ref", view("code-ref")));
        Node notification{"notification"};
        notification.set("from", Jid::server_jid()).set("type", "link_code_companion_reg").set("id", std::to_string(next_id_++));
        notification.add(std::move(registration));
        write(id, notification);
        return;
    }
    throw std::logic_error("nobody waits for a code for this phone");
}

// ------------------------------------------------------------------------------------------------ stanzas

void FakeServer::handle(ConnectionId id, Node const& node)
{
    auto const jid = connections_.at(id).device;
    if (node.tag == "iq") {
        on_iq(id, node);
        return;
    }
    auto* device = find_companion(jid);
    if (device == nullptr) return;
    if (node.tag == "message") {
        route_message(jid, node);
    } else if (node.tag == "receipt") {
        route_receipt(jid, node);
        if (node.text("type") != "retry") answered(*device, "message", node.text("id"));
        Node ack{"ack"};
        ack.set("class", "receipt").set("id", node.text("id")).set("from", node.jid("to").value());
        write(id, ack);
    } else if (node.tag == "ack") {
        answered(*device, node.text("class"), node.text("id"));
    } else if (auto const* batch = node.child("offline_batch")) {
        if (device->credit) *device->credit += static_cast<std::size_t>(batch->integer("count").value());
        flush(*device);
    }
}

void FakeServer::on_iq(ConnectionId id, Node const& iq)
{
    if (iq.text("type") == "result") return finish_pairing(id, iq);
    if (iq.text("type") == "error") return;
    if (iq.child("link_code_companion_reg") != nullptr) return on_link_code(id, iq);
    auto const& connection = connections_.at(id);
    auto const xmlns = iq.text("xmlns");
    auto* device = find_companion(connection.device);
    if (device != nullptr && xmlns == "encrypt") return on_encrypt_iq(*device, iq);
    if (xmlns == "usync") return write(id, usync(iq));
    write(id, server_iq(iq)); // a bare result is a safe answer to everything else (11.6)
    if (device == nullptr) return;
    if (iq.child("remove-companion-device") != nullptr) return remove_device(connection.device);
    if (xmlns != "passive") return;
    device->active = true;
    device->caught_up = false;
    device->credit = offline_primer;
    if (offline_primer && !device->queue.empty()) {
        Node preview{"offline_preview"};
        preview.set("count", static_cast<std::int64_t>(device->queue.size()));
        write(id, Node{"ib"}.add(std::move(preview)));
    }
    flush(*device);
}

void FakeServer::on_encrypt_iq(Companion& device, Node const& iq)
{
    auto reply = server_iq(iq);
    if (iq.text("type") == "set") {
        auto const* holder = iq.child("rotate") != nullptr ? iq.child("rotate") : &iq;
        device.keys.signed_prekey_id = static_cast<std::uint32_t>(read_big_endian(content_of(holder->path({"skey", "id"}))));
        device.keys.signed_prekey = key_of(holder->path({"skey", "value"}));
        device.keys.signed_prekey_signature = to_array<64>(content_of(holder->path({"skey", "signature"})));
        if (auto const* list = iq.child("list"))
            for (auto const& key : list->children())
                device.keys.one_time[static_cast<std::uint32_t>(read_big_endian(content_of(key.child("id"))))] = key_of(key.child("value"));
    } else if (iq.child("count") != nullptr) {
        reply.add(Node{"count"}.set("value", static_cast<std::int64_t>(device.keys.one_time.size())));
    } else if (iq.child("digest") != nullptr) {
        reply.add(Node{"digest"}.add(bytes_child("identity", device.keys.identity)));
    } else if (auto const* wanted = iq.child("key")) {
        Node list{"list"};
        for (auto const& user : wanted->children()) list.add(bundle_of(user.jid("jid").value()));
        reply.add(std::move(list));
    }
    write(device.connection, reply);
}

signal::PreKeyBundle FakeServer::take_bundle(Jid const& device)
{
    auto& published = keys(device);
    signal::PreKeyBundle bundle{published.registration_id, published.identity, published.signed_prekey_id, published.signed_prekey,
                                published.signed_prekey_signature, std::nullopt};
    if (auto const first = published.one_time.begin(); first != published.one_time.end()) {
        bundle.one_time = signal::PreKeyBundle::OneTime{first->first, first->second};
        published.one_time.erase(first);
    }
    return bundle;
}

Node FakeServer::bundle_of(Jid const& device)
{
    Node user{"user"};
    user.set("jid", device);
    auto* owner = find_account(device);
    if (owner == nullptr || (device.device != 0 && !owner->companions.contains(device.device))) {
        user.add(Node{"error"}.set("code", "406").set("text", "not-acceptable"));
        return user;
    }
    auto const bundle = take_bundle(device);
    Node signed_prekey{"skey"};
    signed_prekey.add(bytes_child("id", big_endian(bundle.signed_prekey_id, 3))).add(bytes_child("value", bundle.signed_prekey));
    signed_prekey.add(bytes_child("signature", bundle.signed_prekey_signature));
    user.add(bytes_child("registration", big_endian(bundle.registration_id, 4))).add(bytes_child("type", ByteArray<1>{5}));
    user.add(bytes_child("identity", bundle.identity)).add(std::move(signed_prekey));
    if (bundle.one_time) user.add(stanza::prekey_node(bundle.one_time->id, bundle.one_time->key));
    if (device.device != 0) user.add(bytes_child("device-identity", keys(device).device_identity));
    return user;
}

Node FakeServer::usync(Node const& request)
{
    Node list{"list"};
    for (auto const& asked : request.path({"usync", "list"})->children()) {
        auto const* contact = asked.child("contact");
        auto const number = contact != nullptr ? to_text(contact->bytes()) : std::string{};
        auto const jid = contact != nullptr ? Jid::phone(number.substr(1)) : asked.jid("jid").value();
        auto* owner = find_account(jid);
        Node user{"user"};
        user.set("jid", jid);
        if (contact != nullptr) user.add(Node{"contact"}.set("type", owner != nullptr ? "in" : "out").with_text(number));
        if (owner != nullptr) {
            user.add(Node{"lid"}.set("val", owner->phone->lid));
            if (jid.is_lid() && names_other_address) user.set("pn_jid", owner->phone->phone);
            if (contact == nullptr) {
                pairing::KeyIndexList indexes{1, static_cast<std::uint64_t>(unix_seconds(clock_.now.wall)), owner->next_device - 1u, {}};
                Node devices{"device-list"};
                devices.add(Node{"device"}.set("id", "0"));
                for (auto const& [number_of_device, device] : owner->companions) {
                    indexes.valid_indexes.push_back(device.key_index);
                    Node entry{"device"};
                    entry.set("id", std::int64_t{number_of_device}).set("key-index", std::int64_t{device.key_index});
                    devices.add(std::move(entry));
                }
                Node holder{"devices"};
                holder.add(std::move(devices));
                holder.add(bytes_child("key-index-list", pairing::make_signed_key_index_list(indexes, owner->phone->identity.identity, random_)));
                user.add(std::move(holder));
            }
        }
        list.add(std::move(user));
    }
    auto reply = server_iq(request);
    reply.add(Node{"usync"}.add(std::move(list)));
    return reply;
}

// ------------------------------------------------------------------------------------------------ routing

void FakeServer::route_message(Jid const& sender, Node const& message)
{
    auto const to = message.jid("to").value();
    Node ack{"ack"};
    ack.set("class", "message").set("id", message.text("id")).set("from", to).set("t", unix_seconds(clock_.now.wall));
    send(sender, ack);
    auto const& from = *account(sender).phone;
    auto const hand_over = [&](Jid const& target, Node const& enc) {
        auto* owner = find_account(target);
        if (owner == nullptr) return;
        Node copy{"message"};
        copy.set("from", form(sender, target.is_lid())).set("id", message.text("id")).set("type", "text").set("t", unix_seconds(clock_.now.wall));
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
        for (auto const& part : participants->children()) hand_over(part.jid("jid").value(), *part.child("enc"));
}

void FakeServer::route_receipt(Jid const& sender, Node const& receipt)
{
    auto const type = receipt.text("type");
    auto const to = receipt.jid("to").value();
    if (type == "sender" || type == "peer_msg" || type == "hist_sync" || !to.is_user()) return;
    Node copy{"receipt"};
    copy.set("from", form(sender, to.is_lid())).set("id", receipt.text("id")).set("t", unix_seconds(clock_.now.wall));
    if (!type.empty()) copy.set("type", type);
    if (auto const recipient = receipt.jid("recipient")) copy.set("recipient", *recipient);
    copy.content = receipt.content;
    if (type == "read") {
        for (auto const& device : devices_of(to)) deliver(device, copy);
    } else {
        deliver(to, std::move(copy));
    }
}

void FakeServer::send(Jid const& device, Node node)
{
    if (auto const* target = find_companion(device)) write(target->connection, node);
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
        if (!owner.receive(node) || !owner.sends_receipts) return;
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

// ------------------------------------------------------------------------------------------------ phones

void FakeServer::send_text(FakePhone& from, Jid const& to, std::string const& text, std::string const& id)
{
    message::TextContent content;
    content.text = text;
    auto const plain = message::make_text(content);
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
        part.set("jid", device).add(stanza::enc_node(from.seal(device, device.same_user(own) ? wrapped : plain)));
        participants.add(std::move(part));
    }
    Node message{"message"};
    message.set("to", to.bare()).set("id", id).set("type", "text").add(std::move(participants));
    route_message(own, message);
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
