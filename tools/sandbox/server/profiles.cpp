// Pictures, about, privacy settings, who is blocked (protocol.md 10.5).
#include "tools/sandbox/server/group_desk.hpp"
#include "tools/sandbox/server/handlers.hpp"
#include "tools/sandbox/server/stanzas.hpp"
#include "tools/sandbox/server/status_posts.hpp"

#include <algorithm>
#include <array>

namespace wagate::sandbox {

using binary::Node;

namespace {

constexpr std::array setting_names{"groupadd", "last",     "status",       "profile", "online",
                                   "calladd",  "messages", "readreceipts", "defense", "stickers"};

bool is_set(Node const& iq)
{
    return iq.text("type") == "set";
}

/// Pictures are kept under the phone number's JID, or the group's.
std::string picture_key(Network& network, Jid const& jid)
{
    if (auto const* account = network.find(jid)) return account->phone_jid().to_string();
    return jid.bare().to_string();
}

std::string new_picture_id(Network& network)
{
    return std::to_string(network.now_seconds()) + std::to_string(network.random().below(1'000'000));
}

/// To the companions of the account, as the phone does it for settings.
void sync_account(Network& network, Account& account, Node what, std::optional<std::uint16_t> except)
{
    auto notice = notification("account_sync", account.phone_jid(), network.next_id(), network.now_seconds());
    notice.add(std::move(what));
    for (auto const& [id, device] : account.devices)
        if (id != 0 && id != except) network.deliver(account, id, DeliveryKind::notification, notice);
}

/// Those who know the account hear of a new picture or text.
void tell_contacts(Network& network, Account& account, std::string_view type, Node const& what)
{
    for (auto* contact : account.contacts) {
        auto notice = notification(type, account.lid_jid(), network.next_id(), network.now_seconds());
        notice.add(what);
        for (auto const& [id, device] : contact->devices)
            if (id != 0) network.deliver(*contact, id, DeliveryKind::notification, notice);
    }
}

} // namespace

std::string privacy_of(Account const& account, std::string const& setting)
{
    if (setting == "readreceipts") return account.read_receipts ? "all" : "none";
    auto const found = account.profile.privacy.find(setting);
    return found == account.profile.privacy.end() ? "all" : found->second;
}

bool is_shown(Account const& account, Account const& to, std::string const& setting)
{
    if (&account == &to) return true;
    if (account.blocked.contains(to.lid)) return false;
    auto const value = privacy_of(account, setting);
    if (value == "none") return false;
    return value != "contacts" || account.contacts.contains(const_cast<Account*>(&to));
}

void set_picture(Network& network, Account& account, std::optional<Bytes> jpeg,
                 std::optional<std::uint16_t> except)
{
    auto const key = account.phone_jid().to_string();
    Node change{jpeg ? "set" : "delete"};
    change.set("jid", account.lid_jid());
    if (jpeg) {
        auto& picture = network.pictures[key];
        picture.id = new_picture_id(network);
        picture.jpeg = std::move(*jpeg);
        change.set("id", picture.id);
    } else {
        network.pictures.erase(key);
    }
    tell_contacts(network, account, "picture", change);
    sync_account(network, account, Node{"picture"}, except);
}

void set_about(Network& network, Account& account, std::string text)
{
    account.status_text = std::move(text);
    tell_contacts(network, account, "status", Node{"set"}.with_text(account.status_text));
}

void set_privacy(Network& network, Account& account, std::string const& name, std::string const& value)
{
    account.profile.privacy[name] = value;
    Node changed{"privacy"};
    changed.add(Node{"category"}.set("name", name).set("value", value));
    sync_account(network, account, std::move(changed), std::nullopt);
}

void handle_picture(Network& network, Connection& connection, Node const& iq)
{
    auto& account = connection.account();
    auto const target = iq.jid("target").value_or(account.phone_jid());
    auto const key = picture_key(network, target);
    auto* group = network.groups().find(target);
    if (target.is_group() && (group == nullptr || group->find(&account) == nullptr))
        return connection.send(iq_error(iq, group == nullptr ? 404 : 401, "not-authorized"));
    if (!is_set(iq)) {
        auto const* owner = network.find(target);
        if (owner != nullptr && !is_shown(*owner, account, "profile"))
            return connection.send(iq_error(iq, 401, "not-authorized"));
        auto const found = network.pictures.find(key);
        if (found == network.pictures.end()) return connection.send(iq_error(iq, 404, "item-not-found"));
        auto const* asked = iq.child("picture");
        Node picture{"picture"};
        picture.set("id", found->second.id).set("type", asked != nullptr ? asked->text("type") : "image");
        picture.set("url", network.http_base + "/pictures/" + found->second.id + ".jpg");
        picture.set("direct_path", "/pictures/" + found->second.id + ".jpg");
        return connection.send(iq_result(iq).add(std::move(picture)));
    }
    auto const* given = iq.child("picture");
    std::optional<Bytes> jpeg;
    if (given != nullptr) jpeg = to_bytes(given->bytes());
    if (jpeg && (jpeg->size() < 3 || (*jpeg)[0] != 0xFF || (*jpeg)[1] != 0xD8))
        return connection.send(iq_error(iq, 406, "not-acceptable"));
    if (target.is_user()) {
        if (network.find(target) != &account) return connection.send(iq_error(iq, 403, "forbidden"));
        set_picture(network, account, std::move(jpeg), connection.device().id);
    } else if (group != nullptr) {
        if (group->locked && !group->is_admin(&account))
            return connection.send(iq_error(iq, 403, "forbidden"));
        network.groups().set_picture(connection.origin(), *group, std::move(jpeg));
    } else {
        return connection.send(iq_error(iq, 400, "bad-request"));
    }
    auto reply = iq_result(iq);
    if (auto const found = network.pictures.find(key); found != network.pictures.end())
        reply.add(Node{"picture"}.set("id", found->second.id));
    connection.send(std::move(reply));
}

void handle_status(Network& network, Connection& connection, Node const& iq)
{
    auto& account = connection.account();
    if (auto const* text = iq.child("status"); is_set(iq) && text != nullptr) {
        set_about(network, account, to_text(text->bytes()));
    }
    if (!is_set(iq) && iq.child("privacy") != nullptr)
        return connection.send(iq_result(iq).add(status_privacy_node(network, account)));
    connection.send(iq_result(iq));
}

void handle_privacy_settings(Network& network, Connection& connection, Node const& iq)
{
    auto& account = connection.account();
    if (auto const* settings = iq.child("privacy"); is_set(iq) && settings != nullptr) {
        Node changed{"privacy"};
        for (auto const& category : settings->children()) {
            auto const name = category.text("name");
            auto const value = category.text("value");
            auto const is_known =
                std::find(setting_names.begin(), setting_names.end(), name) != setting_names.end();
            if (!is_known || value.empty()) return connection.send(iq_error(iq, 400, "bad-request"));
            if (name == "readreceipts")
                account.read_receipts = value == "all";
            else
                account.profile.privacy[name] = value;
            changed.add(Node{"category"}.set("name", name).set("value", value));
        }
        sync_account(network, account, std::move(changed), connection.device().id);
        return connection.send(iq_result(iq));
    }
    Node list{"privacy"};
    for (auto const* name : setting_names) {
        Node category{"category"};
        category.set("name", name).set("value", privacy_of(account, name));
        list.add(std::move(category));
    }
    connection.send(iq_result(iq).add(std::move(list)));
}

void handle_blocklist(Network& network, Connection& connection, Node const& iq)
{
    auto& account = connection.account();
    auto const dhash = [&] { return std::to_string(account.blocked.size()); };
    if (is_set(iq)) {
        auto const* item = iq.child("item");
        auto const jid = item == nullptr ? std::nullopt : item->jid("jid");
        auto const* peer = jid ? network.find(*jid) : nullptr;
        if (peer == nullptr || peer == &account) return connection.send(iq_error(iq, 400, "bad-request"));
        auto const action = item->text("action");
        if (action == "block")
            account.blocked.insert(peer->lid);
        else
            account.blocked.erase(peer->lid);
        Node change{"item"};
        change.set("jid", peer->lid_jid()).set("pn_jid", peer->phone_jid()).set("action", action);
        Node list{"blocklist"};
        list.set("action", "modify").set("dhash", dhash()).add(std::move(change));
        sync_account(network, account, std::move(list), connection.device().id);
    }
    Node list{"list"};
    list.set("dhash", dhash());
    for (auto const& lid : account.blocked) {
        Node item{"item"};
        item.set("jid", Jid::hidden(lid));
        list.add(std::move(item));
    }
    connection.send(iq_result(iq).add(std::move(list)));
}

void handle_disappearing_mode(Network& network, Connection& connection, Node const& iq)
{
    auto& profile = connection.account().profile;
    if (auto const* mode = iq.child("disappearing_mode"); is_set(iq) && mode != nullptr) {
        profile.default_expiration = mode->integer("duration").value_or(0);
        profile.default_expiration_time = network.now_seconds();
        return connection.send(iq_result(iq));
    }
    Node mode{"disappearing_mode"};
    mode.set("duration", profile.default_expiration).set("t", profile.default_expiration_time);
    connection.send(iq_result(iq).add(std::move(mode)));
}

} // namespace wagate::sandbox
