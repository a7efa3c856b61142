#pragma once
// The HTTP API as a whole: routes, keys and server put together.
#include "api/explorer/explorer_routes.hpp"
#include "api/http/keys.hpp"
#include "api/http/open_paths.hpp"
#include "api/http/router.hpp"
#include "api/http/server.hpp"
#include "api/http/shape.hpp"
#include "api/v1/event_routes.hpp"
#include "api/waha/identity.hpp"
#include "api/waha/server_facts.hpp"
#include "gateway/apps/apps.hpp"
#include "gateway/media/media_files.hpp"
#include "gateway/webhooks/admin.hpp"

namespace wagate {

struct ApiOptions {
    std::string listen = "127.0.0.1:3000"; ///< numeric host; port 0 takes a free one
    http::ServerLimits limits;
    http::UnknownFields unknown_fields = http::UnknownFields::dropped; ///< WAHA_HTTP_STRICT_MODE refuses them
    waha::Identity identity;
    v1::StreamOptions streams;
    std::size_t media_body_bytes = 64u << 20; ///< of requests that carry a file in base64
    http::OpenPaths open_paths;               ///< what may be read without a key
    waha::ServerFacts facts;
    explorer::ExplorerOptions explorer;
};

/// What the API is an API of; all of it must outlive it.
struct ApiParts {
    gateway::Gateway& gateway;
    http::KeyStore& keys;
    gateway::StreamContext const& streams;
    gateway::webhooks::WebhookAdmin& webhooks;
    gateway::MediaFiles& media;
    gateway::Apps& apps;
};

/// All routes of the API over one gateway, without a socket.
class ApiRoutes {
public:
    ApiRoutes(ApiParts const& parts, ApiOptions const& options);
    ~ApiRoutes();

    http::Router const& router() const noexcept { return router_; }

private:
    struct Groups;
    std::unique_ptr<Groups> groups_;
    http::Router router_;
};

class ApiServer {
public:
    /// @param loops the event loops that serve connections; running ones, or started later.
    ApiServer(ApiParts const& parts, std::vector<boost::asio::any_io_executor> loops, ApiOptions options);
    ~ApiServer();

    /// Binds and accepts.
    Result<void> start();
    std::uint16_t port() const noexcept;
    /// See http::Server::stop. Before the gateway stops, while the loops still run.
    Task<void> stop(std::chrono::milliseconds grace = std::chrono::seconds(10));

private:
    ApiOptions options_;
    ApiRoutes routes_;
    std::unique_ptr<http::Server> server_;
};

} // namespace wagate
