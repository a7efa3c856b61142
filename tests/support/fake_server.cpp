#include "tests/support/fake_server.hpp"

#include "protocol/binary/codec.hpp"
#include "protocol/proto/client_payload.pb.h"
#include "tests/support/fake_server_nodes.hpp"

#include <stdexcept>

namespace wagate::testing {

using binary::Node;

namespace {

constexpr auto year_in_seconds = 31'536'000;

} // namespace

FakeServer::FakeServer(RandomSource& random, ScenarioClock const& clock)
    : random_(random),
      clock_(clock),
      root_(crypto::generate_key_pair(random)),
      static_(crypto::generate_key_pair(random))
{
    auto const intermediate = crypto::generate_key_pair(random);
    auto const now = static_cast<std::uint64_t>(unix_seconds(clock.now.wall));
    noise::CertificateChain chain;
    chain.intermediate = noise::issue_certificate(
        {7, 0, intermediate.public_key, now - 3'600, now + year_in_seconds}, root_.private_key, random);
    chain.leaf = noise::issue_certificate({8, 7, static_.public_key, now - 3'600, now + year_in_seconds},
                                          intermediate.private_key, random);
    chain_ = noise::serialize(chain);
}

// ------------------------------------------------------------------------ accounts

FakePhone& FakeServer::add_account(std::string const& phone_user, std::string const& lid_user,
                                   std::string const& name)
{
    auto& added = accounts_[lid_user];
    added.phone = std::make_unique<FakePhone>(phone_user, lid_user, name, random_);
    return *added.phone;
}

FakeServer::Account* FakeServer::find_account(Jid const& any_form)
{
    for (auto& [lid_user, account] : accounts_)
        if (any_form.is_lid() ? lid_user == any_form.user
                              : any_form.is_phone() && account.phone->phone.user == any_form.user)
            return &account;
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
    for (auto const& [number, device] : owner->companions)
        found.push_back(user.with_device(number));
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

// ------------------------------------------------------------------------ transport

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
    return found == connections_.end() ||
           (found->second.stage == Connection::Stage::closed && found->second.output.empty());
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
    if (!client.ParseFromArray(payload.data(), static_cast<int>(payload.size())))
        throw std::logic_error("the client payload does not parse");
    if (client.has_device_pairing_data()) {
        auto const& data = client.device_pairing_data();
        auto& registration = connection.registration;
        registration.registration_id =
            static_cast<std::uint32_t>(read_big_endian(view(data.registration_id())));
        registration.identity = to_array<32>(view(data.identity()));
        registration.signed_prekey_id =
            static_cast<std::uint32_t>(read_big_endian(view(data.signed_prekey_id())));
        registration.signed_prekey = to_array<32>(view(data.signed_prekey()));
        registration.signed_prekey_signature = to_array<64>(view(data.signed_prekey_signature()));
        if (!sends_pair_device) return;
        Node pair_device{"pair-device"};
        for (std::size_t i = 0; i < qr_refs; ++i)
            pair_device.add(Node{"ref"}.with_bytes(to_bytes("ref-" + std::to_string(next_id_++))));
        Node iq{"iq"};
        iq.set("from", Jid::server_jid())
            .set("type", "set")
            .set("id", std::to_string(next_id_++))
            .set("xmlns", "md")
            .add(std::move(pair_device));
        write(id, iq);
        return;
    }
    auto const jid =
        Jid::phone(std::to_string(client.username()), static_cast<std::uint16_t>(client.device()));
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
    for (auto& queued : device->queue)
        queued.sent = false;
    write(id, Node{"success"}.set("t", unix_seconds(clock_.now.wall)).set("lid", device->lid));
}

// ------------------------------------------------------------------------ stanzas

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
    write(id, server_result(iq)); // a bare result is a safe answer to everything else (11.6)
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

} // namespace wagate::testing
