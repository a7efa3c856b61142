#include "gateway/media/media_servers.hpp"

#include "gateway/media/media_errors.hpp"
#include "protocol/engine/engine.hpp"

#include <algorithm>

namespace wagate::gateway {
namespace {

constexpr std::string_view standard_host = "https://mmg.whatsapp.net";

bool is_whatsapp(std::string_view host)
{
    return host.ends_with(".whatsapp.net") || host.ends_with(".whatsapp.com");
}

} // namespace

MediaServers allowed_servers(media::MediaConnection const& hosts, MediaSettings const& settings)
{
    MediaServers servers;
    servers.auth = hosts.auth;
    if (!settings.media_host.empty()) {
        servers.urls.push_back(settings.media_host);
        return servers;
    }
    auto const add = [&](std::string const& host) {
        if (host.empty() || (!settings.any_host && !is_whatsapp(host))) return;
        auto url = settings.scheme + "://" + host;
        if (std::find(servers.urls.begin(), servers.urls.end(), url) == servers.urls.end())
            servers.urls.push_back(std::move(url));
    };
    for (auto const& host : hosts.hosts)
        add(host.hostname);
    for (auto const& host : hosts.hosts)
        add(host.fallback_hostname);
    return servers;
}

egress::AddressPolicy const* server_policy(MediaSettings const& settings)
{
    // Names from the network must not lead into the operator's own networks; those that the operator gave
    // may.
    static egress::AddressPolicy const only_public;
    return settings.any_host || !settings.media_host.empty() ? nullptr : &only_public;
}

Task<Outcome<MediaServers>> MediaDirectory::for_upload(SessionKey session)
{
    auto question = [](engine::Engine& engine, auto done) { engine.media_hosts().find(std::move(done)); };
    auto asking = ask_for<media::MediaConnection>(gateway_, session, std::move(question));
    auto const hosts = co_await std::move(asking);
    if (!hosts) co_return hosts.error();
    auto servers = allowed_servers(*hosts, settings_);
    auto const info = co_await gateway_.session_info(std::move(session));
    if (!info) co_return info.error();
    servers.proxy = info->config.proxy;
    if (servers.urls.empty()) co_return unavailable("WhatsApp named no media server");
    last_urls_ = servers.urls;
    co_return servers;
}

Task<void> MediaDirectory::forget(SessionKey session)
{
    Gateway::Question question = [](engine::Engine& engine, Gateway::Done const& done) {
        engine.media_hosts().forget_hosts();
        done({});
    };
    auto asking = gateway_.ask(std::move(session), std::move(question));
    static_cast<void>(co_await std::move(asking));
}

Task<MediaServers> MediaDirectory::for_download(SessionKey session)
{
    auto info = co_await gateway_.session_info(session);
    if (info && info->status == SessionStatus::working) {
        auto asking = for_upload(std::move(session));
        auto asked = co_await std::move(asking);
        if (asked) co_return std::move(*asked);
    }
    MediaServers servers;
    if (info) servers.proxy = info->config.proxy;
    servers.urls = last_urls_;
    if (servers.urls.empty() && !settings_.media_host.empty()) servers.urls.push_back(settings_.media_host);
    if (servers.urls.empty() && !settings_.any_host) servers.urls.emplace_back(standard_host);
    co_return servers;
}

} // namespace wagate::gateway
