#include "tools/sandbox/server/push.hpp"

#include "protocol/base/encoding.hpp"
#include "tools/sandbox/server/stanzas.hpp"

#include <algorithm>

namespace wagate::sandbox {

using binary::Node;

namespace {

/// A point of P-256, as keys for Web Push are (RFC 8292). Nobody has to hold its private half, as nothing is
/// pushed.
constexpr std::string_view web_server_key =
    "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU";

constexpr std::size_t apns_key_size = 32;

/// What a registration must name.
bool is_complete(Node const& config)
{
    auto const platform = config.text("platform");
    if (platform == "gcm") return config.has("id");
    if (platform == "apple") {
        auto const key = base64_decode(config.text("pkey"));
        return config.has("id") && key && key->size() == apns_key_size;
    }
    auto const auth = base64_decode(config.text("auth"));
    auto const p256dh = base64_decode(config.text("p256dh"));
    return platform == "web" && config.has("endpoint") && auth && !auth->empty() && p256dh &&
           !p256dh->empty();
}

} // namespace

void handle_push(Network& network, Connection& connection, Node const& iq)
{
    if (iq.text("type") == "get") {
        if (iq.child("settings") == nullptr) return connection.send(iq_error(iq, 404, "item-not-found"));
        return connection.send(iq_result(iq).add(Node{"settings"}.set("webserverkey", web_server_key)));
    }
    auto const* config = iq.child("config");
    if (config == nullptr || !is_complete(*config)) return connection.send(iq_error(iq, 400, "bad-request"));
    auto& push = connection.device().push;
    push.clear();
    for (auto const& attribute : config->attributes)
        push[attribute.key] = config->text(attribute.key);
    network.count("push_registrations");
    connection.send(iq_result(iq));
}

void push_to(Network& network, Device& device)
{
    if (device.push.empty()) return;
    ++device.pushes;
    network.count("pushes");
}

} // namespace wagate::sandbox
