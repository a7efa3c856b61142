// Device lists and the news about them (protocol.md 6.5, 6.6, 3.7).
#include "protocol/message/identifiers.hpp"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/handlers.hpp"
#include "tools/sandbox/server/stanzas.hpp"

namespace wagate::sandbox {

using binary::Node;

namespace {

/// Tells contacts and the account's other companions about device `subject`.
void announce(Network& network, Account& account, std::string_view change, std::uint16_t subject,
              Node changed_device)
{
    Node news{change};
    news.set("device_hash", message::participant_hash(account.device_jids(JidServer::user)))
        .set("device_lid_hash", message::participant_hash(account.device_jids(JidServer::lid)))
        .add(std::move(changed_device))
        .add(key_index_list_node(account));
    auto notice = notification("devices", account.phone_jid(), network.next_id(), network.now_seconds());
    notice.set("lid", account.lid_jid()).add(std::move(news));
    for (auto* contact : account.contacts)
        network.deliver_to_all(*contact, DeliveryKind::notification, notice);

    Node devices{"devices"};
    devices.set("dhash", message::participant_hash(account.device_jids(JidServer::user)));
    for (auto const& [id, device] : account.devices) {
        Node entry{"device"};
        entry.set("jid", account.phone_jid(id)).set("lid", account.lid_jid(id));
        if (id != 0) entry.set("key-index", std::int64_t{device->key_index});
        devices.add(std::move(entry));
    }
    devices.add(key_index_list_node(account));
    auto own = notification("account_sync", account.phone_jid(), network.next_id(), network.now_seconds());
    own.add(std::move(devices));
    for (auto const& [id, device] : account.devices)
        if (id != 0 && id != subject) network.deliver(account, id, DeliveryKind::notification, own);
}

Node changed(Account const& account, Device const& device)
{
    Node node{"device"};
    node.set("jid", account.phone_jid(device.id))
        .set("lid", account.lid_jid(device.id))
        .set("key-index", std::int64_t{device.key_index});
    return node;
}

} // namespace

Node device_list_node(Account& account, JidServer server)
{
    Node list{"device-list"};
    list.set("hash", message::participant_hash(
                         account.device_jids(server == JidServer::lid ? JidServer::lid : JidServer::user)));
    for (auto const& [id, device] : account.devices) {
        Node entry{"device"};
        entry.set("id", std::int64_t{id});
        if (id != 0) entry.set("key-index", std::int64_t{device->key_index});
        if (device->hosted) entry.set("is_hosted", "true");
        list.add(std::move(entry));
    }
    return list;
}

Node key_index_list_node(Account& account)
{
    Node list{"key-index-list"};
    list.set("ts", static_cast<std::int64_t>(account.key_index_time))
        .with_bytes(account.handset->signed_key_index_list());
    return list;
}

void announce_added(Network& network, Account& account, Device const& device)
{
    account.key_index_time = static_cast<std::uint64_t>(network.now_seconds());
    announce(network, account, "add", device.id, changed(account, device));
}

bool remove_companion(Network& network, Account& account, std::uint16_t id)
{
    auto* device = account.find_device(id);
    if (device == nullptr || id == 0) return false;
    auto const gone = changed(account, *device);
    if (auto* connection = device->connection; connection != nullptr) {
        connection->send(conflict("device_removed"));
        connection->close_soon();
        connection->unbind();
    }
    account.devices.erase(id);
    account.handset->forget_companion(id);
    account.key_index_time = static_cast<std::uint64_t>(network.now_seconds());
    network.count("companions_removed");
    announce(network, account, "remove", id, gone);
    return true;
}

} // namespace wagate::sandbox
