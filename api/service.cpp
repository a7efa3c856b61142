#include "api/service.hpp"

#include "api/http/dispatcher.hpp"
#include "api/openapi_document.hpp"
#include "api/v1/outbox_routes.hpp"
#include "api/v1/tenant_routes.hpp"
#include "api/v1/webhook_routes.hpp"
#include "api/waha/chatting_routes.hpp"
#include "api/waha/pairing_routes.hpp"
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
          chatting(parts.gateway, options.unknown_fields),
          server(parts.gateway, options.identity, now()),
          tenants(parts.keys, options.unknown_fields),
          events(parts.gateway, parts.streams, options.streams),
          outbox(parts.gateway),
          webhooks(parts.webhooks, options.unknown_fields)
    {}

    waha::SessionRoutes sessions;
    waha::PairingRoutes pairing;
    waha::ChattingRoutes chatting;
    waha::ServerRoutes server;
    v1::TenantRoutes tenants;
    v1::EventRoutes events;
    v1::OutboxRoutes outbox;
    v1::WebhookRoutes webhooks;
};

ApiRoutes::ApiRoutes(ApiParts const& parts, ApiOptions const& options)
    : groups_(std::make_unique<Groups>(parts, options))
{
    groups_->sessions.add_to(router_);
    groups_->pairing.add_to(router_);
    groups_->chatting.add_to(router_);
    groups_->server.add_to(router_);
    groups_->tenants.add_to(router_);
    groups_->events.add_to(router_);
    groups_->outbox.add_to(router_);
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
    server_ =
        std::make_unique<http::Server>(std::move(loops), dispatcher, options_.limits, std::move(screen));
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
