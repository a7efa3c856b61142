#include "protocol/media/media_conn.hpp"

#include "protocol/stanza/iq.hpp"

#include <algorithm>
#include <iterator>

namespace wagate::media {

using binary::Node;

namespace {

constexpr std::size_t max_hosts = 32;
constexpr std::int64_t max_lifetime_seconds = 7 * 86'400;

/// The name goes into a URL, so it must not be able to change its meaning.
bool is_host(std::string_view name) noexcept
{
    if (auto const colon = name.find(':'); colon != std::string_view::npos) {
        auto const port = name.substr(colon + 1);
        if (port.empty() || port.size() > 5) return false;
        if (!std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; })) return false;
        name = name.substr(0, colon);
    }
    if (name.empty() || name.size() > 253 || name.front() == '.' || name.front() == '-') return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '-';
    });
}

std::chrono::seconds lifetime(Node const& node, std::string_view key)
{
    return std::chrono::seconds{
        std::clamp<std::int64_t>(node.integer(key).value_or(0), 0, max_lifetime_seconds)};
}

} // namespace

Node media_conn_request(std::string_view id)
{
    return stanza::make_iq(id, stanza::IqType::set, "w:m", {Node{"media_conn"}});
}

Result<MediaConnection> parse_media_conn(Node const& reply)
{
    auto const* node = reply.child("media_conn");
    if (stanza::error_of(reply) || node == nullptr) return MediaErrc::malformed;
    MediaConnection connection;
    connection.auth = Secret{node->text("auth")};
    connection.lifetime = lifetime(*node, "ttl");
    connection.auth_lifetime = lifetime(*node, "auth_ttl");
    connection.max_buckets =
        static_cast<int>(std::clamp<std::int64_t>(node->integer("max_buckets").value_or(0), 0, 1'000'000));
    std::vector<MediaHost> fallbacks;
    for (auto const& child : node->children()) {
        if (child.tag != "host" || connection.hosts.size() + fallbacks.size() == max_hosts) continue;
        MediaHost host{.hostname = child.text("hostname"),
                       .fallback_hostname = child.text("fallback_hostname"),
                       .fallback = child.text("type") == "fallback"};
        if (!is_host(host.hostname)) continue;
        if (!is_host(host.fallback_hostname)) host.fallback_hostname.clear();
        (host.fallback ? fallbacks : connection.hosts).push_back(std::move(host));
    }
    connection.hosts.insert(connection.hosts.end(), std::make_move_iterator(fallbacks.begin()),
                            std::make_move_iterator(fallbacks.end()));
    if (connection.auth.reveal().empty() || connection.hosts.empty()) return MediaErrc::malformed;
    return connection;
}

Node media_conn_reply(Node const& request, MediaConnection const& connection)
{
    Node node{"media_conn"};
    node.set("auth", connection.auth.reveal())
        .set("ttl", std::int64_t{connection.lifetime.count()})
        .set("auth_ttl", std::int64_t{connection.auth_lifetime.count()})
        .set("max_buckets", std::int64_t{connection.max_buckets});
    for (auto const& host : connection.hosts) {
        Node child{"host"};
        child.set("hostname", host.hostname).set("type", host.fallback ? "fallback" : "primary");
        if (!host.fallback_hostname.empty()) child.set("fallback_hostname", host.fallback_hostname);
        node.add(std::move(child));
    }
    return stanza::iq_result(request).add(std::move(node));
}

} // namespace wagate::media
