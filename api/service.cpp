#include "api/service.hpp"

#include "api/explorer/explorer_routes.hpp"
#include "api/http/compression.hpp"
#include "api/http/dispatcher.hpp"
#include "api/mcp_routes.hpp"
#include "api/route_rules.hpp"
#include "api/v1/channel_routes.hpp"
#include "api/v1/content_routes.hpp"
#include "api/v1/group_routes.hpp"
#include "api/v1/history_routes.hpp"
#include "api/v1/outbox_routes.hpp"
#include "api/v1/privacy_routes.hpp"
#include "api/v1/tenant_routes.hpp"
#include "api/v1/webhook_routes.hpp"
#include "api/waha/app_routes.hpp"
#include "api/waha/call_routes.hpp"
#include "api/waha/channel_routes.hpp"
#include "api/waha/chat_routes.hpp"
#include "api/waha/chat_settings_routes.hpp"
#include "api/waha/chatting_routes.hpp"
#include "api/waha/contact_query_routes.hpp"
#include "api/waha/contact_routes.hpp"
#include "api/waha/file_routes.hpp"
#include "api/waha/group_routes.hpp"
#include "api/waha/key_routes.hpp"
#include "api/waha/label_routes.hpp"
#include "api/waha/media_routes.hpp"
#include "api/waha/message_routes.hpp"
#include "api/waha/pairing_routes.hpp"
#include "api/waha/passkey_routes.hpp"
#include "api/waha/picture_routes.hpp"
#include "api/waha/presence_routes.hpp"
#include "api/waha/profile_routes.hpp"
#include "api/waha/sending_routes.hpp"
#include "api/waha/server_routes.hpp"
#include "api/waha/session_routes.hpp"
#include "api/waha/status_routes.hpp"

namespace wagate {
namespace {

WallTime now()
{
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

Task<http::Response> late_answer(http::LateAnswer later, std::string encodings)
{
    auto waiting = later();
    auto response = co_await std::move(waiting);
    co_return http::compressed(std::move(response), encodings);
}

} // namespace

struct ApiRoutes::Groups {
    static waha::MediaLinks links_of(ApiOptions const& options)
    {
        return {options.identity.base_url, options.identity.signer};
    }

    Groups(ApiParts const& parts, ApiOptions const& options, http::Router const& router)
        : app_desk(parts.apps, parts.keys, options.unknown_fields),
          apps(app_desk, parts.gateway),
          mcp(router, parts.keys, options.identity.program),
          sessions(parts.gateway, app_desk, options.unknown_fields, options.identity.worker),
          pairing(parts.gateway, options.unknown_fields),
          passkey(parts.gateway, options.unknown_fields),
          chatting(parts.gateway, parts.media, options.unknown_fields, links_of(options)),
          channels(parts.gateway, parts.media, options.unknown_fields, links_of(options),
                   options.media_body_bytes),
          media(parts.media, options.unknown_fields, options.media_body_bytes, links_of(options)),
          files(parts.media, options.unknown_fields, options.media_body_bytes, options.identity.signer),
          presence(parts.gateway, options.unknown_fields),
          calls(parts.gateway, options.unknown_fields),
          profile(parts.gateway, options.unknown_fields),
          pictures(parts.gateway, parts.media, options.unknown_fields, options.media_body_bytes),
          contact_queries(parts.gateway, options.unknown_fields),
          chats(parts.gateway, options.unknown_fields),
          contacts(parts.gateway),
          sending(parts.gateway, parts.media, options.unknown_fields, options.media_body_bytes,
                  links_of(options)),
          status(parts.gateway, parts.media, options.unknown_fields, links_of(options),
                 options.media_body_bytes),
          messages(parts.gateway, options.unknown_fields, links_of(options)),
          group_chats(parts.gateway, options.unknown_fields),
          chat_settings(parts.gateway, options.unknown_fields),
          labels(parts.gateway, options.unknown_fields),
          server(parts.gateway, options.identity, now(), options.facts, options.unknown_fields),
          keys(parts.keys, parts.gateway, options.unknown_fields),
          tenants(parts.keys, options.unknown_fields),
          events(parts.gateway, parts.streams, options.streams),
          own_channels(parts.gateway, parts.media, options.unknown_fields),
          own_group_chats(parts.gateway, options.unknown_fields),
          history(parts.gateway, options.unknown_fields),
          content(parts.gateway, parts.media, options.unknown_fields, options.media_body_bytes,
                  links_of(options)),
          outbox(parts.gateway),
          privacy(parts.gateway, options.unknown_fields),
          webhooks(parts.webhooks, options.unknown_fields),
          explorer(options.explorer)
    {}

