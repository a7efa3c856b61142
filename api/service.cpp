#include "api/service.hpp"

#include "api/http/dispatcher.hpp"
#include "api/openapi_document.hpp"
#include "api/v1/tenant_routes.hpp"
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
    Groups(gateway::Gateway& gateway, http::KeyStore& keys, ApiOptions const& options)
        : sessions(gateway, options.unknown_fields),
          pairing(gateway, options.unknown_fields),
          chatting(gateway, options.unknown_fields),
          server(gateway, options.identity, now()),
          tenants(keys, options.unknown_fields)
    {}

    waha::SessionRoutes sessions;
    waha::PairingRoutes pairing;
    waha::ChattingRoutes chatting;
    waha::ServerRoutes server;
    v1::TenantRoutes tenants;
};

ApiRoutes::ApiRoutes(gateway::Gateway& gateway, http::KeyStore& keys, ApiOptions const& options)
    : groups_(std::make_unique<Groups>(gateway, keys, options))
{
    groups_->sessions.add_to(router_);
    groups_->pairing.add_to(router_);
    groups_->chatting.add_to(router_);
    groups_->server.add_to(router_);
    groups_->tenants.add_to(router_);
    router_.add("GET", "/openapi.json", http::Access::open, serve_document);
}

ApiRoutes::~ApiRoutes() = default;

ApiServer::ApiServer(gateway::Gateway& gateway, http::KeyStore& keys,
                     std::vector<boost::asio::any_io_executor> loops, ApiOptions options)
    : options_(std::move(options)), routes_(gateway, keys, options_)
{
    http::Dispatcher const dispatcher(routes_.router(), keys);
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
