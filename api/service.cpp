#include "api/service.hpp"

#include "api/auditor.hpp"
#include "api/explorer/explorer_routes.hpp"
#include "api/http/compression.hpp"
#include "api/http/dispatcher.hpp"
#include "api/mcp_routes.hpp"
#include "api/route_rules.hpp"
#include "api/v1/account_routes.hpp"
#include "api/v1/answer_routes.hpp"
#include "api/v1/audit_routes.hpp"
#include "api/v1/bot_routes.hpp"
#include "api/v1/business_routes.hpp"
#include "api/v1/catalog_routes.hpp"
#include "api/v1/channel_routes.hpp"
#include "api/v1/community_routes.hpp"
#include "api/v1/content_routes.hpp"
#include "api/v1/export_routes.hpp"
#include "api/v1/group_routes.hpp"
#include "api/v1/history_routes.hpp"
#include "api/v1/invitation_routes.hpp"
#include "api/v1/key_routes.hpp"
#include "api/v1/limit_routes.hpp"
#include "api/v1/link_routes.hpp"
#include "api/v1/mark_routes.hpp"
#include "api/v1/outbox_routes.hpp"
#include "api/v1/privacy_routes.hpp"
#include "api/v1/push_routes.hpp"
#include "api/v1/retention_routes.hpp"
#include "api/v1/tenant_routes.hpp"
#include "api/v1/vault_routes.hpp"
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
#include "gateway/runtime/hop.hpp"

namespace wagate {
namespace {

WallTime now()
{
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

Task<http::Response> late_answer(http::LateAnswer later, http::EdgePolicy const& edge, std::string origin,
                                 std::string encodings)
{
    auto waiting = later();
    auto response = co_await std::move(waiting);
    edge.mark(origin, response);
    co_return http::compressed(std::move(response), encodings);
}

} // namespace

struct ApiRoutes::Groups {
    static waha::MediaLinks links_of(ApiOptions const& options)
    {
        return {options.identity.base_url, options.identity.signer};
    }

    Groups(ApiParts const& parts, ApiOptions const& options, http::Router const& router)
        : auditor(storage::keeper_of(parts.streams.store).audit(), parts.streams.pool),
          caller([this](http::Route const& route, http::Call call) {
              return auditor.call(route, std::move(call));
          }),
          app_desk(parts.apps, parts.keys, options.unknown_fields),
          apps(app_desk, parts.gateway),
          mcp(router, parts.keys, options.identity.program, &caller),
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
          tenants(parts.keys, parts.tenants, options.unknown_fields),
          own_keys(parts.keys, options.unknown_fields),
          events(parts.gateway, parts.streams, parts.keys, options.streams),
          own_channels(parts.gateway, parts.media, options.unknown_fields),
          own_group_chats(parts.gateway, options.unknown_fields),
          communities(parts.gateway, options.unknown_fields),
          invitations(parts.gateway, options.unknown_fields, links_of(options)),
          history(parts.gateway, options.unknown_fields),
          content(parts.gateway, parts.media, options.unknown_fields, options.media_body_bytes,
                  links_of(options)),
          catalogs(parts.gateway, parts.media, options.unknown_fields, options.media_body_bytes,
                   links_of(options)),
          business(parts.gateway, parts.media, options.unknown_fields, options.media_body_bytes),
          marks(parts.gateway, options.unknown_fields),
          answers(parts.gateway, options.unknown_fields, links_of(options)),
          account(parts.gateway, options.unknown_fields),
          outbox(parts.gateway),
          privacy(parts.gateway, options.unknown_fields),
          links(parts.gateway, options.unknown_fields),
          bots(parts.gateway),
          push(parts.gateway, options.unknown_fields),
          webhooks(parts.webhooks, options.unknown_fields),
          limits(parts.limits, parts.gateway, parts.keys, parts.streams.pool),
          vault(parts.vault, parts.streams.pool),
          audit(parts.streams.store, parts.streams.pool),
          kept_media(options.media_folder),
          retention(parts.gateway, kept_media, parts.streams.store, parts.streams.pool,
                    options.unknown_fields),
          exports(parts.gateway, kept_media, parts.streams),
          explorer(options.explorer)
    {}

