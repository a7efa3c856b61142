// The small per-account services that clients ask for at login and now and then
// (protocol.md 10.5, 11.6, 11.8).
#include "protocol/base/encoding.hpp"
#include "tools/sandbox/server/bots.hpp"
#include "tools/sandbox/server/handlers.hpp"
#include "tools/sandbox/server/links.hpp"
#include "tools/sandbox/server/push.hpp"
#include "tools/sandbox/server/shop.hpp"
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

void privacy(Network& network, Connection& connection, Node const& iq)
{
    if (is_set(iq)) {
        auto const* tokens = iq.child("tokens");
        if (tokens == nullptr) return handle_privacy_settings(network, connection, iq);
        // Trusted-contact tokens: the peer learns them (7.10).
        for (auto const& token : tokens->children()) {
            auto const jid = token.jid("jid");
            auto* peer = jid ? network.find(*jid) : nullptr;
            if (peer == nullptr || peer == &connection.account()) continue;
            Node granted{"token"};
            copy_attributes(granted, token, {"type", "t"});
            auto& given = connection.account().given_tokens[peer->lid];
            given = network.random().bytes(16);
            granted.with_bytes(given);
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
    handle_privacy_settings(network, connection, iq);
}

void media_hosts(Network& network, Connection& connection, Node const& iq)
{
    media::MediaConnection hosts;
    hosts.auth = Secret{network.media().new_auth()};
    hosts.lifetime = std::chrono::seconds{300};
    hosts.auth_lifetime = std::chrono::seconds{21'600};
    hosts.max_buckets = 12;
    for (auto const& host : network.media().hosts)
        hosts.hosts.push_back({.hostname = host, .fallback_hostname = {}, .fallback = false});
    connection.send(iq_result(iq).add(*media::media_conn_reply(iq, hosts).child("media_conn")));
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
    Service{"blocklist", handle_blocklist},
    Service{"privacy", privacy},
    Service{"w:m", media_hosts},
    Service{"status", handle_status},
    Service{"w:profile:picture", handle_picture},
    Service{"disappearing_mode", handle_disappearing_mode},
    Service{"w:biz", handle_business},
    Service{"bot", handle_bots},
    Service{"w:qr", handle_links},
    Service{"w:biz:catalog", handle_catalog},
    Service{"fb:thrift_iq", handle_order},
    Service{"tos", empty_child},
    Service{"urn:xmpp:whatsapp:push", handle_push},
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
