#pragma once
// The HTTP API as a whole: routes, keys and server put together.
#include "api/explorer/explorer_routes.hpp"
#include "api/http/dispatcher.hpp"
#include "api/http/edge_policy.hpp"
#include "api/http/keys.hpp"
#include "api/http/login_guard.hpp"
#include "api/http/networks.hpp"
#include "api/http/open_paths.hpp"
#include "api/http/router.hpp"
#include "api/http/server.hpp"
#include "api/http/shape.hpp"
#include "api/v1/event_routes.hpp"
#include "api/waha/identity.hpp"
#include "api/waha/server_facts.hpp"
#include "gateway/apps/apps.hpp"
#include "gateway/limits/limit_book.hpp"
#include "gateway/media/kept_media.hpp"
#include "gateway/media/media_files.hpp"
#include "gateway/runtime/event_loops.hpp"
#include "gateway/tenants/tenants.hpp"
#include "gateway/webhooks/admin.hpp"
#include "storage/key_desk.hpp"

namespace wagate {

struct ApiOptions {
    std::string listen = "127.0.0.1:3000";           ///< numeric host; port 0 takes a free one
    std::shared_ptr<transport::TlsServer const> tls; ///< null: plain HTTP
    std::string tls_listen;         ///< the address of TLS, beside a plain `listen`; empty: TLS on `listen`
    std::string admin_listen;       ///< where administrators are served instead; empty: there, too
    http::Networks trusted_proxies; ///< whose X-Forwarded-For is believed
    http::GuardLimits guard;
    http::ServerLimits limits;
    http::EdgePolicy::Options edge = {};
    bool keys_in_urls = false;                                         ///< whether `?x-api-key=` is taken
    http::UnknownFields unknown_fields = http::UnknownFields::dropped; ///< WAHA_HTTP_STRICT_MODE refuses them
    waha::Identity identity;
    v1::StreamOptions streams;
    std::size_t media_body_bytes = 64u << 20; ///< of requests that carry a file in base64
    http::OpenPaths open_paths;               ///< what may be read without a key
    waha::ServerFacts facts;
    std::filesystem::path media_folder; ///< where the files of messages are
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
    gateway::Tenants& tenants;
    gateway::LimitBook& limits;
    storage::KeyDesk* vault = nullptr; ///< of the store; none in some tests
};

/// All routes of the API over one gateway, without a socket.
class ApiRoutes {
public:
    ApiRoutes(ApiParts const& parts, ApiOptions const& options);
    ~ApiRoutes();

    http::Router const& router() const noexcept { return router_; }
    http::TicketBook& tickets() const noexcept;
    /// What dispatchers of these routes call endpoints with: it writes the audit log.
    http::Caller const& caller() const noexcept;
    /// A request came without a valid key. Any thread; waits for nothing.
    void note_unauthorized(std::string const& source);

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
    /// Of `tls_listen`; 0 without it.
    std::uint16_t tls_port() const noexcept { return tls_port_; }
    std::uint16_t admin_port() const noexcept; ///< 0 without a listener of its own
    /// See http::Server::stop. Before the gateway stops, while the loops still run.
    Task<void> stop(std::chrono::milliseconds grace = std::chrono::seconds(10));

private:
    std::unique_ptr<http::Server> make_server(std::vector<boost::asio::any_io_executor> loops,
                                              http::KeyStore const& keys, http::Listener listener);

    ApiOptions options_;
    ApiRoutes routes_;
    http::EdgePolicy const edge_;
    http::LoginGuard guard_;
    gateway::LimitBook& limits_;
    EventLoops bulk_{1, Urgency::background}; ///< where requests with large bodies are worked on
    std::unique_ptr<http::Server> server_;
    std::uint16_t port_ = 0;
    std::uint16_t tls_port_ = 0;
    std::unique_ptr<http::Server> admin_server_;
};

} // namespace wagate
