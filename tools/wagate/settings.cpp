#include "tools/wagate/settings.hpp"

#include "gateway/egress/url.hpp"
#include "gateway/egress/userinfo.hpp"
#include "protocol/base/encoding.hpp"
#include "tools/wagate/environment.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <set>

namespace wagate {
namespace {

/// Where variables come from while settings are read.
thread_local Lookup const* lookup = nullptr;

std::string variable(char const* name)
{
    return (*lookup)(name);
}

std::string environment_variable(char const* name)
{
    char const* const value =
        std::getenv(name); // NOLINT(concurrency-mt-unsafe): read before any thread starts
    return value != nullptr ? value : "";
}

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    while (!text.empty()) {
        auto const end = text.find(separator);
        if (auto const part = text.substr(0, end); !part.empty()) parts.emplace_back(part);
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return parts;
}

bool is_true(std::string_view text)
{
    return text == "1" || text == "true" || text == "True" || text == "TRUE";
}

template <class Number>
bool read_number(std::string const& text, Number& target)
{
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), target);
    return error == std::errc{} && end == text.data() + text.size();
}

/// WAHA's global webhook: WHATSAPP_HOOK_*.
std::optional<SettingsError> read_global_webhook(Settings& settings)
{
    auto const url = variable("WHATSAPP_HOOK_URL");
    if (url.empty()) return std::nullopt;
    if (!egress::parse_http_url(egress::take_userinfo(url).url))
        return SettingsError{"WHATSAPP_HOOK_URL must be an http:// or https:// URL"};
    gateway::WebhookConfig hook;
    hook.url = url;
    hook.events = split(variable("WHATSAPP_HOOK_EVENTS"), ',');
    if (hook.events.empty())
        return SettingsError{"WHATSAPP_HOOK_EVENTS must name the events of WHATSAPP_HOOK_URL, or be *"};
    if (auto const key = variable("WHATSAPP_HOOK_HMAC_KEY"); !key.empty()) hook.hmac_key = key;
    hook.sha256_too = is_true(variable("WAGATE_HOOK_HMAC_SHA256"));
    auto const policy = variable("WHATSAPP_HOOK_RETRIES_POLICY");
    auto const delay = variable("WHATSAPP_HOOK_RETRIES_DELAY_SECONDS");
    auto const attempts = variable("WHATSAPP_HOOK_RETRIES_ATTEMPTS");
    hook.retries_given = !policy.empty() || !delay.empty() || !attempts.empty();
    if (policy == "linear")
        hook.policy = gateway::RetryPolicy::linear;
    else if (policy == "exponential")
        hook.policy = gateway::RetryPolicy::exponential;
    else if (!policy.empty() && policy != "constant")
        return SettingsError{"WHATSAPP_HOOK_RETRIES_POLICY must be constant, linear or exponential"};
    if (!delay.empty()) {
        int seconds = 0;
        if (!read_number(delay, seconds) || seconds < 0)
            return SettingsError{"WHATSAPP_HOOK_RETRIES_DELAY_SECONDS must be a number"};
        hook.delay_seconds = seconds;
    }
    if (!attempts.empty()) {
        if (!read_number(attempts, hook.attempts) || hook.attempts < 0)
            return SettingsError{"WHATSAPP_HOOK_RETRIES_ATTEMPTS must be a number"};
    }
    for (auto const& header : split(variable("WHATSAPP_HOOK_CUSTOM_HEADERS"), ';')) {
        auto const colon = header.find(':');
        if (colon == std::string::npos || colon == 0)
            return SettingsError{"WHATSAPP_HOOK_CUSTOM_HEADERS must be Name:value;Name:value"};
        hook.custom_headers.emplace_back(header.substr(0, colon), header.substr(colon + 1));
    }
    settings.global_webhook = std::move(hook);
    return std::nullopt;
}

