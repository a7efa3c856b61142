#include "tools/sandbox/control/group_control.hpp"

#include "protocol/base/encoding.hpp"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/group_desk.hpp"

namespace wagate::sandbox {
namespace {

constexpr std::uint32_t most_members = 1'024;
constexpr std::uint64_t first_made_number = 490'000'000'001;

json::object group_json(Network const& network, ChatGroup const& group)
{
    json::object out;
    out["id"] = group.jid().to_string();
    out["subject"] = group.subject;
    out["description"] = group.description;
    out["addressing"] = group.uses_lids ? "lid" : "pn";
    out["announce"] = group.announce;
    out["locked"] = group.locked;
    out["membersCanAdd"] = group.members_can_add;
    out["approval"] = group.needs_approval;
    out["expiration"] = group.expiration;
    out["inviteCode"] = group.invite_code;
    out["community"] = group.is_community;
    out["suspended"] = group.is_suspended;
    out["parent"] = nullptr;
    if (group.parent != nullptr) out["parent"] = group.parent->jid().to_string();
    out["picture"] = nullptr;
    auto const picture = network.pictures.find(group.jid().to_string());
    if (picture != network.pictures.end()) out["picture"] = base64_encode(picture->second.jpeg);
    json::array members;
    for (auto const& [account, rank, label] : group.members) {
        json::object entry;
        entry["phone"] = account->phone;
        entry["lid"] = account->lid_jid().to_string();
        entry["role"] = rank == Rank::superadmin ? "superadmin" : rank == Rank::admin ? "admin" : "member";
        entry["label"] = label;
        members.push_back(std::move(entry));
    }
    out["members"] = std::move(members);
    json::array requests;
    for (auto const& [account, time] : group.requests)
        requests.push_back(json::string{account->phone});
    out["requests"] = std::move(requests);
    json::array invitations;
    for (auto const& invitation : group.invitations) {
        json::object entry;
        entry["phone"] = invitation.invited->phone;
        entry["inviter"] = invitation.by->phone;
        entry["code"] = invitation.code;
        entry["expiration"] = invitation.ends;
        invitations.push_back(std::move(entry));
    }
    out["invitations"] = std::move(invitations);
    return out;
}

/// Accounts by their numbers; nothing when one does not exist.
std::optional<std::vector<Account*>> accounts_of(Network& network, json::object const& body,
                                                 std::string_view field)
{
    std::vector<Account*> found;
    auto const* list = body.if_contains(field);
    if (list == nullptr) return found;
    if (!list->is_array()) return std::nullopt;
    for (auto const& entry : list->as_array()) {
        auto* account = entry.is_string() ? network.find_phone(entry.as_string()) : nullptr;
        if (account == nullptr) return std::nullopt;
        found.push_back(account);
    }
    return found;
}

/// Accounts until there are `size` members with the creator, under numbers that nobody has.
void fill_up(Network& network, std::vector<Account*>& members, std::uint32_t size)
{
    for (auto number = first_made_number; members.size() + 1 < size; ++number) {
        AccountSettings settings;
        settings.phone = std::to_string(number);
        if (network.find_phone(settings.phone) != nullptr) continue;
        members.push_back(network.create_account(settings));
    }
}

HttpResponse create(Network& network, json::object const& body)
{
    auto* creator = network.find_phone(text_field(body, "by").value_or(""));
    if (creator == nullptr) return json_error(404, "by: no such account");
    auto members = accounts_of(network, body, "members");
    if (!members) return json_error(404, "members: a list of phone numbers of accounts");
    auto const size = number_field(body, "size").value_or(0);
    if (size > most_members) return json_error(400, "size: at most 1024");
    fill_up(network, *members, size);
    GroupSettings settings;
    settings.subject = text_field(body, "subject").value_or("Group");
    settings.description = text_field(body, "description").value_or("");
    settings.uses_lids = text_field(body, "addressing").value_or("lid") != "pn";
    settings.announce = flag_field(body, "announce").value_or(false);
    settings.needs_approval = flag_field(body, "approval").value_or(false);
    auto& group = network.groups().create({creator, 0}, settings, *members);
    return json_response(201, group_json(network, group));
}

int change(Network& network, Origin const& by, ChatGroup& group, Account& account, std::string_view action)
{
    auto& desk = network.groups();
    if (action == "add") return desk.add(by, group, account);
    if (action == "remove") return desk.remove(by, group, account);
    if (action == "promote") return desk.set_rank(by, group, account, Rank::admin);
    if (action == "demote") return desk.set_rank(by, group, account, Rank::member);
    return 400;
}

HttpResponse change_members(Network& network, ChatGroup& group, json::object const& body)
{
    auto* by = network.find_phone(text_field(body, "by").value_or(group.creator->phone));
    auto const members = accounts_of(network, body, "members");
    if (by == nullptr || !members) return json_error(404, "no such account");
    auto const action = text_field(body, "action").value_or("");
    for (auto* account : *members)
        if (auto const code = change(network, {by, 0}, group, *account, action); code != 0)
            return json_error(code, "action: add, remove, promote or demote, of somebody whom it fits");
    return json_response(200, group_json(network, group));
}

HttpResponse change_settings(Network& network, ChatGroup& group, json::object const& body)
{
    auto* by = network.find_phone(text_field(body, "by").value_or(group.creator->phone));
    if (by == nullptr) return json_error(404, "by: no such account");
    auto& desk = network.groups();
    Origin const origin{by, 0};
    if (auto subject = text_field(body, "subject")) desk.set_subject(origin, group, std::move(*subject));
    if (auto text = text_field(body, "description"))
        desk.set_description(origin, group, std::move(*text), network.next_id());
    if (auto const flag = flag_field(body, "announce")) {
        group.announce = *flag;
        desk.tell_setting(origin, group, binary::Node{*flag ? "announcement" : "not_announcement"});
    }
    if (auto const flag = flag_field(body, "locked")) {
        group.locked = *flag;
        desk.tell_setting(origin, group, binary::Node{*flag ? "locked" : "unlocked"});
    }
    if (auto const flag = flag_field(body, "approval")) {
        group.needs_approval = *flag;
        binary::Node mode{"membership_approval_mode"};
        mode.add(binary::Node{"group_join"}.set("state", *flag ? "on" : "off"));
        desk.tell_setting(origin, group, std::move(mode));
    }
    if (auto const flag = flag_field(body, "suspended")) {
        group.is_suspended = *flag;
        desk.tell_setting(origin, group, binary::Node{*flag ? "suspended" : "unsuspended"});
    }
    // As WhatsApp does it: nobody is told, who uses the old addressing is refused.
    if (auto const addressing = text_field(body, "addressing")) group.uses_lids = *addressing != "pn";
    if (auto const* picture = body.if_contains("picture")) {
        std::optional<Bytes> jpeg;
        if (!picture->is_null()) {
            jpeg = base64_decode(text_field(body, "picture").value_or(""));
            if (!jpeg || jpeg->empty()) return json_error(400, "picture: base64 of a JPEG file, or null");
        }
        desk.set_picture(origin, group, std::move(jpeg));
    }
    return json_response(200, group_json(network, group));
}

HttpResponse set_label(Network& network, ChatGroup& group, json::object const& body)
{
    auto* by = network.find_phone(text_field(body, "by").value_or(""));
    auto const label = text_field(body, "label");
    if (by == nullptr || group.find(by) == nullptr) return json_error(404, "by: no such member");
    if (!label) return json_error(400, "label: a text");
    by->handset->set_label(group, *label);
    return json_response(200, group_json(network, group));
}

/// The phone follows an invitation that it was sent.
HttpResponse accept_invitation(Network& network, Account* account, Account const* inviter,
                               json::object const& body, std::string_view code)
{
    auto const jid = Jid::parse(text_field(body, "group").value_or(""));
    auto* group = jid ? network.groups().find(*jid) : nullptr;
    if (account == nullptr || group == nullptr) return json_error(404, "no such account or group");
    if (network.groups().find_invitation(*group, *account, inviter, code) == nullptr)
        return json_error(410, "no such invitation, or not any more");
    json::object out;
    out["joined"] = network.groups().add({account, 0}, *group, *account, "invite") == 0;
    return json_response(200, out);
}

HttpResponse join(Network& network, json::object const& body)
{
    auto* account = network.find_phone(text_field(body, "phone").value_or(""));
    auto const code = text_field(body, "code").value_or("");
    if (auto const* by = network.find_phone(text_field(body, "inviter").value_or("")); by != nullptr)
        return accept_invitation(network, account, by, body, code);
    auto* group = network.groups().find_code(code);
    if (account == nullptr || group == nullptr) return json_error(404, "no such account or code");
    if (flag_field(body, "withdraw").value_or(false)) {
        if (!network.groups().withdraw({account, 0}, *group)) return json_error(404, "it has not asked");
        return json_response(200, group_json(network, *group));
    }
    if (group->find(account) != nullptr) return json_error(409, "it is a member");
    json::object out;
    out["joined"] = network.groups().join({account, 0}, *group);
    return json_response(200, out);
}

} // namespace

std::optional<json::object> invitation_of(ChatMessage const& message)
{
    auto const body = message::parse_body(message.content).body;
    auto const* invite = std::get_if<message::GroupInvite>(&body);
    if (invite == nullptr || !invite->group) return std::nullopt;
    json::object out;
    out["group"] = invite->group->to_string();
    out["name"] = invite->name;
    out["code"] = invite->code;
    out["expiration"] = invite->expires ? unix_seconds(*invite->expires) : 0;
    out["community"] = invite->is_community;
    return out;
}

HttpResponse handle_group_request(Network& network, std::string_view method,
                                  std::vector<std::string_view> const& path, json::object const& body)
{
    if (path.empty() && method == "POST") return create(network, body);
    if (path.empty() && method == "GET") {
        json::array groups;
        for (auto const* group : network.groups().all())
            groups.push_back(group_json(network, *group));
        return json_response(200, groups);
    }
    if (path.empty()) return json_error(404, "no such resource");
    if (path.size() == 1 && path[0] == "join" && method == "POST") return join(network, body);
    auto const jid = Jid::parse(path[0]);
    auto* group = jid ? network.groups().find(*jid) : nullptr;
    if (group == nullptr) return json_error(404, "no such group");
    if (path.size() == 1 && method == "GET") return json_response(200, group_json(network, *group));
    if (path.size() == 1 && method == "PATCH") return change_settings(network, *group, body);
    if (path.size() == 2 && path[1] == "members" && method == "POST")
        return change_members(network, *group, body);
    if (path.size() == 2 && path[1] == "label" && method == "PUT") return set_label(network, *group, body);
    return json_error(404, "no such resource");
}

} // namespace wagate::sandbox
