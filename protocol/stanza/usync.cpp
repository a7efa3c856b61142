#include "protocol/stanza/usync.hpp"

#include "protocol/pairing/pairing.hpp"
#include "protocol/proto/codec.hpp"
#include "protocol/proto/verified_name.pb.h"
#include "protocol/stanza/iq.hpp"

#include <algorithm>

namespace wagate::stanza {

using binary::Node;
using binary::Nodes;

namespace {

constexpr std::size_t longest_text = 4'096;
constexpr std::int64_t end_of_time = 253'402'300'799; // the year 9999

Node make_usync(std::string_view id, std::string_view context, Nodes query, Nodes list,
                std::string_view mode = "query")
{
    Node query_node{"query"};
    query_node.content = std::move(query);
    Node list_node{"list"};
    list_node.content = std::move(list);
    Node usync{"usync"};
    usync.set("sid", id).set("mode", mode).set("last", "true").set("index", "0").set("context", context);
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

void read_shown(UsyncUser& user, Node const& node)
{
    constexpr int hidden = 401;
    if (auto const* about = node.child("status"); about != nullptr && about->child("error") == nullptr) {
        if (about->integer("code") != hidden) user.about = to_text(about->bytes()).substr(0, longest_text);
        auto const set = about->integer("t").value_or(0);
        if (user.about && !user.about->empty() && set > 0 && set < end_of_time)
            user.about_set = wall_from_seconds(set);
    }
    if (auto const* picture = node.child("picture")) user.picture_id = picture->text("id");
    if (auto const* name = node.path({"business", "verified_name"}))
        user.verified_name = verified_name_in(name->bytes());
    if (auto const* timer = node.child("disappearing_mode");
        timer != nullptr && timer->child("error") == nullptr)
        if (auto const seconds = timer->integer("duration"); seconds && *seconds >= 0)
            user.timer = std::chrono::seconds{*seconds};
}

} // namespace

std::string verified_name_in(ByteView certificate)
{
    proto::VerifiedNameCertificate signed_name;
    proto::VerifiedNameCertificate::Details details;
    if (!proto::decode(signed_name, certificate) || !proto::decode(details, view(signed_name.details())))
        return {};
    return details.verified_name().substr(0, longest_text);
}

Node usync_info(std::string_view id, std::vector<UsyncPerson> const& people)
{
    Nodes list;
    for (auto const& person : people) {
        Node user{"user"};
        user.set("jid", person.jid.bare());
        if (person.token) user.add(Node{"tctoken"}.with_bytes(*person.token));
        list.push_back(std::move(user));
    }
    Nodes query{Node{"business"}.add(Node{"verified_name"}), Node{"status"}, Node{"picture"},
                Node{"devices"}.set("version", "2"),         Node{"lid"},    Node{"disappearing_mode"}};
    return make_usync(id, "background", std::move(query), std::move(list), "full");
}

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
        read_shown(user, node);
        found.push_back(std::move(user));
    }
    return found;
}

} // namespace wagate::stanza