    Auditor auditor;
    http::Caller caller;
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
    v1::KeyRoutes own_keys;
    v1::EventRoutes events;
    v1::ChannelRoutes own_channels;
    v1::GroupRoutes own_group_chats;
    v1::CommunityRoutes communities;
    v1::InvitationRoutes invitations;
    v1::HistoryRoutes history;
    v1::ContentRoutes content;
    v1::CatalogRoutes catalogs;
    v1::BusinessRoutes business;
    v1::MarkRoutes marks;
    v1::AnswerRoutes answers;
    v1::AccountRoutes account;
    v1::OutboxRoutes outbox;
    v1::PrivacyRoutes privacy;
    v1::LinkRoutes links;
    v1::BotRoutes bots;
    v1::PushRoutes push;
    v1::WebhookRoutes webhooks;
    v1::LimitRoutes limits;
    v1::VaultRoutes vault;
    v1::AuditRoutes audit;
    gateway::KeptMedia kept_media;
    v1::RetentionRoutes retention;
    v1::ExportRoutes exports;
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
    groups_->own_keys.add_to(router_);
    groups_->events.add_to(router_);
    groups_->own_channels.add_to(router_);
    groups_->own_group_chats.add_to(router_);
    groups_->communities.add_to(router_);
    groups_->invitations.add_to(router_);
    groups_->history.add_to(router_);
    groups_->content.add_to(router_);
    groups_->catalogs.add_to(router_);
    groups_->business.add_to(router_);
    groups_->marks.add_to(router_);
    groups_->answers.add_to(router_);
    groups_->account.add_to(router_);
    groups_->outbox.add_to(router_);
    groups_->privacy.add_to(router_);
    groups_->links.add_to(router_);
    groups_->bots.add_to(router_);
    groups_->push.add_to(router_);
    groups_->webhooks.add_to(router_);
    groups_->limits.add_to(router_);
    groups_->vault.add_to(router_);
    groups_->audit.add_to(router_);
    groups_->retention.add_to(router_);
    groups_->exports.add_to(router_);
    groups_->explorer.add_to(router_);
    router_.apply_rules(rule_of_route);
}

ApiRoutes::~ApiRoutes() = default;

http::TicketBook& ApiRoutes::tickets() const noexcept
{
    return groups_->events.tickets();
}

http::Caller const& ApiRoutes::caller() const noexcept
{
    return groups_->caller;
}

void ApiRoutes::note_unauthorized(std::string const& source)
{
    groups_->auditor.note_unauthorized(source);
}

namespace {

/// From here on a body is parsed, hashed and decoded where it holds up no other request.
constexpr std::size_t large_body = 64 * 1024;

Task<http::Response> dispatched(http::Dispatcher dispatcher, http::Request request)
{
    auto running = dispatcher(std::move(request));
    co_return co_await std::move(running);
}

/// What the dispatcher answers, compressed for clients that take it.
Task<http::Response> answer(http::Dispatcher dispatcher, http::EdgePolicy const& edge, ApiRoutes* routes,
                            boost::asio::any_io_executor bulk, http::Request request)
{
    std::string const encodings(request.headers.find("Accept-Encoding"));
    auto const origin = edge.allowed_origin(request);
    if (auto refusal = edge.refuse(request)) {
        edge.mark(origin, *refusal);
        co_return std::move(*refusal);
    }
    auto const source = request.remote;
    bool const is_large = request.body.size() > large_body;
    auto running = dispatched(dispatcher, std::move(request));
    if (is_large) running = run_on(std::move(bulk), std::move(running));
    auto response = co_await std::move(running);
    edge.mark(origin, response);
    if (response.status == 401) routes->note_unauthorized(source);
    if (response.later) {
        auto later = std::move(response.later);
        response.later = [later = std::move(later), &edge, origin, encodings] {
            return late_answer(later, edge, origin, encodings);
        };
    }
    co_return http::compressed(std::move(response), encodings);
}

} // namespace

ApiServer::ApiServer(ApiParts const& parts, std::vector<boost::asio::any_io_executor> loops,
                     ApiOptions options)
    : options_(std::move(options)),
      routes_(parts, options_),
      edge_(options_.edge),
      guard_(options_.guard),
      limits_(parts.limits)
{
    bool const is_split = !options_.admin_listen.empty();
    server_ = make_server(loops, parts.keys, is_split ? http::Listener::main : http::Listener::all);
    if (is_split) admin_server_ = make_server(std::move(loops), parts.keys, http::Listener::admins);
}

ApiServer::~ApiServer() = default;

std::unique_ptr<http::Server> ApiServer::make_server(std::vector<boost::asio::any_io_executor> loops,
                                                     http::KeyStore const& keys, http::Listener listener)
{
    http::Admissions admissions;
    admissions.open_paths = &options_.open_paths;
    admissions.guard = &guard_;
    admissions.trusted_proxies = &options_.trusted_proxies;
    admissions.listener = listener;
    admissions.url = {&routes_.tickets(), options_.keys_in_urls};
    admissions.limits = &limits_;
    admissions.caller = &routes_.caller();
    http::Dispatcher const dispatcher(routes_.router(), keys, admissions);
    auto screen = [dispatcher, this](http::Request const& head) {
        auto refusal = edge_.refuse(head);
        if (!refusal) refusal = dispatcher.refuse(head);
        if (refusal && refusal->status == 401) routes_.note_unauthorized(head.remote);
        if (refusal) edge_.mark(head, *refusal);
        return refusal;
    };
    auto handler = [dispatcher, this](http::Request request) {
        return answer(dispatcher, edge_, &routes_, bulk_.executor(0), std::move(request));
    };
    auto body_limit = [dispatcher](http::Request const& head) { return dispatcher.body_limit(head); };
    return std::make_unique<http::Server>(std::move(loops), std::move(handler), options_.limits,
                                          std::move(screen), std::move(body_limit));
}

Result<void> ApiServer::start()
{
    bulk_.start();
    if (admin_server_) WAGATE_CHECK_OK(admin_server_->start(options_.admin_listen));
    bool const both = options_.tls && !options_.tls_listen.empty();
    auto started = server_->start(options_.listen, both ? nullptr : options_.tls);
    port_ = server_->port();
    if (!started || !both) return started;
    started = server_->start(options_.tls_listen, options_.tls);
    tls_port_ = server_->port();
    return started;
}

std::uint16_t ApiServer::port() const noexcept
{
    return port_;
}

std::uint16_t ApiServer::admin_port() const noexcept
{
    return admin_server_ ? admin_server_->port() : 0;
}

Task<void> ApiServer::stop(std::chrono::milliseconds grace)
{
    if (admin_server_) co_await admin_server_->stop(grace);
    co_await server_->stop(grace);
}

} // namespace wagate
