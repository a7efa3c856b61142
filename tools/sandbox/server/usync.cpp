// usync: devices, LIDs and small facts about users (protocol.md 6.5).
#include "protocol/proto/codec.hpp"
#include "protocol/proto/verified_name.pb.h"
#include "tools/sandbox/server/bots.hpp"
#include "tools/sandbox/server/handlers.hpp"
#include "tools/sandbox/server/stanzas.hpp"

namespace wagate::sandbox {

using binary::Node;

namespace {

/// The number in `+4912…`, `+4912…@c.us` or `4912…`.
std::string digits_of(std::string_view contact)
{
    std::string digits;
    for (auto const letter : contact.substr(0, contact.find('@')))
        if (letter >= '0' && letter <= '9') digits += letter;
    return digits;
}

Node contact_result(Node const& asked, bool registered)
{
    Node contact{"contact"};
    contact.set("type", registered ? "in" : "out");
    if (auto const* content = asked.child("contact"); content != nullptr && !content->bytes().empty())
        contact.with_text(text_view(content->bytes()));
    return contact;
}

Node user_result(Network& network, Account& requester, Node const& query, Node const& asked)
{
    auto jid = asked.jid("jid");
    auto const* contact = asked.child("contact");
    auto const by_number = !jid && contact != nullptr;
    if (by_number) jid = Jid::phone(digits_of(text_view(contact->bytes())));
    Node user{"user"};
    if (!jid) return user;
    auto* account = network.find(*jid);
    auto const* contact_query = query.child("contact");
    auto shown = jid->bare();
    if (account != nullptr && by_number && contact_query != nullptr &&
        contact_query->text("addressing_mode") == "lid")
        shown = account->lid_jid();
    user.set("jid", shown);
    if (account != nullptr && shown.is_lid()) user.set("pn_jid", account->phone_jid());
    if (contact_query != nullptr) user.add(contact_result(asked, account != nullptr));
    if (query.child("bot") != nullptr)
        if (auto bot = bot_profile_node(asked)) user.add(std::move(*bot));
    if (account == nullptr) return user;
    if (account != &requester) {
        requester.contacts.insert(account);
        account->contacts.insert(&requester);
    }
    for (auto const& protocol : query.children()) {
        if (protocol.tag == "devices") {
            Node devices{"devices"};
            devices.add(device_list_node(*account, shown.server)).add(key_index_list_node(*account));
            user.add(std::move(devices));
        } else if (protocol.tag == "lid") {
            Node lid{"lid"};
            lid.set("val", account->lid_jid());
            user.add(std::move(lid));
        } else if (protocol.tag == "status") {
            Node status{"status"};
            status.set("t", network.now_seconds());
            if (!is_shown(*account, requester, "status"))
                status.set("code", "401");
            else if (!account->status_text.empty())
                status.with_text(account->status_text);
            user.add(std::move(status));
        } else if (protocol.tag == "disappearing_mode") {
            Node mode{"disappearing_mode"};
            mode.set("duration", account->profile.default_expiration)
                .set("t", account->profile.default_expiration_time);
            user.add(std::move(mode));
        } else if (protocol.tag == "picture") {
            Node picture{"picture"};
            auto const found = network.pictures.find(account->phone_jid().to_string());
            if (found != network.pictures.end() && is_shown(*account, requester, "profile"))
                picture.set("id", found->second.id);
            user.add(std::move(picture));
        } else if (protocol.tag == "business") {
            Node business{"business"};
            if (!account->business_name.empty()) business.add(verified_name_node(*account));
            user.add(std::move(business));
        } else if (protocol.tag == "username") {
            user.add(Node{protocol.tag});
        }
    }
    return user;
}

} // namespace

Node verified_name_node(Account const& account)
{
    proto::VerifiedNameCertificate::Details details;
    details.set_serial(account.raw_id);
    details.set_issuer("smb:wa");
    details.set_verified_name(account.business_name);
    proto::VerifiedNameCertificate certificate;
    certificate.set_details(details.SerializeAsString());
    Node name{"verified_name"};
    return name.set("v", "1").set("verified_level", "unknown").with_bytes(proto::encode(certificate));
}

void handle_usync(Network& network, Connection& connection, Node const& iq)
{
    auto const* request = iq.child("usync");
    auto const* query = request == nullptr ? nullptr : request->child("query");
    auto const* list = request == nullptr ? nullptr : request->child("list");
    if (query == nullptr || list == nullptr) return connection.send(iq_error(iq, 400, "bad-request"));
    network.count("usync_queries");
    binary::Nodes users;
    for (auto const& asked : list->children())
        if (asked.tag == "user") users.push_back(user_result(network, connection.account(), *query, asked));

    Node outcome{"result"};
    for (auto const& protocol : query->children())
        outcome.add(Node{protocol.tag});
    Node answered{"list"};
    if (!users.empty()) answered.content = std::move(users);
    Node usync{"usync"};
    copy_attributes(usync, *request, {"sid", "index", "last", "mode", "context"});
    usync.add(std::move(outcome)).add(std::move(answered));
    connection.send(iq_result(iq).add(std::move(usync)));
}

} // namespace wagate::sandbox
