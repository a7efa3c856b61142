// Login with a paired device, and the switch from passive to active (protocol.md 3.2, 3.3, 11.6).
#include "tools/sandbox/server/handlers.hpp"
#include "tools/sandbox/server/stanzas.hpp"

namespace wagate::sandbox {

using binary::Node;

namespace {

void refuse(Network& network, Connection& connection, std::string_view reason)
{
    network.count("logins_refused");
    connection.send(failure(reason));
    connection.close_soon();
}

} // namespace

void log_in(Network& network, Connection& connection, std::string const& phone, std::uint16_t id)
{
    auto* account = network.find_phone(phone);
    auto* device = account == nullptr || id == 0 ? nullptr : account->find_device(id);
    if (device == nullptr) return refuse(network, connection, "401");
    if (!crypto::constant_time_equal(device->noise_key, connection.client_key()))
        return refuse(network, connection, "401");
    if (!device->next_failure.empty())
        return refuse(network, connection, std::exchange(device->next_failure, {}));

    if (auto* old = device->connection; old != nullptr) {
        network.count("logins_replaced");
        old->send(conflict("replaced"));
        old->close_soon();
        old->unbind();
    }
    connection.bind(*account, *device);
    network.count("logins");
    Node success{"success"};
    success.set("t", network.now_seconds())
        .set("lid", account->lid_jid(id))
        .set("location", "sandbox")
        .set("props", "27")
        .set("abprops", "0")
        .set("group_abprops", "0")
        .set("creation", network.now_seconds());
    if (!account->push_name.empty()) success.set("display_name", account->push_name);
    connection.send(std::move(success));
    // The client repeats this in the preamble of its next connection (1.3).
    Node routing{"edge_routing"};
    routing.add(Node{"routing_info"}.with_bytes(network.random().bytes(12)));
    Node ib{"ib"};
    ib.set("from", Jid::server_jid()).add(std::move(routing));
    connection.send(std::move(ib));
}

void handle_passive(Network& network, Connection& connection, Node const& iq)
{
    connection.send(iq_result(iq));
    auto const active = iq.child("active") != nullptr;
    auto const was_active = std::exchange(connection.active, active);
    if (!active || was_active) return;
    network.drain(connection);
    network.sync_companion(connection.account(), connection.device());
}

} // namespace wagate::sandbox