std::optional<SettingsError> read_whatsapp(Settings& settings)
{
    if (auto const url = variable("WAGATE_WHATSAPP_URL"); !url.empty()) settings.whatsapp_url = url;
    if (!settings.whatsapp_url.starts_with("ws://") && !settings.whatsapp_url.starts_with("wss://"))
        return SettingsError{"WAGATE_WHATSAPP_URL must start with ws:// or wss://"};
    if (auto const root = variable("WAGATE_WHATSAPP_ROOT_KEY"); !root.empty()) {
        auto const bytes = hex_decode(root);
        if (!bytes || bytes->size() != 32)
            return SettingsError{"WAGATE_WHATSAPP_ROOT_KEY must be 64 hexadecimal digits"};
        settings.whatsapp_root_key = to_array<32>(*bytes);
    }
    settings.whatsapp_ca_file = variable("WAGATE_WHATSAPP_CA_FILE");
    if (auto const text = variable("WAGATE_WHATSAPP_VERSION"); !text.empty()) {
        auto const version = stanza::ClientVersion::parse(text);
        if (!version) return SettingsError{"WAGATE_WHATSAPP_VERSION must look like 2.3000.1045649367"};
        settings.whatsapp_version = *version;
    }
    return std::nullopt;
}

/// The operator's key, plain or as `sha512:` and its hash in hexadecimal digits.
std::optional<SettingsError> read_api_key(Settings& settings)
{
    constexpr std::string_view hashed = "sha512:";
    auto key = variable("WAHA_API_KEY");
    if (key.empty()) key = variable("WHATSAPP_API_KEY");
    if (key.empty()) return std::nullopt;
    if (key.starts_with(hashed)) {
        auto const hash = hex_decode(key.substr(hashed.size()));
        if (!hash || hash->size() != 64)
            return SettingsError{"WAHA_API_KEY must have 128 hexadecimal digits behind sha512:"};
        settings.api_key_sha512 = to_array<64>(*hash);
        return std::nullopt;
    }
    if (key.size() < 16) return SettingsError{"WAHA_API_KEY must have at least 16 characters"};
    settings.api_key = Secret<std::string>{key};
    return std::nullopt;
}

std::optional<bool> read_flag(char const* name)
{
    auto const text = variable(name);
    if (text.empty()) return std::nullopt;
    return is_true(text);
}

bool is_session_name(std::string_view name)
{
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
               c == '_';
    });
}

/// What holds for all sessions.
std::optional<SettingsError> read_sessions(Settings& settings)
{
    settings.worker = variable("WAHA_WORKER_ID");
    settings.device_name = variable("WAHA_CLIENT_DEVICE_NAME");
    settings.browser_name = variable("WAHA_CLIENT_BROWSER_NAME");
    settings.ignore.status = read_flag("WAHA_SESSION_CONFIG_IGNORE_STATUS");
    settings.ignore.groups = read_flag("WAHA_SESSION_CONFIG_IGNORE_GROUPS");
    settings.ignore.channels = read_flag("WAHA_SESSION_CONFIG_IGNORE_CHANNELS");
    settings.ignore.broadcast = read_flag("WAHA_SESSION_CONFIG_IGNORE_BROADCAST");
    settings.ignore.dm = read_flag("WAHA_SESSION_CONFIG_IGNORE_DM");
    if (!read_flag("WAHA_WORKER_RESTART_SESSIONS").value_or(true))
        settings.boot_start = gateway::BootStart::none;
    if (read_flag("WHATSAPP_RESTART_ALL_SESSIONS").value_or(false))
        settings.boot_start = gateway::BootStart::all;
    for (auto& name : split(variable("WHATSAPP_START_SESSION"), ',')) {
        if (!is_session_name(name))
            return SettingsError{"WHATSAPP_START_SESSION must be names of letters, digits, '-' and '_'"};
        settings.start_sessions.emplace_back(std::move(name));
    }
    return std::nullopt;
}

/// A secret's value, which is wiped from the process's environment: others on the machine could read it
/// there.
Secret<std::string> taken_variable(char const* name)
{
    char* const value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): read before any thread starts
    if (value == nullptr) return {};
    Secret<std::string> taken{std::string{value}};
    wipe({reinterpret_cast<std::uint8_t*>(value), taken.reveal().size()});
    ::unsetenv(name); // NOLINT(concurrency-mt-unsafe): the same
    return taken;
}

