// Linking companions: QR codes, the phone-number code, the signature of the phone.
#include "tests/support/fake_server.hpp"
#include "tests/support/fake_server_nodes.hpp"

#include <stdexcept>

namespace wagate::testing {

using binary::Node;

void FakeServer::scan(std::string const& qr_text, FakePhone& phone, Scan how)
{
    auto content = pairing::parse_qr(qr_text);
    if (!content) throw std::logic_error("the phone cannot read the QR code");
    if (how.wrong_secret) content->adv_secret[0] ^= 1;
    for (auto& [id, connection] : connections_)
        if (connection.stage == Connection::Stage::open && connection.static_key == content->noise_key)
            return offer_pairing(id, phone, content->adv_secret);
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
    if (phone.registers_devices_as_hosted)
        details.account_type = details.device_type = pairing::AccountType::hosted;
    connection.pairing = {&phone, phone.registers_devices_as_hosted};
    Node device{"device"};
    device.set("jid", phone.phone.with_device(owner.next_device))
        .set("lid", phone.lid.with_device(owner.next_device));
    Node success{"pair-success"};
    success.add(bytes_child("device-identity", pairing::make_pairing_container(
                                                   details, phone.identity.identity,
                                                   connection.registration.identity, adv_secret, random_)));
    success.add(std::move(device)).add(Node{"platform"}.set("name", "android"));
    Node iq{"iq"};
    iq.set("from", Jid::server_jid())
        .set("type", "set")
        .set("id", "pair-" + std::to_string(next_id_++))
        .add(std::move(success));
    write(id, iq);
}

void FakeServer::finish_pairing(ConnectionId id, Node const& reply)
{
    auto& connection = connections_.at(id);
    auto const* signed_node = reply.path({"pair-device-sign", "device-identity"});
    if (signed_node == nullptr) return;
    auto identity = pairing::parse_signed_identity(signed_node->bytes()).value();
    identity.account_signature_key = to_bytes(connection.pairing.phone->identity.identity.public_key);
    if (!connection.pairing.hosted)
        pairing::verify_companion(identity, connection.registration.identity, {}).value();
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
        connection.code.wrapped =
            content_of(request.child("link_code_pairing_wrapped_companion_ephemeral_pub"));
        auto reply = server_result(iq);
        reply.add(
            Node{"link_code_companion_reg"}.add(bytes_child("link_code_pairing_ref", view("code-ref"))));
        write(id, reply);
        return;
    }
    auto& owner = *account(connection.code.phone).phone;
    auto const secret =
        pairing::primary_finish(connection.code.primary_ephemeral, owner.identity.identity,
                                connection.code.companion_ephemeral,
                                content_of(request.child("companion_identity_public")),
                                content_of(request.child("link_code_pairing_wrapped_key_bundle")))
            .value();
    write(id, server_result(iq));
    offer_pairing(id, owner, secret);
}

void FakeServer::enter_code(std::string code, FakePhone& phone)
{
    std::erase(code, '-');
    for (auto& [id, connection] : connections_) {
        if (connection.stage != Connection::Stage::open || !connection.code.phone.same_user(phone.phone))
            continue;
        auto const companion = pairing::unwrap_ephemeral(code, connection.code.wrapped);
        connection.code.companion_ephemeral = companion.value();
        connection.code.primary_ephemeral = crypto::generate_key_pair(random_);
        auto const wrapped =
            pairing::wrap_ephemeral(code, connection.code.primary_ephemeral.public_key, random_);
        Node registration{"link_code_companion_reg"};
        registration.set("stage", "primary_hello");
        registration.add(bytes_child("link_code_pairing_wrapped_primary_ephemeral_pub", wrapped));
        registration.add(bytes_child("primary_identity_pub", phone.identity.identity.public_key));
        registration.add(bytes_child("link_code_pairing_ref", view("code-ref")));
        Node notification{"notification"};
        notification.set("from", Jid::server_jid())
            .set("type", "link_code_companion_reg")
            .set("id", std::to_string(next_id_++));
        notification.add(std::move(registration));
        write(id, notification);
        return;
    }
    throw std::logic_error("nobody waits for a code for this phone");
}

} // namespace wagate::testing
