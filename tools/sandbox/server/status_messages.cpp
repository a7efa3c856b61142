// Status posts: one ciphertext to the devices that their sender names, and who an account wants to show its
// posts to (protocol.md 10.6).
#include "tools/sandbox/server/routing.hpp"
#include "tools/sandbox/server/stanzas.hpp"
#include "tools/sandbox/server/status_posts.hpp"

#include <map>

namespace wagate::sandbox {

using binary::Node;

namespace {

constexpr int bad_request = 400;
constexpr std::string_view audience_setting = "statusAudience";
constexpr std::string_view list_setting = "statusList";

Node refusal(Node ack, int code)
{
    ack.set("error", std::int64_t{code});
    return ack;
}

/// What every device receives; its ciphertexts are still missing.
Node envelope(Network& network, Origin const& origin, Node const& message, JidServer form)
{
    Node out{"message"};
    out.set("from", Jid::status_broadcast())
        .set("participant", origin.jid(form))
        .set("id", message.text("id"))
        .set("type", message.text("type"));
    if (form == JidServer::lid)
        out.set("participant_pn", origin.account->phone_jid());
    else
        out.set("participant_lid", origin.account->lid_jid());
    out.set("t", message.integer("t").value_or(network.now_seconds()));
    if (!origin.account->push_name.empty()) out.set("notify", origin.account->push_name);
    copy_attributes(out, message, {"edit"});
    return out;
}

void add_others(Node& out, Node const& message, bool with_identity)
{
    for (auto const& child : message.children()) {
        if (child.tag == "enc" || child.tag == "participants") continue;
        if (child.tag == "device-identity" && !with_identity) continue;
        out.add(child);
    }
}

JidServer form_of(Jid const& jid)
{
    return jid.is_lid() ? JidServer::lid : JidServer::user;
}

/// One device has asked for the post again: it alone gets it.
Node resend(Network& network, Origin const& origin, Node const& message, Node ack)
{
    auto const device = message.jid("participant").value_or(Jid{});
    auto const* enc = message.child("enc");
    if (enc == nullptr) enc = message.path({"participants", "to", "enc"});
    auto* owner = network.find(device);
    if (enc == nullptr || owner == nullptr) return refusal(std::move(ack), bad_request);
    watch_ciphertext(network, origin, device, *enc);
    auto out = envelope(network, origin, message, form_of(device));
    out.add(*enc);
    add_others(out, message, enc->text("type") == "pkmsg");
    network.count("status_resends");
    network.deliver(*owner, device.device, DeliveryKind::message, std::move(out));
    return ack;
}

std::string setting_of(Account const& account, std::string_view name)
{
    auto const found = account.profile.privacy.find(std::string{name});
    return found == account.profile.privacy.end() ? std::string{} : found->second;
}

std::set<std::string> listed_people(Account const& account)
{
    std::set<std::string> people;
    auto const text = setting_of(account, list_setting);
    for (std::size_t start = 0; start < text.size();) {
        auto const end = std::min(text.find(' ', start), text.size());
        if (end > start) people.insert(text.substr(start, end - start));
        start = end + 1;
    }
    return people;
}

} // namespace

Node route_status_message(Network& network, Origin const& origin, Node const& message, Node ack)
{
    if (message.has("participant")) return resend(network, origin, message, std::move(ack));
    auto const* shared = message.child("enc");
    auto const* participants = message.child("participants");
    if (shared == nullptr || shared->text("type") != "skmsg" || participants == nullptr)
        return refusal(std::move(ack), bad_request);
    watch_ciphertext(network, origin, Jid::status_broadcast(), *shared);

    std::map<Jid, Node const*> receivers; // null: without a key, all devices of the person
    for (auto const& to : participants->children())
        if (auto const device = to.jid("jid")) receivers[*device] = to.child("enc");
    for (auto const& [device, key] : receivers)
        if (key != nullptr) watch_ciphertext(network, origin, device, *key);
    // Batches of one post have its id and other receivers.
    std::string batch = message.text("id");
    for (auto const& [device, key] : receivers)
        batch += '|' + device.to_string();
    if (!is_first_send(network, origin, message, batch)) {
        network.count("messages_repeated");
        return ack;
    }
    network.count("status_messages");
    std::set<std::pair<Account*, std::uint16_t>> done;
    auto const hand_over = [&](Account& account, std::uint16_t device, Node const* key, JidServer form) {
        if (account.find_device(device) == nullptr || (&account == origin.account && device == origin.device))
            return;
        if (!done.emplace(&account, device).second) return;
        auto out = envelope(network, origin, message, form);
        if (key != nullptr) out.add(*key);
        out.add(*shared);
        add_others(out, message, key != nullptr && key->text("type") == "pkmsg");
        network.deliver(account, device, DeliveryKind::message, std::move(out));
    };
    for (auto const& [jid, key] : receivers) {
        auto* account = network.find(jid);
        if (account == nullptr || account->blocked.contains(origin.account->lid)) continue;
        if (key != nullptr) {
            hand_over(*account, jid.device, key, form_of(jid));
            continue;
        }
        for (auto const& device : account->device_jids(form_of(jid)))
            if (!receivers.contains(device)) hand_over(*account, device.device, nullptr, form_of(jid));
    }
    return ack;
}

Node status_privacy_node(Network& network, Account const& account)
{
    auto const audience = setting_of(account, audience_setting);
    Node list{"list"};
    list.set("type", audience.empty() ? std::string{"contacts"} : audience).set("default", "true");
    for (auto const& phone : listed_people(account))
        if (auto const* person = network.find_phone(phone))
            list.add(Node{"user"}.set("jid", person->lid_jid()));
    return Node{"privacy"}.add(std::move(list));
}

std::vector<Account*> status_audience(Network& network, Account const& account)
{
    auto const audience = setting_of(account, audience_setting);
    auto const listed = listed_people(account);
    std::vector<Account*> people;
    if (audience == "whitelist") {
        for (auto const& phone : listed)
            if (auto* person = network.find_phone(phone)) people.push_back(person);
        return people;
    }
    for (auto* person : account.contacts)
        if (audience != "blacklist" || !listed.contains(person->phone)) people.push_back(person);
    return people;
}

} // namespace wagate::sandbox