/// The master key: given in the environment or as a credential of the service manager, else in a file.
std::optional<SettingsError> read_master_key(Settings& settings)
{
    using storage::vault::MasterKey;
    auto& source = settings.master_key;
    source.file = variable("WAGATE_MASTER_KEY_FILE");
    source.next_file = variable("WAGATE_MASTER_KEY_NEXT_FILE");
    if (auto const text = taken_variable("WAGATE_MASTER_KEY"); !text.reveal().empty()) {
        auto key = MasterKey::parse(text.reveal());
        if (!key)
            return SettingsError{"WAGATE_MASTER_KEY must be 32 bytes in base64 or 64 hexadecimal digits"};
        source.given = std::make_shared<MasterKey const>(std::move(*key));
        return std::nullopt;
    }
    auto const credentials = variable("CREDENTIALS_DIRECTORY");
    if (credentials.empty() || !source.file.empty()) return std::nullopt;
    auto const file = std::filesystem::path{credentials} / "wagate-master-key";
    auto key = MasterKey::read(file);
    if (!key && key.error() == std::errc::no_such_file_or_directory) return std::nullopt;
    if (!key)
        return SettingsError{"the credential wagate-master-key cannot be read: " + key.error().message()};
    source.given = std::make_shared<MasterKey const>(std::move(*key));
    return std::nullopt;
}

/// Of WAHA's variables those that have an effect here; README.md tells which.
constexpr std::string_view known_variables[] = {
    "WAHA_API_KEY",
    "WAHA_API_KEY_EXCLUDE_PATH",
    "WAHA_BASE_URL",
    "WAHA_CLIENT_BROWSER_NAME",
    "WAHA_CLIENT_DEVICE_NAME",
    "WAHA_HTTP_STRICT_MODE",
    "WAHA_LOCAL_STORE_BASE_DIR",
    "WAHA_LOG_FORMAT",
    "WAHA_LOG_LEVEL",
    "WAHA_MEDIA_STORAGE",
    "WAHA_S3_ACCESS_KEY_ID",
    "WAHA_S3_BUCKET",
    "WAHA_S3_ENDPOINT",
    "WAHA_S3_FORCE_PATH_STYLE",
    "WAHA_S3_REGION",
    "WAHA_S3_SECRET_ACCESS_KEY",
    "WAHA_SESSION_CONFIG_IGNORE_BROADCAST",
    "WAHA_SESSION_CONFIG_IGNORE_CHANNELS",
    "WAHA_SESSION_CONFIG_IGNORE_DM",
    "WAHA_SESSION_CONFIG_IGNORE_GROUPS",
    "WAHA_SESSION_CONFIG_IGNORE_STATUS",
    "WAHA_WORKER_ID",
    "WAHA_WORKER_RESTART_SESSIONS",
    "WHATSAPP_API_HOSTNAME",
    "WHATSAPP_API_KEY",
    "WHATSAPP_API_KEY_EXCLUDE_PATH",
    "WHATSAPP_API_PORT",
    "WHATSAPP_API_SCHEMA",
    "WHATSAPP_DOWNLOAD_MEDIA",
    "WHATSAPP_FILES_FOLDER",
    "WHATSAPP_FILES_LIFETIME",
    "WHATSAPP_FILES_MIMETYPES",
    "WHATSAPP_HOOK_CUSTOM_HEADERS",
    "WHATSAPP_HOOK_EVENTS",
    "WHATSAPP_HOOK_HMAC_KEY",
    "WHATSAPP_HOOK_RETRIES_ATTEMPTS",
    "WHATSAPP_HOOK_RETRIES_DELAY_SECONDS",
    "WHATSAPP_HOOK_RETRIES_POLICY",
    "WHATSAPP_HOOK_URL",
    "WHATSAPP_RESTART_ALL_SESSIONS",
    "WHATSAPP_START_SESSION",
};

std::optional<SettingsError> find_ignored(Settings& settings)
{
    for (auto const& [name, value] : environment_variables()) {
        if (!name.starts_with("WAHA_") && !name.starts_with("WHATSAPP_")) continue;
        if (name == "WAHA_S3_PROXY_FILES" && is_true(value)) continue; // that is how it is
        if (std::find(std::begin(known_variables), std::end(known_variables), name) ==
            std::end(known_variables))
            settings.ignored.push_back(name);
    }
    return std::nullopt;
}

