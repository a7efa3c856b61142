// The small per-account services that clients ask for at login and now and then
// (protocol.md 10.5, 11.6, 11.8).
#include "protocol/base/encoding.hpp"
#include "tools/sandbox/server/handlers.hpp"
#include "tools/sandbox/server/stanzas.hpp"

#include <array>

namespace wagate::sandbox {

using binary::Node;

namespace {

using Handler = void (*)(Network&, Connection&, Node const&);

bool is_set(Node const& iq)
{
    return iq.text("type") == "set";
}

void accept(Network&, Connection& connection, Node const& iq)
{
    connection.send(iq_result(iq));
}

void props(Network&, Connection& connection, Node const& iq)
{
    Node props{"props"};
    props.set("protocol", "1")
        .set("hash", "sandbox")
        .set("refresh", std::int64_t{86'400})
        .set("refresh_id", std::int64_t{0});
    connection.send(iq_result(iq).add(std::move(props)));
}

void blocklist(Network& network, Connection& connection, Node const& iq)
{
    auto& account = connection.account();
    if (is_set(iq)) {
        auto const* item = iq.child("item");
        auto const jid = item == nullptr ? std::nullopt : item->jid("jid");
        auto const* peer = jid ? network.find(*jid) : nullptr;
        if (peer == nullptr) return connection.send(iq_error(iq, 400, "bad-request"));
        if (item->text("action") == "block")
            account.blocked.insert(peer->lid);
        else
            account.blocked.erase(peer->lid);
    }
    Node list{"list"};
    list.set("dhash", std::to_string(account.blocked.size()));
    for (auto const& lid : account.blocked) {
        Node item{"item"};
        item.set("jid", Jid::hidden(lid));
        list.add(std::move(item));
    }
    connection.send(iq_result(iq).add(std::move(list)));
}

void privacy(Network& network, Connection& connection, Node const& iq)
{
    if (is_set(iq)) {
        auto const* tokens = iq.child("tokens");
        if (tokens == nullptr) return accept(network, connection, iq);
        // Trusted-contact tokens: the peer learns them (7.10).
        for (auto const& token : tokens->children()) {
            auto const jid = token.jid("jid");
            auto* peer = jid ? network.find(*jid) : nullptr;
            if (peer == nullptr || peer == &connection.account()) continue;
            Node granted{"token"};
            copy_attributes(granted, token, {"type", "t"});
            granted.with_bytes(network.random().bytes(16));
            Node holder{"tokens"};
            holder.add(std::move(granted));
            auto const from = connection.account().jid(jid->is_lid() ? JidServer::lid : JidServer::user);
            auto notice = notification("privacy_token", from, network.next_id(), network.now_seconds());
            if (jid->is_lid())
                notice.set("sender_pn", connection.account().phone_jid());
            else
                notice.set("sender_lid", connection.account().lid_jid());
            notice.add(std::move(holder));
            for (auto const& [id, device] : peer->devices)
                if (id != 0) network.deliver(*peer, id, DeliveryKind::notification, notice);
        }
        return connection.send(iq_result(iq));
    }
    Node list{"privacy"};
    static constexpr std::array names{"groupadd", "last",    "status",  "profile",
                                      "online",   "calladd", "messages"};
    for (auto const* name : names) {
        Node category{"category"};
        category.set("name", name).set("value", "all");
        list.add(std::move(category));
    }
    Node receipts{"category"};
    receipts.set("name", "readreceipts").set("value", connection.account().read_receipts ? "all" : "none");
    list.add(std::move(receipts));
    connection.send(iq_result(iq).add(std::move(list)));
}

void media_hosts(Network& network, Connection& connection, Node const& iq)
{
    Node media{"media_conn"};
    media.set("auth", hex_encode(network.random().bytes(16)))
        .set("ttl", std::int64_t{300})
        .set("auth_ttl", std::int64_t{21'600})
        .set("max_buckets", std::int64_t{12});
    connection.send(iq_result(iq).add(std::move(media)));
}

void status(Network&, Connection& connection, Node const& iq)
{
    if (auto const* text = iq.child("status"); is_set(iq) && text != nullptr)
        connection.account().status_text = to_text(text->bytes());
    connection.send(iq_result(iq));
}

void profile_picture(Network& network, Connection& connection, Node const& iq)
{
    if (is_set(iq)) return accept(network, connection, iq);
    connection.send(iq_error(iq, 404, "item-not-found"));
}

void groups(Network&, Connection& connection, Node const& iq)
{
    if (iq.child("participating") != nullptr) return connection.send(iq_result(iq).add(Node{"groups"}));
    connection.send(iq_error(iq, 404, "item-not-found"));
}

/// Answers a get with an empty child of the same name as the question.
void empty_child(Network&, Connection& connection, Node const& iq)
{
    auto reply = iq_result(iq);
    if (!is_set(iq) && !iq.children().empty()) reply.add(Node{iq.children().front().tag});
    connection.send(std::move(reply));
}

struct Service {
    std::string_view xmlns;
    Handler handler;
};
constexpr std::array services{
    Service{"abt", props},
    Service{"w", props},
    Service{"blocklist", blocklist},
    Service{"privacy", privacy},
    Service{"w:m", media_hosts},
    Service{"status", status},
    Service{"w:profile:picture", profile_picture},
    Service{"w:g2", groups},
    Service{"disappearing_mode", empty_child},
    Service{"w:biz", empty_child},
    Service{"bot", empty_child},
    Service{"tos", empty_child},
    Service{"urn:xmpp:whatsapp:push", accept},
    Service{"urn:xmpp:whatsapp:dirty", accept},
    Service{"w:stats", accept},
};

} // namespace

bool handle_account_iq(Network& network, Connection& connection, std::string const& xmlns, Node const& iq)
{
    for (auto const& service : services) {
        if (service.xmlns != xmlns) continue;
        service.handler(network, connection, iq);
        return true;
    }
    return false;
}

} // namespace wagate::sandbox
