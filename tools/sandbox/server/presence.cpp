// Presence and typing (protocol.md 10.3). Nothing of it is queued or acked.
#include "tools/sandbox/server/handlers.hpp"
#include "tools/sandbox/server/stanzas.hpp"

#include <algorithm>

namespace wagate::sandbox {

using binary::Node;

namespace {

bool is_available(Account const& account)
{
    if (account.profile.phone_is_online) return true;
    return std::any_of(account.devices.begin(), account.devices.end(), [](auto const& entry) {
        return entry.second->connection != nullptr && entry.second->connection->available;
    });
}

Node presence_of(Network& network, Account const& account, Account const& to, Jid const& as)
{
    Node presence{"presence"};
    presence.set("from", as);
    if (is_available(account) && is_shown(account, to, "online")) return presence;
    presence.set("type", "unavailable");
    if (is_shown(account, to, "last"))
        presence.set("last", network.now_seconds());
    else
        presence.set("last", "deny");
    return presence;
}

} // namespace

void publish_presence(Network& network, Account& account)
{
    for (auto* contact : account.contacts) {
        for (auto const& [id, device] : contact->devices) {
            auto* connection = device->connection;
            if (connection == nullptr) continue;
            for (auto const& as : {account.lid_jid(), account.phone_jid()})
                if (connection->subscriptions.contains(as))
                    connection->send(presence_of(network, account, *contact, as));
        }
    }
}

void handle_presence(Network& network, Connection& connection, Node const& presence)
{
    auto& account = connection.account();
    auto const type = presence.text("type");
    if (type == "subscribe" || type == "unsubscribe") {
        auto const to = presence.jid("to");
        if (!to) return;
        if (type == "unsubscribe") {
            connection.subscriptions.erase(to->bare());
            return;
        }
        auto* peer = network.find(*to);
        if (peer == nullptr) return;
        peer->contacts.insert(&account);
        account.contacts.insert(peer);
        connection.subscriptions.insert(to->bare());
        return connection.send(presence_of(network, *peer, account, to->bare()));
    }
    if (auto const name = presence.text("name"); !name.empty()) account.push_name = name;
    if (type != "available" && type != "unavailable") return;
    auto const before = is_available(account);
    connection.available = type == "available";
    if (is_available(account) != before) publish_presence(network, account);
}

void handle_chatstate(Network& network, Connection& connection, Node const& chatstate)
{
    if (auto const to = chatstate.jid("to")) tell_chatstate(network, connection.account(), *to, chatstate);
}

void tell_chatstate(Network& network, Account& account, Jid const& to, Node const& chatstate)
{
    auto* peer = network.find(to);
    if (peer == nullptr || peer->blocked.contains(account.lid)) return;
    auto out = chatstate;
    std::erase_if(out.attributes, [](binary::Attribute const& attribute) {
        return attribute.key == "to" || attribute.key == "from";
    });
    out.set("from", account.jid(to.is_lid() ? JidServer::lid : JidServer::user));
    network.count("chatstates");
    for (auto const& [id, device] : peer->devices)
        if (device->connection != nullptr && device->connection->active) device->connection->send(out);
}

} // namespace wagate::sandbox