std::optional<SettingsError> read_access(Settings& settings)
{
    if (auto error = read_api_key(settings)) return error;
    auto excluded = variable("WAHA_API_KEY_EXCLUDE_PATH");
    if (excluded.empty()) excluded = variable("WHATSAPP_API_KEY_EXCLUDE_PATH");
    auto open_paths = http::OpenPaths::parse(excluded);
    if (!open_paths)
        return SettingsError{"WAHA_API_KEY_EXCLUDE_PATH must be paths like ping,api/files/(.*) without other "
                             "regular expressions"};
    settings.open_paths = std::move(*open_paths);
    for (auto const& pair : split(variable("WAGATE_TENANT_KEYS"), ',')) {
        auto const colon = pair.find(':');
        if (colon == std::string::npos || colon == 0 || colon + 1 == pair.size())
            return SettingsError{"WAGATE_TENANT_KEYS must be tenant:key,tenant:key"};
        settings.tenant_keys.push_back(
            {TenantId{pair.substr(0, colon)}, Secret<std::string>{pair.substr(colon + 1)}});
    }
    // A key tells whose request it is. With two owners the last one would win, the administrator above all.
    std::set<std::string> keys;
    if (settings.api_key) keys.insert(settings.api_key->reveal());
    for (auto const& tenant : settings.tenant_keys)
        if (!keys.insert(tenant.key.reveal()).second)
            return SettingsError{"WAGATE_TENANT_KEYS must not name a key twice, nor that of WAHA_API_KEY"};
    auto const networks = egress::parse_networks(variable("WAGATE_EGRESS_ALLOW"));
    if (!networks)
        return SettingsError{"WAGATE_EGRESS_ALLOW must be a list of networks like 10.0.0.0/8,::1/128"};
    settings.egress = egress::AddressPolicy{*networks};
    settings.egress_ca_file = variable("WAGATE_EGRESS_CA_FILE");
    return std::nullopt;
}

std::optional<SettingsError> read_sign_in(Settings& settings)
{
    settings.admin_listen = variable("WAGATE_ADMIN_LISTEN");
    bool const is_any_port = settings.admin_listen.ends_with(":0"); // one of its own each time
    if (!settings.admin_listen.empty() && settings.admin_listen == settings.listen && !is_any_port)
        return SettingsError{"WAGATE_ADMIN_LISTEN must be another address than WAGATE_LISTEN"};
    auto proxies = http::Networks::parse(split(variable("WAGATE_TRUSTED_PROXIES"), ','));
    if (!proxies)
        return SettingsError{"WAGATE_TRUSTED_PROXIES must be a list of networks like 10.0.0.0/8,::1/128"};
    settings.trusted_proxies = std::move(*proxies);
    settings.jwt_keys = variable("WAGATE_JWT_JWKS_FILE");
    if (settings.jwt_keys.empty()) return std::nullopt;
    auto& jwt = settings.jwt;
    jwt.issuer = variable("WAGATE_JWT_ISSUER");
    jwt.audience = variable("WAGATE_JWT_AUDIENCE");
    if (jwt.issuer.empty() || jwt.audience.empty())
        return SettingsError{"WAGATE_JWT_JWKS_FILE needs WAGATE_JWT_ISSUER and WAGATE_JWT_AUDIENCE"};
    if (auto const claim = variable("WAGATE_JWT_TENANT_CLAIM"); !claim.empty()) jwt.tenant_claim = claim;
    if (auto const claim = variable("WAGATE_JWT_SESSIONS_CLAIM"); !claim.empty()) jwt.sessions_claim = claim;
    if (auto const claim = variable("WAGATE_JWT_SCOPE_CLAIM"); !claim.empty()) jwt.scope_claim = claim;
    jwt.admits_admins = is_true(variable("WAGATE_JWT_ADMINS"));
    return std::nullopt;
}

