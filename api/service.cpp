#include "api/service.hpp"

#include "api/http/dispatcher.hpp"
#include "api/openapi_document.hpp"
#include "api/v1/group_routes.hpp"
#include "api/v1/outbox_routes.hpp"
#include "api/v1/privacy_routes.hpp"
#include "api/v1/tenant_routes.hpp"
#include "api/v1/webhook_routes.hpp"
#include "api/waha/call_routes.hpp"
#include "api/waha/channel_routes.hpp"
#include "api/waha/chat_routes.hpp"
#include "api/waha/chat_settings_routes.hpp"
#include "api/waha/chatting_routes.hpp"
#include "api/waha/contact_query_routes.hpp"
#include "api/waha/contact_routes.hpp"
#include "api/waha/file_routes.hpp"
#include "api/waha/group_routes.hpp"
#include "api/waha/label_routes.hpp"
#include "api/waha/media_routes.hpp"
#include "api/waha/message_routes.hpp"
#include "api/waha/pairing_routes.hpp"
#include "api/waha/presence_routes.hpp"
#include "api/waha/profile_routes.hpp"
#include "api/waha/sending_routes.hpp"
#include "api/waha/server_routes.hpp"
#include "api/waha/session_routes.hpp"

namespace wagate {
namespace {

WallTime now()
{
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

Task<http::Response> serve_document(http::Call)
{
    http::Response response;
    response.headers.add("Content-Type", "application/json; charset=utf-8");
    response.body = std::string(openapi_document());
    co_return response;
}

} // namespace

struct ApiRoutes::Groups {
    Groups(ApiParts const& parts, ApiOptions const& options)
        : sessions(parts.gateway, options.unknown_fields),
          pairing(parts.gateway, options.unknown_fields),
          chatting(parts.gateway, options.unknown_fields, options.identity.base_url),
          channels(parts.gateway, options.unknown_fields),
          media(parts.media, options.unknown_fields, options.media_body_bytes, options.identity.base_url),
          files(parts.media, options.unknown_fields, options.media_body_bytes),
          presence(parts.gateway, options.unknown_fields),
          calls(parts.gateway, options.unknown_fields),
          profile(parts.gateway, options.unknown_fields),
          contact_queries(parts.gateway, options.unknown_fields),
          chats(parts.gateway, options.unknown_fields),
          contacts(parts.gateway),
          sending(parts.gateway, options.unknown_fields, options.identity.base_url),
          messages(parts.gateway, options.unknown_fields, options.identity.base_url),
          group_chats(parts.gateway, options.unknown_fields),
          chat_settings(parts.gateway, options.unknown_fields),
          labels(parts.gateway, options.unknown_fields),
          server(parts.gateway, options.identity, now()),
          tenants(parts.keys, options.unknown_fields),
          events(parts.gateway, parts.streams, options.streams),
          own_group_chats(parts.gateway, options.unknown_fields),
          outbox(parts.gateway),
          privacy(parts.gateway, options.unknown_fields),
          webhooks(parts.webhooks, options.unknown_fields)
    {}

    waha::SessionRoutes sessions;
    waha::PairingRoutes pairing;
    waha::ChattingRoutes chatting;
    waha::ChannelRoutes channels;
    waha::MediaRoutes media;
    waha::FileRoutes files;
    waha::PresenceRoutes presence;
    waha::CallRoutes calls;
    waha::ProfileRoutes profile;
    waha::ContactQueryRoutes contact_queries;
    waha::ChatRoutes chats;
    waha::ContactRoutes contacts;
    waha::SendingRoutes sending;
    waha::MessageRoutes messages;
    waha::GroupRoutes group_chats;
    waha::ChatSettingsRoutes chat_settings;
    waha::LabelRoutes labels;
    waha::ServerRoutes server;
    v1::TenantRoutes tenants;
    v1::EventRoutes events;
    v1::GroupRoutes own_group_chats;
    v1::OutboxRoutes outbox;
    v1::PrivacyRoutes privacy;
    v1::WebhookRoutes webhooks;
};

ApiRoutes::ApiRoutes(ApiParts const& parts, ApiOptions const& options)
    : groups_(std::make_unique<Groups>(parts, options))
{
    groups_->sessions.add_to(router_);
    groups_->pairing.add_to(router_);
    groups_->chatting.add_to(router_);
    groups_->channels.add_to(router_);
    groups_->media.add_to(router_);
    groups_->files.add_to(router_);
    groups_->presence.add_to(router_);
    groups_->calls.add_to(router_);
    groups_->profile.add_to(router_);
    groups_->contact_queries.add_to(router_);
    groups_->chats.add_to(router_);
    groups_->contacts.add_to(router_);
    groups_->sending.add_to(router_);
    groups_->messages.add_to(router_);
    groups_->group_chats.add_to(router_);
    groups_->chat_settings.add_to(router_);
    groups_->labels.add_to(router_);
    groups_->server.add_to(router_);
    groups_->tenants.add_to(router_);
    groups_->events.add_to(router_);
    groups_->own_group_chats.add_to(router_);
    groups_->outbox.add_to(router_);
    groups_->privacy.add_to(router_);
    groups_->webhooks.add_to(router_);
    router_.add("GET", "/openapi.json", http::Access::open, serve_document);
}

ApiRoutes::~ApiRoutes() = default;

ApiServer::ApiServer(ApiParts const& parts, std::vector<boost::asio::any_io_executor> loops,
                     ApiOptions options)
    : options_(std::move(options)), routes_(parts, options_)
{
    http::Dispatcher const dispatcher(routes_.router(), parts.keys);
    auto screen = [dispatcher](http::Request const& head) { return dispatcher.refuse(head); };
    auto body_limit = [dispatcher](http::Request const& head) { return dispatcher.body_limit(head); };
    server_ = std::make_unique<http::Server>(std::move(loops), dispatcher, options_.limits, std::move(screen),
                                             std::move(body_limit));
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
