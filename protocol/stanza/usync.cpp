#include "protocol/stanza/usync.hpp"

#include "protocol/pairing/pairing.hpp"
#include "protocol/stanza/iq.hpp"

#include <algorithm>

namespace wagate::stanza {

using binary::Node;
using binary::Nodes;

namespace {

Node make_usync(std::string_view id, std::string_view context, Nodes query, Nodes list)
{
    Node query_node{"query"};
    query_node.content = std::move(query);
    Node list_node{"list"};
    list_node.content = std::move(list);
    Node usync{"usync"};
    usync.set("sid", id).set("mode", "query").set("last", "true").set("index", "0").set("context", context);
    usync.add(std::move(query_node)).add(std::move(list_node));
    return make_iq(id, IqType::get, "usync", {std::move(usync)});
}

/// WhatsApp Web's rule (6.5): device 0 always; others when their key index is valid or newer than the list.
void keep_valid(UsyncUser& user, pairing::KeyIndexList const& list)
{
    std::erase_if(user.devices, [&](UsyncDevice const& device) {
        if (device.id == 0 || device.hosted) return false;
        auto const& valid = list.valid_indexes;
        return device.key_index <= list.current_index &&
               std::find(valid.begin(), valid.end(), device.key_index) == valid.end();
    });
    user.raw_id = list.raw_id;
}

void read_devices(UsyncUser& user, Node const& devices)
{
    auto const* list = devices.child("device-list");
    if (list == nullptr) return;
    user.has_device_list = true;
    for (auto const& device : list->children()) {
        auto const number = device.integer("id");
        if (device.tag != "device" || !number || *number < 0 || *number > 0xFFFF) continue;
        UsyncDevice found;
        found.id = static_cast<std::uint16_t>(*number);
        found.key_index = static_cast<std::uint32_t>(device.integer("key-index").value_or(0));
        found.hosted = device.text("is_hosted") == "true";
        user.devices.push_back(found);
    }
    if (auto const* signed_list = devices.child("key-index-list");
        signed_list != nullptr && !signed_list->bytes().empty()) {
        if (auto const parsed = pairing::parse_signed_key_index_list(signed_list->bytes()))
            keep_valid(user, *parsed);
    }
}

} // namespace

Node usync_devices(std::string_view id, std::vector<Jid> const& users)
{
    Node devices{"devices"};
    devices.set("version", "2");
    Nodes list;
    for (auto const& jid : users) {
        Node user{"user"};
        user.set("jid", jid.bare());
        list.push_back(std::move(user));
    }
    return make_usync(id, "message", {std::move(devices), Node{"lid"}}, std::move(list));
}

Node usync_contact(std::string_view id, std::vector<std::string> const& phone_users)
{
    Nodes list;
    for (auto const& phone : phone_users)
        list.push_back(Node{"user"}.add(Node{"contact"}.with_text("+" + phone)));
    return make_usync(id, "interactive", {Node{"contact"}, Node{"lid"}}, std::move(list));
}

std::vector<UsyncUser> parse_usync(Node const& reply)
{
    std::vector<UsyncUser> found;
    auto const* list = reply.path({"usync", "list"});
    if (list == nullptr) return found;
    for (auto const& node : list->children()) {
        if (node.tag != "user") continue;
        UsyncUser user;
        user.jid = node.jid("jid").value_or(Jid{}).bare();
        user.phone = node.jid("pn_jid");
        if (auto const* lid = node.child("lid")) {
            if (auto const value = lid->jid("val"); value && value->is_lid()) user.lid = value->bare();
        }
        if (auto const* contact = node.child("contact")) {
            user.contact = to_text(contact->bytes());
            user.registered = contact->text("type") == "in";
        }
        if (auto const* devices = node.child("devices")) read_devices(user, *devices);
        found.push_back(std::move(user));
    }
    return found;
}

} // namespace wagate::stanza