std::optional<SettingsError> read_retention(Settings& settings)
{
    constexpr unsigned most_days = 3'650;
    constexpr std::size_t most_megabytes = 16u << 20; // 16 TiB
    struct Days {
        char const* name;
        std::chrono::hours& target;
    };
    for (auto const& [name, target] :
         {Days{"WAGATE_EVENT_RETENTION_DAYS", settings.event_retention},
          Days{"WAGATE_DEAD_LETTER_RETENTION_DAYS", settings.dead_letter_retention}}) {
        auto const text = variable(name);
        if (text.empty()) continue;
        unsigned days = 0;
        if (!read_number(text, days) || days == 0 || days > most_days)
            return SettingsError{std::string(name) + " must be a number from 1 to 3650"};
        target = std::chrono::days{days};
    }
    if (auto const text = variable("WAGATE_RECORD_CACHE_MB"); !text.empty()) {
        std::size_t megabytes = 0;
        if (!read_number(text, megabytes) || megabytes == 0 || megabytes > 16'384)
            return SettingsError{"WAGATE_RECORD_CACHE_MB must be a number from 1 to 16384"};
        settings.record_cache_bytes = megabytes << 20;
    }
    if (auto const text = variable("WAGATE_EVENT_RETENTION_MB"); !text.empty()) {
        std::size_t megabytes = 0;
        if (!read_number(text, megabytes) || megabytes == 0 || megabytes > most_megabytes)
            return SettingsError{"WAGATE_EVENT_RETENTION_MB must be a number from 1 to 16777216"};
        settings.event_retention_bytes = megabytes << 20;
    }
    for (auto const& [name, target] :
         {std::pair{"WAGATE_MESSAGE_RETENTION_MB", &settings.message_retention.bytes},
          std::pair{"WAGATE_MEDIA_RETENTION_MB", &settings.media_retention_bytes}}) {
        auto const text = variable(name);
        if (text.empty()) continue;
        std::size_t megabytes = 0;
        if (!read_number(text, megabytes) || megabytes == 0 || megabytes > most_megabytes)
            return SettingsError{std::string(name) + " must be a number from 1 to 16777216"};
        *target = megabytes << 20;
    }
    if (auto const text = variable("WAGATE_MESSAGE_RETENTION_DAYS"); !text.empty()) {
        unsigned days = 0;
        if (!read_number(text, days) || days == 0 || days > 10 * most_days)
            return SettingsError{"WAGATE_MESSAGE_RETENTION_DAYS must be a number from 1 to 36500"};
        settings.message_retention.age = std::chrono::days{days};
    }
    if (auto const text = variable("WAGATE_PRUNE_SECONDS"); !text.empty()) {
        unsigned seconds = 0;
        if (!read_number(text, seconds) || seconds == 0 || seconds > 86'400)
            return SettingsError{"WAGATE_PRUNE_SECONDS must be a number from 1 to 86400"};
        settings.prune_interval = std::chrono::seconds{seconds};
    }
    return std::nullopt;
}

std::optional<SettingsError> read_limits(Settings& settings)
{
    using gateway::Limit;
    struct Setting {
        char const* name;
        Limit limit;
    };
    for (auto const& [name, limit] :
         {Setting{"WAGATE_LIMIT_SESSIONS", Limit::sessions},
          Setting{"WAGATE_LIMIT_WEBHOOK_ENDPOINTS", Limit::webhook_endpoints},
          Setting{"WAGATE_LIMIT_STORAGE_BYTES", Limit::storage_bytes},
          Setting{"WAGATE_LIMIT_MESSAGES_PER_MINUTE", Limit::messages_per_minute},
          Setting{"WAGATE_LIMIT_NEW_CHATS_PER_DAY", Limit::new_chats_per_day},
          Setting{"WAGATE_LIMIT_REQUESTS_PER_SECOND", Limit::requests_per_second},
          Setting{"WAGATE_LIMIT_REQUESTS_BURST", Limit::requests_burst},
          Setting{"WAGATE_LIMIT_REQUEST_BYTES_PER_MINUTE", Limit::request_bytes_per_minute},
          Setting{"WAGATE_LIMIT_CONCURRENT_REQUESTS", Limit::concurrent_requests}}) {
        auto const text = variable(name);
        if (text.empty()) continue;
        std::uint64_t most = 0;
        if (!read_number(text, most) || most > gateway::largest_limit)
            return SettingsError{std::string(name) + " must be a number up to " +
                                 std::to_string(gateway::largest_limit) + ", 0 for no limit"};
        settings.limits[limit] = most;
    }
    return std::nullopt;
}

/// A number of MiB in bytes.
std::optional<SettingsError> read_megabytes(char const* name, std::uint64_t most, std::uint64_t& bytes)
{
    auto const text = variable(name);
    if (text.empty()) return std::nullopt;
    std::uint64_t megabytes = 0;
    if (!read_number(text, megabytes) || megabytes == 0 || megabytes > most)
        return SettingsError{std::string(name) + " must be a number from 1 to " + std::to_string(most)};
    bytes = megabytes << 20;
    return std::nullopt;
}

/// Of buckets and regions: nothing that would become another part of a URL.
bool is_plain_name(std::string_view name)
{
    return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
               c == '_' || c == '.';
    });
}

