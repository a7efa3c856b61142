#include "tools/sandbox/server/links.hpp"

#include "tools/sandbox/server/stanzas.hpp"

#include <algorithm>

namespace wagate::sandbox {

using binary::Node;

namespace {

constexpr std::string_view code_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view token_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t code_length = 14;
constexpr std::size_t token_length = 22;

std::string drawn(Network& network, std::string_view letters, std::size_t length)
{
    std::string text;
    while (text.size() < length)
        text += letters[network.random().below(letters.size())];
    return text;
}

Node contact_node(Account const& account, std::string_view code)
{
    Node qr{"qr"};
    qr.set("code", code).set("type", "contact").set("jid", account.phone_jid());
    if (!account.push_name.empty()) qr.set("notify", account.push_name);
    return qr;
}

Node message_node(Account const& account, std::string_view code, std::string const& text)
{
    Node qr{"qr"};
    qr.set("code", code).set("type", "message").set("jid", account.phone_jid());
    qr.set("notify", account.push_name.empty() ? account.business_name : account.push_name);
    if (!text.empty()) qr.add(Node{"message"}.with_bytes(to_bytes(text)));
    Node business{"business"};
    business.set("is_signed", "true").set("verified_name", account.business_name);
    return qr.add(business.set("verified_level", "unknown"));
}

/// Where a code leads; nothing when it leads nowhere.
std::optional<Node> target_of(Network const& network, std::string const& code)
{
    for (auto const& [phone, account] : network.accounts()) {
        if (!code.empty() && account->profile.contact_code == code) return contact_node(*account, code);
        auto const& links = account->profile.message_links;
        if (auto const found = links.find(code); found != links.end())
            return message_node(*account, code, found->second);
    }
    return std::nullopt;
}

} // namespace

void handle_links(Network& network, Connection& connection, Node const& iq)
{
    auto const* asked = iq.child("qr");
    if (asked == nullptr) return connection.send(iq_error(iq, 400, "bad-request"));
    if (iq.text("type") == "get") {
        auto found = target_of(network, asked->text("code"));
        if (!found) return connection.send(iq_error(iq, 404, "item-not-found"));
        return connection.send(iq_result(iq).add(std::move(*found)));
    }
    auto const action = asked->text("action");
    if (asked->text("type") != "contact" || (action != "get" && action != "revoke"))
        return connection.send(iq_error(iq, 400, "bad-request"));
    auto& code = connection.account().profile.contact_code;
    if (code.empty() || action == "revoke") code = drawn(network, code_letters, code_length);
    connection.send(iq_result(iq).add(Node{"qr"}.set("type", "contact").set("code", code)));
}

void create_call_link(Network& network, Connection& connection, Node const& call)
{
    auto const& asked = *call.child("link_create");
    auto ack = ack_of(call);
    ack.set("type", "link_create");
    auto const media = asked.text("media");
    auto const* event = asked.child("event");
    if ((media != "audio" && media != "video") || (event != nullptr && !event->integer("start_time")))
        return connection.send(std::move(ack.set("error", std::int64_t{400})));
    CallLink link;
    link.token = drawn(network, token_letters, token_length);
    link.media = media;
    if (event != nullptr) link.start_time = *event->integer("start_time");
    auto& links = connection.account().profile.call_links;
    links.push_back(link);
    if (links.size() > Profile::most_call_links) links.pop_front();
    ack.add(Node{"link_create"}.set("token", link.token).set("media", media));
    connection.send(std::move(ack));
}

std::string create_message_link(Network& network, Account& account, std::string const& text)
{
    auto code = drawn(network, code_letters, code_length);
    account.profile.message_links[code] = text;
    return code;
}

} // namespace wagate::sandbox