    waha::AppDesk app_desk;
    waha::AppRoutes apps;
    McpRoutes mcp;
    waha::SessionRoutes sessions;
    waha::PairingRoutes pairing;
    waha::PasskeyRoutes passkey;
    waha::ChattingRoutes chatting;
    waha::ChannelRoutes channels;
    waha::MediaRoutes media;
    waha::FileRoutes files;
    waha::PresenceRoutes presence;
    waha::CallRoutes calls;
    waha::ProfileRoutes profile;
    waha::PictureRoutes pictures;
    waha::ContactQueryRoutes contact_queries;
    waha::ChatRoutes chats;
    waha::ContactRoutes contacts;
    waha::SendingRoutes sending;
    waha::StatusRoutes status;
    waha::MessageRoutes messages;
    waha::GroupRoutes group_chats;
    waha::ChatSettingsRoutes chat_settings;
    waha::LabelRoutes labels;
    waha::ServerRoutes server;
    waha::KeyRoutes keys;
    v1::TenantRoutes tenants;
    v1::EventRoutes events;
    v1::ChannelRoutes own_channels;
    v1::GroupRoutes own_group_chats;
    v1::HistoryRoutes history;
    v1::ContentRoutes content;
    v1::OutboxRoutes outbox;
    v1::PrivacyRoutes privacy;
    v1::WebhookRoutes webhooks;
    explorer::ExplorerRoutes explorer;
};

ApiRoutes::ApiRoutes(ApiParts const& parts, ApiOptions const& options)
    : groups_(std::make_unique<Groups>(parts, options, router_))
{
    groups_->apps.add_to(router_);
    groups_->mcp.add_to(router_);
    groups_->sessions.add_to(router_);
    groups_->pairing.add_to(router_);
    groups_->passkey.add_to(router_);
    groups_->chatting.add_to(router_);
    groups_->channels.add_to(router_);
    groups_->media.add_to(router_);
    groups_->files.add_to(router_);
    groups_->presence.add_to(router_);
    groups_->calls.add_to(router_);
    groups_->profile.add_to(router_);
    groups_->pictures.add_to(router_);
    groups_->contact_queries.add_to(router_);
    groups_->chats.add_to(router_);
    groups_->contacts.add_to(router_);
    groups_->sending.add_to(router_);
    groups_->status.add_to(router_);
    groups_->messages.add_to(router_);
    groups_->group_chats.add_to(router_);
    groups_->chat_settings.add_to(router_);
    groups_->labels.add_to(router_);
    groups_->server.add_to(router_);
    groups_->keys.add_to(router_);
    groups_->tenants.add_to(router_);
    groups_->events.add_to(router_);
    groups_->own_channels.add_to(router_);
    groups_->own_group_chats.add_to(router_);
    groups_->history.add_to(router_);
    groups_->content.add_to(router_);
    groups_->outbox.add_to(router_);
    groups_->privacy.add_to(router_);
    groups_->webhooks.add_to(router_);
    groups_->explorer.add_to(router_);
    router_.apply_rules(rule_of_route);
}

ApiRoutes::~ApiRoutes() = default;

namespace {

/// What the dispatcher answers, compressed for clients that take it.
Task<http::Response> answer(http::Dispatcher dispatcher, http::Request request)
{
    std::string const encodings(request.headers.find("Accept-Encoding"));
    auto running = dispatcher(std::move(request));
    auto response = co_await std::move(running);
    if (response.later && !encodings.empty()) {
        auto later = std::move(response.later);
        response.later = [later = std::move(later), encodings] { return late_answer(later, encodings); };
    }
    co_return http::compressed(std::move(response), encodings);
}

} // namespace

ApiServer::ApiServer(ApiParts const& parts, std::vector<boost::asio::any_io_executor> loops,
                     ApiOptions options)
    : options_(std::move(options)), routes_(parts, options_)
{
    http::Dispatcher const dispatcher(routes_.router(), parts.keys, &options_.open_paths);
    auto screen = [dispatcher](http::Request const& head) { return dispatcher.refuse(head); };
    auto handler = [dispatcher](http::Request request) { return answer(dispatcher, std::move(request)); };
    auto body_limit = [dispatcher](http::Request const& head) { return dispatcher.body_limit(head); };
    server_ = std::make_unique<http::Server>(std::move(loops), std::move(handler), options_.limits,
                                             std::move(screen), std::move(body_limit));
}

ApiServer::~ApiServer() = default;

Result<void> ApiServer::start()
{
    return server_->start(options_.listen);
}

std::uint16_t ApiServer::port() const noexcept
{
    return server_->port();
}

Task<void> ApiServer::stop(std::chrono::milliseconds grace)
{
    return server_->stop(grace);
}

} // namespace wagate