/// WAHA's names: where files of messages are kept.
std::optional<SettingsError> read_object_storage(Settings& settings)
{
    auto const storage = variable("WAHA_MEDIA_STORAGE");
    if (storage.empty() || storage == "LOCAL") return std::nullopt;
    if (storage != "S3") return SettingsError{"WAHA_MEDIA_STORAGE must be LOCAL or S3"};
    gateway::S3Settings s3;
    s3.bucket = variable("WAHA_S3_BUCKET");
    s3.credentials.region = variable("WAHA_S3_REGION");
    s3.credentials.access_key_id = variable("WAHA_S3_ACCESS_KEY_ID");
    s3.credentials.secret_access_key = Secret<std::string>{variable("WAHA_S3_SECRET_ACCESS_KEY")};
    if (s3.bucket.empty() || s3.credentials.region.empty() || s3.credentials.access_key_id.empty() ||
        s3.credentials.secret_access_key.reveal().empty())
        return SettingsError{
            "WAHA_MEDIA_STORAGE=S3 needs WAHA_S3_REGION, WAHA_S3_BUCKET, WAHA_S3_ACCESS_KEY_ID and "
            "WAHA_S3_SECRET_ACCESS_KEY"};
    s3.endpoint = variable("WAHA_S3_ENDPOINT");
    if (s3.endpoint.empty()) s3.endpoint = "https://s3." + s3.credentials.region + ".amazonaws.com";
    s3.is_path_style = is_true(variable("WAHA_S3_FORCE_PATH_STYLE"));
    s3.ca_file = settings.egress_ca_file;
    if (!is_plain_name(s3.bucket) || !is_plain_name(s3.credentials.region))
        return SettingsError{
            "WAHA_S3_BUCKET and WAHA_S3_REGION must be names of letters, digits, '-', '_' and '.'"};
    auto const endpoint = egress::parse_http_url(s3.endpoint);
    if (!endpoint || endpoint->target.find('?') != std::string::npos ||
        !egress::parse_http_url(gateway::s3_url(s3, {})))
        return SettingsError{"WAHA_S3_ENDPOINT must look like https://host, and WAHA_S3_BUCKET fit into it"};
    settings.media.s3 = std::move(s3);
    return std::nullopt;
}

