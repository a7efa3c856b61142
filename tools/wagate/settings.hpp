#pragma once
// What the operator configures: environment variables, documented in README.md. Read once at start.
#include "api/explorer/explorer_routes.hpp"
#include "api/http/jwt.hpp"
#include "api/http/networks.hpp"
#include "api/http/open_paths.hpp"
#include "gateway/egress/address_policy.hpp"
#include "gateway/limits/limits.hpp"
#include "gateway/live_gateway.hpp"
#include "gateway/media/media_settings.hpp"
#include "gateway/telemetry/log.hpp"
#include "protocol/base/secret.hpp"
#include "protocol/noise/noise.hpp"
#include "protocol/stanza/client_payload.hpp"
#include "storage/kept_limits.hpp"
#include "storage/vault/key_source.hpp"
#include "tools/wagate/http_settings.hpp"

#include <filesystem>

namespace wagate {

struct TenantKey {
    TenantId tenant;
    Secret<std::string> key;
};

struct Settings {
    std::string listen = "127.0.0.1:3000";
    std::string base_url; ///< under which clients reach the API, without a slash at its end
    std::filesystem::path data_dir = "data";
    storage::vault::KeySource master_key; ///< what the database is sealed with
    std::string whatsapp_url = "wss://web.whatsapp.com/ws/chat";
    crypto::Key32 whatsapp_root_key = noise::whatsapp_root_key;
    std::string whatsapp_ca_file;
    stanza::ClientVersion whatsapp_version;
    std::optional<Secret<std::string>> api_key;
    std::optional<ByteArray<64>> api_key_sha512; ///< instead of it
    http::OpenPaths open_paths;                  ///< what may be read without a key
    std::vector<TenantKey> tenant_keys;
    std::string admin_listen;       ///< where administrators are served instead; empty: there, too
    http::Networks trusted_proxies; ///< whose X-Forwarded-For is believed
    std::filesystem::path jwt_keys; ///< a JSON Web Key Set; empty: no tokens
    http::JwtSettings jwt;
    egress::AddressPolicy egress;
    std::string egress_ca_file;
    std::optional<gateway::WebhookConfig> global_webhook;
    bool strict_fields = false;
    std::string worker;          ///< told to clients; empty: none
    std::string device_name;     ///< of sessions that name none; empty: the built-in one
    std::string browser_name;    ///< the same
    gateway::IgnoreRules ignore; ///< of sessions that do not say it themselves
    gateway::BootStart boot_start = gateway::BootStart::those_that_ran;
    std::vector<SessionName> start_sessions; ///< of the tenant "default"; made where they do not exist
    std::vector<std::string> ignored;        ///< variables of WAHA that are set and without effect here
    explorer::ExplorerOptions explorer;
    HttpSettings edge;
    gateway::MediaSettings media;
    std::chrono::seconds media_links{0};   ///< how long links to files hold without a key; 0: they need one
    std::optional<Secret<Bytes>> link_key; ///< what signs them, from the data folder
    std::size_t media_body_bytes = std::size_t{64} << 20; ///< of requests that carry a file in base64
    gateway::Limits limits;                               ///< of tenants that have no others
    std::size_t threads = 0;                              ///< 0: one per core
    std::size_t concurrent_connects = 32;                 ///< per event loop
    unsigned connects_per_second = 250;                   ///< of the whole process
    std::chrono::hours event_retention{7 * 24};
    std::size_t event_retention_bytes = std::size_t{1} << 30; ///< per tenant
    std::chrono::hours dead_letter_retention{30 * 24};
    std::size_t record_cache_bytes = std::size_t{16} << 20;
    bool core_dumps = false;                            ///< of a crash; with all that the process knows
    bool refuses_root = false;                          ///< else it warns
    storage::KeptLimit message_retention;               ///< of tenants that have nothing else
    std::optional<std::uint64_t> media_retention_bytes; ///< the same, per tenant
    std::chrono::seconds prune_interval{600};
    log::Level log_level = log::Level::info;
    log::Format log_format = log::Format::json;
};

/// Reads the environment. @return the settings, or one sentence that names the variable and what is wrong
/// with it.
struct SettingsError {
    std::string text;
};
boost::system::result<Settings, SettingsError> read_settings();
/// The same of any other source of variables.
boost::system::result<Settings, SettingsError> read_settings(Lookup const& source);

} // namespace wagate