/// After read_whatsapp, read_access and read_process: what they say holds for files too.
std::optional<SettingsError> read_media(Settings& settings)
{
    auto& media = settings.media;
    media.folder = settings.data_dir / "media";
    if (auto const folder = variable("WHATSAPP_FILES_FOLDER"); !folder.empty()) media.folder = folder;
    if (auto const text = variable("WHATSAPP_FILES_LIFETIME"); !text.empty()) {
        std::int64_t seconds = 0;
        if (!read_number(text, seconds) || seconds < 0)
            return SettingsError{"WHATSAPP_FILES_LIFETIME must be a number of seconds, 0 to keep files"};
        media.lifetime = std::chrono::seconds{seconds};
    }
    if (auto const text = variable("WHATSAPP_DOWNLOAD_MEDIA"); !text.empty()) media.prefetch = is_true(text);
    if (auto const text = variable("WAGATE_MEDIA_LINK_SECONDS"); !text.empty()) {
        constexpr std::int64_t longest = 30 * 86'400;
        std::int64_t seconds = 0;
        if (!read_number(text, seconds) || seconds < 0 || seconds > longest)
            return SettingsError{
                "WAGATE_MEDIA_LINK_SECONDS must be a number up to 2592000, 0 for links with a key"};
        settings.media_links = std::chrono::seconds{seconds};
    }
    if (auto const text = variable("WAGATE_LINK_PREVIEWS"); !text.empty())
        media.link_previews = is_true(text);
    media.mimetypes = split(variable("WHATSAPP_FILES_MIMETYPES"), ',');
    auto const sandbox = variable("WAGATE_MEDIA_SANDBOX");
    if (sandbox == "require")
        media.sandbox = gateway::SandboxMode::require;
    else if (sandbox == "off")
        media.sandbox = gateway::SandboxMode::off;
    else if (!sandbox.empty() && sandbox != "prefer")
        return SettingsError{"WAGATE_MEDIA_SANDBOX must be require, prefer or off"};
    if (auto error = read_megabytes("WAGATE_MEDIA_MAX_MB", 4'096, media.max_bytes)) return error;
    std::uint64_t body_bytes = settings.media_body_bytes;
    if (auto error = read_megabytes("WAGATE_MEDIA_BODY_MB", 192, body_bytes)) return error;
    settings.media_body_bytes = static_cast<std::size_t>(body_bytes);
    if (auto const text = variable("WAGATE_MEDIA_TRANSFERS"); !text.empty()) {
        if (!read_number(text, media.transfers) || media.transfers < 2 || media.transfers > 1'024)
            return SettingsError{"WAGATE_MEDIA_TRANSFERS must be a number from 2 to 1024"};
    }
    media.media_host = variable("WAGATE_MEDIA_HOST");
    while (media.media_host.ends_with('/'))
        media.media_host.pop_back();
    if (!media.media_host.empty() && !egress::parse_http_url(media.media_host))
        return SettingsError{"WAGATE_MEDIA_HOST must look like http://host:port"};
    // A network that the operator named instead of WhatsApp's may name its hosts.
    constexpr std::string_view whatsapp = "wss://web.whatsapp.com";
    auto const& url = settings.whatsapp_url;
    media.any_host = url != whatsapp && !url.starts_with(std::string(whatsapp) + "/");
    media.scheme = url.starts_with("ws://") ? "http" : "https";
    media.ca_file = settings.whatsapp_ca_file;
    media.egress = settings.egress;
    media.egress_ca_file = settings.egress_ca_file;
    return std::nullopt;
}

/// What a client on this machine would use.
std::string local_url(std::string const& listen)
{
    auto const colon = listen.rfind(':');
    auto host = listen.substr(0, colon);
    if (host.empty() || host == "0.0.0.0" || host == "[::]" || host == "127.0.0.1") host = "localhost";
    return "http://" + host + (colon == std::string::npos ? std::string{} : listen.substr(colon));
}

std::optional<SettingsError> read_base_url(Settings& settings)
{
    settings.base_url = variable("WAHA_BASE_URL");
    if (settings.base_url.empty()) settings.base_url = local_url(settings.listen);
    auto const host = variable("WHATSAPP_API_HOSTNAME");
    auto const scheme = variable("WHATSAPP_API_SCHEMA");
    if (variable("WAHA_BASE_URL").empty() && (!host.empty() || !scheme.empty())) {
        auto const local = settings.base_url.substr(std::string_view("http://").size());
        auto const colon = local.rfind(':');
        settings.base_url = (scheme.empty() ? "http" : scheme) + "://" +
                            (host.empty() ? local.substr(0, colon) : host) +
                            (colon == std::string::npos ? std::string{} : local.substr(colon));
    }
    auto const& url = settings.base_url;
    if (!url.starts_with("http://") && !url.starts_with("https://"))
        return SettingsError{"WAHA_BASE_URL must begin with http:// or https://"};
    while (settings.base_url.ends_with('/'))
        settings.base_url.pop_back();
    return std::nullopt;
}

/// Of the API's page, by the names that WAHA gives them.
std::optional<SettingsError> read_explorer(Settings& settings)
{
    auto& explorer = settings.explorer;
    if (auto const text = variable("WHATSAPP_SWAGGER_ENABLED"); !text.empty())
        explorer.enabled = is_true(text);
    if (auto const name = variable("WHATSAPP_SWAGGER_USERNAME"); !name.empty()) explorer.username = name;
    if (explorer.username.find(':') != std::string::npos)
        return SettingsError{"WHATSAPP_SWAGGER_USERNAME must not contain a colon"};
    auto const password = variable("WHATSAPP_SWAGGER_PASSWORD");
    if (!password.empty() && !is_true(variable("WHATSAPP_SWAGGER_NO_PASSWORD")))
        explorer.password = Secret<std::string>{password};
    return std::nullopt;
}

/// After read_process, whose addresses it needs.
std::optional<SettingsError> read_http_edge(Settings& settings)
{
    auto error = read_http(variable, settings.listen, settings.base_url, settings.edge);
    if (!error.empty()) return SettingsError{std::move(error)};
    return std::nullopt;
}

std::optional<SettingsError> read_process(Settings& settings)
{
    if (auto const listen = variable("WAGATE_LISTEN"); !listen.empty()) settings.listen = listen;
    if (auto const port = variable("WHATSAPP_API_PORT"); !port.empty()) {
        unsigned number = 0;
        if (!read_number(port, number) || number > 65'535)
            return SettingsError{"WHATSAPP_API_PORT must be a number up to 65535"};
        settings.listen = settings.listen.substr(0, settings.listen.rfind(':')) + ":" + port;
    }
    if (auto error = read_base_url(settings)) return error;
    if (auto const directory = variable("WAHA_LOCAL_STORE_BASE_DIR"); !directory.empty())
        settings.data_dir = directory;
    if (auto const directory = variable("WAGATE_DATA_DIR"); !directory.empty()) settings.data_dir = directory;
    settings.strict_fields = is_true(variable("WAHA_HTTP_STRICT_MODE"));
    if (auto const threads = variable("WAGATE_THREADS"); !threads.empty()) {
        if (!read_number(threads, settings.threads) || settings.threads > 256)
            return SettingsError{"WAGATE_THREADS must be a number up to 256"};
    }
    if (auto const connects = variable("WAGATE_CONCURRENT_CONNECTS"); !connects.empty()) {
        if (!read_number(connects, settings.concurrent_connects) || settings.concurrent_connects == 0)
            return SettingsError{"WAGATE_CONCURRENT_CONNECTS must be a number above 0"};
    }
    if (auto const connects = variable("WAGATE_CONNECTS_PER_SECOND"); !connects.empty()) {
        if (!read_number(connects, settings.connects_per_second) || settings.connects_per_second == 0)
            return SettingsError{"WAGATE_CONNECTS_PER_SECOND must be a number above 0"};
    }
    settings.core_dumps = is_true(variable("WAGATE_CORE_DUMPS"));
    settings.refuses_root = is_true(variable("WAGATE_REFUSE_ROOT"));
    auto const level = variable("WAHA_LOG_LEVEL");
    if (level == "debug" || level == "trace")
        settings.log_level = log::Level::debug;
    else if (level == "warn")
        settings.log_level = log::Level::warn;
    else if (level == "error")
        settings.log_level = log::Level::error;
    else if (!level.empty() && level != "info")
        return SettingsError{"WAHA_LOG_LEVEL must be error, warn, info, debug or trace"};
    auto const format = variable("WAHA_LOG_FORMAT");
    if (format == "PRETTY")
        settings.log_format = log::Format::text;
    else if (!format.empty() && format != "JSON")
        return SettingsError{"WAHA_LOG_FORMAT must be JSON or PRETTY"};
    return std::nullopt;
}

} // namespace

boost::system::result<Settings, SettingsError> read_settings()
{
    return read_settings(environment_variable);
}

boost::system::result<Settings, SettingsError> read_settings(Lookup const& source)
{
    lookup = &source;
    Settings settings;
    for (auto const read : {read_process, read_master_key, read_http_edge, read_retention, read_limits,
                            read_whatsapp, read_access, read_sign_in, read_sessions, read_global_webhook,
                            read_media, read_object_storage, read_explorer, find_ignored})
        if (auto error = read(settings)) return *error;
    return settings;
}

} // namespace wagate
