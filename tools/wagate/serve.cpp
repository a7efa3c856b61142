#include "tools/wagate/serve.hpp"

#include "api/sealed_server.hpp"
#include "api/service.hpp"
#include "api/v1/stored_keys.hpp"
#include "api/waha/apps_json.hpp"
#include "api/waha/event_render.hpp"
#include "api/waha/link_signer.hpp"
#include "api/waha/session_config.hpp"
#include "gateway/apps/live_apps.hpp"
#include "gateway/housekeeping.hpp"
#include "gateway/limits/limit_book.hpp"
#include "gateway/live_gateway.hpp"
#include "gateway/media/kept_media.hpp"
#include "gateway/media/live_media.hpp"
#include "gateway/runtime/hop.hpp"
#include "gateway/runtime/loop_watchdog.hpp"
#include "gateway/runtime/signals.hpp"
#include "gateway/tenants/live_tenants.hpp"
#include "gateway/transport/http_client.hpp"
#include "gateway/transport/tls_server.hpp"
#include "gateway/webhooks/dispatcher.hpp"
#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"
#include "storage/keeper.hpp"
#include "storage/sealed_store.hpp"
#include "tools/wagate/environment.hpp"
#include "tools/wagate/stop_limit.hpp"
#include "tools/wagate/token_keys.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <future>
#include <sys/resource.h>
#include <thread>

namespace wagate {
namespace {

// How long each stage of stopping may take when something hangs; together below the limit of it all.
constexpr Milliseconds call_grace = std::chrono::seconds(2);
constexpr Milliseconds store_grace = std::chrono::seconds(2);
constexpr Milliseconds request_grace = std::chrono::seconds(1);
constexpr Milliseconds webhook_grace = std::chrono::seconds(2);
constexpr Milliseconds stop_limit{9'500};
constexpr std::size_t webhook_requests = 512; ///< under way at the same time
constexpr std::size_t pool_threads = 4;
constexpr std::size_t pool_queue = 10'000;
constexpr Milliseconds answer_time{500}; ///< until an answer that was just given is out
constexpr std::size_t derivation_secret_bytes = 32;
constexpr Milliseconds certificate_check{5'000};
constexpr std::chrono::seconds key_set_interval{1}; ///< how often the file of token keys is looked at
constexpr int uses_every = 60;                      ///< of these: how often the last uses of keys are stored

std::string joined(std::vector<std::string> const& words)
{
    std::string text;
    for (auto const& word : words)
        text.append(text.empty() ? "" : ",").append(word);
    return text;
}

/// Overwrites and removes a secret that is sealed in the database from now on.
void shred(std::filesystem::path const& file, std::size_t size)
{
    if (std::ofstream out(file, std::ios::binary | std::ios::in); out) out << std::string(size, '\0');
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
}

/// A secret of the server, sealed in the database. One that an earlier version kept in a file is taken over.
Result<Secret<Bytes>> server_secret(storage::KeyDesk& keys, std::string const& name, std::size_t size,
                                    std::filesystem::path const& old_file)
{
    std::string text;
    if (std::ifstream in(old_file, std::ios::binary); in)
        text.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    Bytes old;
    if (text.size() == size)
        old = to_bytes(text);
    else if (auto const decoded = hex_decode(text); decoded && decoded->size() == size)
        old = *decoded;
    auto secret = keys.server_secret(name, size, std::move(old));
    if (secret && !text.empty()) shred(old_file, text.size());
    wipe_value(text);
    return secret;
}

int fail(std::string const& why)
{
    std::fprintf(stderr, "wagate: %s\n", why.c_str());
    return 1;
}

/// The operator's key: configured, stored before, or made now and shown once.
Result<void> prepare_keys(v1::StoredKeys& keys, storage::Store& store, storage::KeyDesk& desk,
                          Settings const& settings)
{
    TenantId const standard{"default"};
    keys.set_hasher([&desk](ByteArray<32> const& hash) { return desk.keyed_hash(hash); });
    auto secret =
        server_secret(desk, "derived keys", derivation_secret_bytes, settings.data_dir / "key-secret");
    if (!secret) return secret.error();
    keys.set_derivation_secret(secret->reveal());
    WAGATE_CHECK_OK(keys.load());
    for (auto const& tenant : settings.tenant_keys)
        WAGATE_CHECK_OK(keys.add_configured(tenant.tenant, tenant.key.reveal(), false));
    if (settings.api_key) return keys.add_configured(standard, settings.api_key->reveal(), true);
    if (settings.api_key_sha512) return keys.add_configured_hash(standard, *settings.api_key_sha512, true);
    for (auto const& row : store.api_keys())
        if (row.is_admin) return {};
    crypto::SystemRandom random;
    storage::ApiKeyRow row;
    row.id = "key_" + hex_encode(random.bytes(8));
    row.tenant = standard;
    row.is_admin = true;
    row.created = gateway::current_time().wall;
    auto const key = "key_" + hex_encode(random.bytes(24));
    row.hash = keys.hash(key);
    WAGATE_CHECK_OK(store.ensure_tenant(standard));
    WAGATE_CHECK_OK(store.insert_api_key(row));
    std::printf("{\"event\":\"api-key\",\"key\":\"%s\"}\n", key.c_str());
    std::fflush(stdout);
    return keys.load();
}

gateway::GatewayOptions gateway_options(Settings const& settings)
{
    gateway::GatewayOptions options;
    options.endpoint.url = settings.whatsapp_url;
    options.endpoint.ca_file = settings.whatsapp_ca_file;
    options.engine.root_key = settings.whatsapp_root_key;
    options.engine.version = settings.whatsapp_version;
    if (!settings.device_name.empty()) options.engine.device.os_name = settings.device_name;
    if (!settings.browser_name.empty()) options.engine.device.browser = settings.browser_name;
    options.ignore = settings.ignore;
    options.boot_start = settings.boot_start;
    options.proxy_policy = std::make_shared<egress::AddressPolicy const>(settings.egress);
    options.concurrent_connects = settings.concurrent_connects;
    options.connects_per_second = settings.connects_per_second;
    options.parse_config = [](std::string const& text) -> Result<gateway::SessionConfig> {
        if (auto config = waha::parse_session_config(text)) return std::move(*config);
        return storage::StoreErrc::damaged;
    };
    return options;
}

gateway::EventRenderer renderer(waha::Identity const& identity)
{
    return [identity](gateway::SessionInfo const& session, storage::StoredEvent const& event,
                      gateway::Rendering rendering) {
        std::vector<gateway::RenderedEvent> rendered;
        for (auto& one : waha::render_event(event, session, identity, rendering))
            rendered.push_back({std::move(one.name), std::move(one.id), std::move(one.body)});
        return rendered;
    };
}

/// All parts of a serving process, in the order they depend on each other; destroyed in the reverse.
class Daemon {
public:
    Daemon(Settings const& settings, storage::SealedStore store,
           std::shared_ptr<std::atomic<bool>> storage_failed);

    /// @return why it cannot serve, empty on success. stop() in either case.
    std::string start();
    /// @return the signal that asked to stop.
    int wait_for_signal() { return signal_.get_future().get(); }
    /// At the latest some seconds after the signal the process is gone.
    void stop();

private:
    gateway::webhooks::DeliveryContext delivery_context();
    gateway::StreamContext stream_context();
    gateway::LiveApps::Parts app_parts();
    gateway::GatewayOptions options(std::shared_ptr<std::atomic<bool>> storage_failed);
    ApiOptions api_options();
    /// Ends the process as its operator would, once the answer to this request is out.
    void stop_soon(bool force);
    static Task<void> signal_itself(int signal);
    /// Acts of the process itself, in the operator's chain; blocks until durable.
    void audit(std::string_view action);
    /// Removes files that are past what their tenants keep.
    void sweep_files();
    /// WHATSAPP_START_SESSION
    Task<void> start_sessions();
    std::vector<Executor> executors() const;
    Executor main_loop() const { return loops_.executor(0); }
    Task<void> report_signal();
    /// Takes the certificate's files when they have changed.
    void renew_certificate();
    /// Looks at them every few seconds.
    Task<void> keep_certificate();
    /// For the line that says where it listens.
    std::string tls_address() const;
    gateway::LiveTenants::Actions tenant_actions();
    /// Keeps what is known about keys and files of keys up to date.
    Task<void> tend_keys();
    /// What is kept elsewhere about a session that is being deleted.
    Task<void> forget(SessionKey session);

    std::optional<StopLimit> stop_limit_; ///< first: it watches over the end of all others too
    Settings const& settings_;
    EventLoops loops_;
    BlockingPool pool_{pool_threads, pool_queue};
    std::unique_ptr<storage::Store> store_;
    gateway::TenantStates tenant_states_;
    storage::KeyDesk& desk_; ///< of the store
    v1::StoredKeys keys_{*store_, pool_};
    TokenKeys token_keys_{settings_.jwt_keys, settings_.jwt, keys_};
    gateway::LimitBook limits_{store_->limits(), settings_.limits, gateway::current_time,
                               [this](TenantId const& tenant) {
                                   return gateway::KeptMedia(settings_.media.folder).bytes_of(tenant);
                               }};
    crypto::SystemRandom random_;
    std::unique_ptr<transport::HttpClient> client_;
    gateway::EventFeed feed_{*store_};
    gateway::webhooks::WebhookDispatcher webhooks_;
    gateway::LiveGateway gateway_;
    gateway::LiveApps apps_;
    gateway::LiveMedia media_;
    gateway::LiveTenants tenants_;
    gateway::StreamContext streams_;
    std::shared_ptr<transport::TlsServer> tls_; ///< null: plain HTTP
    ApiServer api_;
    gateway::Housekeeping housekeeping_;
    TaskGroup signals_;
    std::promise<int> signal_;
    std::optional<LoopWatchdog> watchdog_;
};

waha::Identity identity(Settings const& settings)
{
    waha::Identity identity;
    identity.program = "wagate/" WAGATE_VERSION;
    identity.base_url = settings.base_url;
    identity.worker = settings.worker;
    if (settings.link_key)
        identity.signer = std::make_shared<waha::LinkSigner const>(*settings.link_key, settings.media_links);
    return identity;
}

transport::HttpClientSettings client_settings(Settings const& settings)
{
    transport::HttpClientSettings client;
    client.policy = settings.egress;
    client.ca_file = settings.egress_ca_file;
    return client;
}

gateway::MediaSettings media_settings(Settings const& settings)
{
    auto media = settings.media;
    media.user_agent = identity(settings).program;
    // Files go by what each tenant keeps, see Daemon::sweep_files.
    media.lifetime = std::chrono::seconds(0);
    return media;
}

std::size_t loop_count(Settings const& settings)
{
    return settings.threads != 0 ? settings.threads : std::max(1u, std::thread::hardware_concurrency());
}

Task<void> cancel_and_join(TaskGroup& group)
{
    group.cancel();
    co_await group.join();
}

std::shared_ptr<transport::TlsServer> tls_server(Settings const& settings)
{
    auto const& edge = settings.edge;
    if (edge.tls_certificate_file.empty()) return nullptr;
    return std::make_shared<transport::TlsServer>(edge.tls_certificate_file, edge.tls_key_file);
}

/// Each connection needs one; harden_process has taken all that the system gives.
std::size_t descriptor_limit()
{
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1'024;
}

Daemon::Daemon(Settings const& settings, storage::SealedStore store,
               std::shared_ptr<std::atomic<bool>> storage_failed)
    : settings_(settings),
      loops_(loop_count(settings)),
      store_(std::move(store.store)),
      desk_(*store.keys),
      client_(transport::make_http_client(client_settings(settings))),
      webhooks_(delivery_context(), feed_,
                [this](SessionKey const& session) {
                    return loops_.executor_for(std::hash<SessionKey>{}(session));
                }),
      gateway_(loops_, pool_, *store_, options(std::move(storage_failed))),
      apps_(app_parts()),
      media_(gateway_, *store_, media_settings(settings)),
      tenants_(main_loop(), *store_, pool_, tenant_states_, tenant_actions()),
      streams_(stream_context()),
      tls_(tls_server(settings)),
      api_({.gateway = gateway_,
            .keys = keys_,
            .streams = streams_,
            .webhooks = webhooks_,
            .media = media_,
            .apps = apps_,
            .tenants = tenants_,
            .limits = limits_,
            .vault = &desk_},
           executors(), api_options()),
      housekeeping_(main_loop(), pool_, *store_, limits_, settings_.prune_interval),
      signals_(main_loop())
{}

gateway::webhooks::DeliveryContext Daemon::delivery_context()
{
    auto info = [this](SessionKey session) { return gateway_.find_session(std::move(session)); };
    return {.store = *store_,
            .client = *client_,
            .pool = pool_,
            .random = random_,
            .render = renderer(identity(settings_)),
            .info = std::move(info),
            .user_agent = identity(settings_).program,
            .now = {},
            .pause = {},
            .loop_requests = webhook_requests / loops_.size(),
            .is_paused = [this](TenantId const& tenant) { return !tenant_states_.is_active(tenant); }};
}

gateway::LiveTenants::Actions Daemon::tenant_actions()
{
    return {.stop_sessions = [this](TenantId tenant) { return gateway_.stop_tenant(std::move(tenant)); },
            .start_sessions = [this](TenantId tenant) { return gateway_.start_tenant(std::move(tenant)); },
            .delete_sessions = [this](TenantId tenant) { return gateway_.delete_tenant(std::move(tenant)); },
            .revoke_keys = [this](TenantId const& tenant) { keys_.forget_tenant(tenant); },
            .wake_deliveries = [this](TenantId const& tenant) { webhooks_.wake(tenant); },
            .forget_limits = [this](TenantId const& tenant) { limits_.forget({tenant}); }};
}

Task<void> Daemon::tend_keys()
{
    std::string last_trouble;
    for (int round = 1;; ++round) {
        co_await sleep_for(key_set_interval);
        std::string trouble;
        bool const stores = round % uses_every == 0;
        auto work = [this, &trouble, stores] {
            trouble = token_keys_.refresh();
            if (stores && !keys_.save_uses()) log::warn("the last uses of keys were not stored");
        };
        co_await run_blocking(pool_, std::move(work));
        if (!trouble.empty() && trouble != last_trouble) log::error("token keys", {{"error", trouble}});
        last_trouble = std::move(trouble);
    }
}

gateway::LiveApps::Parts Daemon::app_parts()
{
    return {.gateway = gateway_,
            .store = *store_,
            .pool = pool_,
            .feed = feed_,
            .client = *client_,
            .executor_of =
                [this](SessionKey const& session) {
                    return loops_.executor_for(std::hash<SessionKey>{}(session));
                },
            .parse = waha::parse_app,
            .is_paused = [this](TenantId const& tenant) { return !tenant_states_.is_active(tenant); }};
}

gateway::StreamContext Daemon::stream_context()
{
    auto info = [this](SessionKey session) { return gateway_.find_session(std::move(session)); };
    return {.store = *store_,
            .pool = pool_,
            .feed = feed_,
            .render = renderer(identity(settings_)),
            .info = std::move(info)};
}

gateway::GatewayOptions Daemon::options(std::shared_ptr<std::atomic<bool>> storage_failed)
{
    auto options = gateway_options(settings_);
    options.storage_failed = std::move(storage_failed);
    options.limits = &limits_;
    options.on_configured = [this](SessionKey session, gateway::SessionConfig config,
                                   gateway::Configured why) {
        auto const& global = settings_.global_webhook;
        auto const count = global ? std::size_t{1} : std::size_t{0};
        auto endpoints =
            gateway::webhooks::make_endpoints({global ? &*global : nullptr, count}, config.webhooks);
        bool const enables = why == gateway::Configured::request;
        return webhooks_.configure(std::move(session), std::move(endpoints), enables);
    };
    options.may_run = [this](TenantId const& tenant) { return tenant_states_.is_active(tenant); };
    options.webhook_health = [this](SessionKey const& session) { return webhooks_.health(session); };
    options.fetch_blob = [this](SessionKey session, message::MediaFile file, media::MediaType type,
                                std::size_t max_bytes) {
        return media_.fetch_blob(std::move(session), std::move(file), type, max_bytes);
    };
    options.fetch_file = [this](SessionKey session, message::MediaFile file, media::MediaType type,
                                std::uint64_t max_bytes) {
        return media_.fetch_file(std::move(session), std::move(file), type, max_bytes);
    };
    options.drop_history = [this](SessionKey session, message::HistoryFile file) {
        return media_.drop_history(std::move(session), std::move(file));
    };
    options.prefetch = [this](SessionKey const& session, std::vector<MessageName> messages) {
        media_.prefetch_messages(session, std::move(messages));
    };
    options.on_deleted = [this](SessionKey session) { return forget(std::move(session)); };
    return options;
}

void Daemon::audit(std::string_view action)
{
    storage::AuditEntry entry;
    entry.time = gateway::current_time().wall;
    entry.actor = "wagate";
    entry.action = action;
    entry.details["version"] = WAGATE_VERSION;
    if (auto const stored = storage::keeper_of(*store_).audit().append(std::move(entry)); !stored)
        log::error("an entry of the audit log was not stored",
                   {{"action", action}, {"error", stored.error().message()}});
}

void Daemon::sweep_files()
{
    using storage::KeptKind;
    constexpr auto media = static_cast<std::size_t>(KeptKind::media);
    auto& keeper = storage::keeper_of(*store_);
    auto const configured = keeper.configured_limits()[media];
    std::vector<gateway::KeptMedia::TenantLimit> tenants;
    for (auto const& tenant : store_->tenants())
        tenants.push_back({tenant, storage::in_force(keeper.kept_rules(tenant)[media], configured)});
    gateway::KeptMedia(settings_.media.folder).sweep(tenants, configured.age);
}

Task<void> Daemon::forget(SessionKey session)
{
    co_await apps_.forget(session);
    co_await webhooks_.remove(session);
    co_await media_.forget(session);
    auto forget_limits = [this, &session] {
        limits_.forget({session.tenant, gateway::LimitScope::session, session.name.value});
    };
    co_await run_blocking(pool_, std::move(forget_limits));
}

ApiOptions Daemon::api_options()
{
    ApiOptions options;
    options.listen = settings_.listen;
    options.tls = tls_;
    options.tls_listen = settings_.edge.tls_listen;
    options.limits = settings_.edge.limits;
    // The other half is for sessions, webhooks and files.
    options.limits.connections = std::min(options.limits.connections, descriptor_limit() / 2);
    options.edge = settings_.edge.policy;
    options.keys_in_urls = settings_.edge.keys_in_urls;
    options.admin_listen = settings_.admin_listen;
    options.trusted_proxies = settings_.trusted_proxies;
    options.identity = identity(settings_);
    options.media_body_bytes = settings_.media_body_bytes;
    options.media_folder = settings_.media.folder;
    options.open_paths = settings_.open_paths;
    for (auto& [name, value] : environment_variables())
        options.facts.variables.push_back({name, shown_value(name, value), is_own_variable(name)});
    options.facts.stop = [this](bool force) { stop_soon(force); };
    options.explorer = settings_.explorer;
    if (settings_.strict_fields) options.unknown_fields = http::UnknownFields::refused;
    return options;
}

std::vector<Executor> Daemon::executors() const
{
    std::vector<Executor> executors;
    for (std::size_t i = 0; i < loops_.size(); ++i)
        executors.push_back(loops_.executor(i));
    return executors;
}

/// From here on, and not when somebody gets round to it: other programs see that there is no use in new work.
Task<void> Daemon::report_signal()
{
    int const signal = co_await stop_signal();
    exit_at_next_signal();
    stop_limit_.emplace(stop_limit);
    gateway_.drain(call_grace);
    signal_.set_value(signal);
}

void Daemon::renew_certificate()
{
    auto const changed = tls_->reload_if_changed();
    if (!changed)
        log::error("the new certificate cannot be used, the one before stays",
                   {{"error", changed.error().message()}, {"file", settings_.edge.tls_certificate_file}});
    else if (*changed == transport::TlsServer::Change::replaced)
        log::info("the certificate was replaced");
}

Task<void> Daemon::keep_certificate()
{
    while (true) {
        co_await sleep_for(certificate_check);
        renew_certificate();
    }
}

void Daemon::stop_soon(bool force)
{
    post_to(main_loop(), [this, force] { signals_.spawn("stop", signal_itself(force ? SIGKILL : SIGTERM)); });
}

Task<void> Daemon::signal_itself(int signal)
{
    co_await sleep_for(answer_time);
    log::info("asked to stop by a request", {{"signal", signal}});
    ::kill(::getpid(), signal);
}

Task<void> Daemon::start_sessions()
{
    for (auto const& name : settings_.start_sessions) {
        SessionKey const session{TenantId("default"), name};
        auto creating = gateway_.create_session(session, *waha::parse_session_config("{}"), true);
        auto started = co_await std::move(creating);
        if (!started && started.error().code == gateway::GatewayErrc::session_exists) {
            auto starting = gateway_.start_session(session);
            started = co_await std::move(starting);
        }
        if (!started)
            log::error("cannot start a session of WHATSAPP_START_SESSION", {{"session", name.value}});
    }
}

std::string Daemon::tls_address() const
{
    if (api_.tls_port() == 0) return {};
    auto const& listen = settings_.edge.tls_listen;
    return ",\"https\":\"https://" + listen.substr(0, listen.rfind(':')) + ":" +
           std::to_string(api_.tls_port()) + "\"";
}

std::string Daemon::start()
{
    if (auto const prepared = prepare_keys(keys_, *store_, desk_, settings_); !prepared)
        return "cannot read API keys: " + prepared.error().message();
    keys_.set_states(tenant_states_);
    keys_.on_erased([this](TenantId const& tenant, std::string const& id) {
        limits_.forget({tenant, gateway::LimitScope::key, id});
    });
    if (auto const loaded = tenants_.load(); !loaded)
        return "cannot read tenants: " + loaded.error().message();
    if (auto const trouble = token_keys_.refresh(); !trouble.empty()) return trouble;
    limits_.load();
    audit("process.started");
    auto pause = std::chrono::seconds(60);
    if (settings_.media.lifetime.count() > 0)
        pause =
            std::clamp<std::chrono::seconds>(settings_.media.lifetime / 4, std::chrono::seconds(1), pause);
    housekeeping_.sweep_files(std::min(pause, settings_.prune_interval), [this] { sweep_files(); });
    if (auto const started = media_.start(); !started)
        return "cannot use " + settings_.media.folder.string() + ": " + started.error().message();
    if (tls_) {
        if (auto const loaded = tls_->reload(); !loaded)
            return "cannot use WAGATE_TLS_CERT_FILE and WAGATE_TLS_KEY_FILE: " + loaded.error().message();
    }
    loops_.start();
    watchdog_.emplace(loops_);
    // Asked to stop from here on, also while a thousand sessions are being loaded.
    post_to(main_loop(), [this] {
        signals_.spawn("signals", report_signal());
        if (tls_) {
            signals_.spawn("certificate", keep_certificate());
            signals_.spawn("hangups", at_hangups([this] { renew_certificate(); }));
        }
        housekeeping_.start();
        signals_.spawn("keys", tend_keys());
    });
    if (auto const booted = wait_on(main_loop(), gateway_.boot()); !booted)
        return "cannot load sessions: " + booted.error().message();
    if (auto const started = wait_on(main_loop(), apps_.boot()); !started)
        return "cannot load apps: " + started.error().message();
    if (!settings_.ignored.empty())
        log::warn("variables without effect here", {{"names", joined(settings_.ignored)}});
    wait_on(main_loop(), start_sessions());
    post_to(main_loop(), [this] { tenants_.resume_deletions(); });
    if (auto const started = api_.start(); !started)
        return "cannot listen on " + settings_.listen + ": " + started.error().message();
    auto const host = settings_.listen.substr(0, settings_.listen.rfind(':'));
    bool const is_secured = tls_ && settings_.edge.tls_listen.empty();
    if (api_.admin_port() != 0) {
        auto const admin_host = settings_.admin_listen.substr(0, settings_.admin_listen.rfind(':'));
        std::printf("{\"event\":\"admin-listening\",\"http\":\"http://%s:%u\"}\n", admin_host.c_str(),
                    static_cast<unsigned>(api_.admin_port()));
    }
    std::printf("{\"event\":\"listening\",\"http\":\"%s://%s:%u\"%s}\n", is_secured ? "https" : "http",
                host.c_str(), static_cast<unsigned>(api_.port()), tls_address().c_str());
    std::fflush(stdout);
    return {};
}

void Daemon::stop()
{
    if (!watchdog_) return; // the loops never ran
    wait_on(main_loop(), cancel_and_join(signals_));
    if (!stop_limit_) stop_limit_.emplace(stop_limit);
    // The API goes on meanwhile: it answers what is under way, and to all others that there is no use.
    wait_on(main_loop(), gateway_.calls_ended(call_grace));
    wait_on(main_loop(), housekeeping_.stop());
    wait_on(main_loop(), tenants_.stop());
    static_cast<void>(keys_.save_uses());
    wait_on(main_loop(), apps_.stop());
    wait_on(main_loop(), gateway_.shutdown(store_grace));
    wait_on(main_loop(), api_.stop(request_grace));
    media_.stop();
    wait_on(main_loop(), webhooks_.stop(webhook_grace));
    try {
        limits_.save();
    } catch (std::exception const& failure) {
        log::error("use of limits not written", {{"error", failure.what()}});
    }
    audit("process.stopped");
    watchdog_.reset();
    loops_.stop();
    loops_.join();
}

} // namespace

namespace {

Task<void> report_stop(std::promise<int>* stopped)
{
    int const signal = co_await stop_signal();
    exit_at_next_signal();
    stopped->set_value(signal);
}

int wait_for_stop(EventLoops& loops)
{
    std::promise<int> stopped;
    TaskGroup group(loops.executor(0));
    post_to(loops.executor(0), [&] { group.spawn("signals", report_stop(&stopped)); });
    int const signal = stopped.get_future().get();
    wait_on(loops.executor(0), cancel_and_join(group));
    return signal;
}

/// The port opens and everybody is told which key is wanted, until somebody stops the process.
int serve_sealed(Settings const& settings, storage::SealedFacts const& facts)
{
    log::error("the database is sealed: its master key is not there, and nothing is served",
               {{"wanted_key", facts.wanted_key},
                {"found_key", facts.found_key.empty() ? std::string("none") : facts.found_key}});
    EventLoops loops(1);
    auto const server = make_sealed_server({loops.executor(0)}, {facts.wanted_key, facts.found_key});
    loops.start();
    auto const started = server->start(settings.listen);
    if (started) {
        auto const host = settings.listen.substr(0, settings.listen.rfind(':'));
        std::printf("{\"event\":\"sealed\",\"http\":\"http://%s:%u\",\"wantedKeyId\":\"%s\"}\n", host.c_str(),
                    static_cast<unsigned>(server->port()), facts.wanted_key.c_str());
        std::fflush(stdout);
        auto const signal = wait_for_stop(loops);
        log::info("stopping", {{"signal", signal}});
        wait_on(loops.executor(0), server->stop(request_grace));
    }
    loops.stop();
    loops.join();
    if (started) return 0;
    return fail("cannot listen on " + settings.listen + ": " + started.error().message());
}

} // namespace

int serve(Settings const& asked)
{
    auto settings = asked;
    log::configure(settings.log_level, settings.log_format);
    if (auto const broken = crypto::self_test(); !broken.empty())
        return fail("cryptography self-test failed: " + broken);

    if (::geteuid() == 0) {
        if (settings.refuses_root) return fail("runs as root, and WAGATE_REFUSE_ROOT is set");
        log::warn("runs as root, which nothing here needs");
    }
    if (settings.media.sandbox == gateway::SandboxMode::require && !gateway::available_measures().is_whole())
        return fail(
            "WAGATE_MEDIA_SANDBOX is require, but this system gives programs that decode files only: " +
            gateway::measure_names(gateway::available_measures()));

    // Shared: a commit may fail as early as now and as late as the store's last one.
    auto const storage_failed = std::make_shared<std::atomic<bool>>(false);
    storage::StoreOptions store_options;
    store_options.file = settings.data_dir / "wagate.db";
    store_options.record_cache_bytes = settings.record_cache_bytes;
    store_options.event_retention = settings.event_retention;
    store_options.event_retention_bytes = settings.event_retention_bytes;
    store_options.dead_letter_retention = settings.dead_letter_retention;
    store_options.on_disk_full = [](bool is_full) {
        if (is_full)
            log::error("the disk is full: nothing is stored, acknowledged or sent until there is space");
        else
            log::info("there is space on the disk again");
    };
    store_options.on_commit_failure = [storage_failed] {
        log::error("storage failed: nothing is acknowledged any more");
        *storage_failed = true;
    };
    storage::VaultOptions vault_options;
    vault_options.master_key = settings.master_key;
    vault_options.on_key_made = [](std::filesystem::path const& file, std::string const& id) {
        log::warn("a master key was made: back it up, apart from the database; without it the database "
                  "cannot be opened",
                  {{"file", std::filesystem::absolute(file).string()}, {"key", id}});
    };
    storage::SealedFacts sealed;
    vault_options.on_sealed = [&sealed](storage::SealedFacts const& facts) { sealed = facts; };
    auto store = storage::open_sealed_store(std::move(store_options), std::move(vault_options));
    if (!store && store.error() == storage::VaultErrc::sealed) return serve_sealed(settings, sealed);
    if (!store)
        return fail("cannot open " + (settings.data_dir / "wagate.db").string() + ": " +
                    store.error().message());

    storage::KeptLimit media_limit;
    if (settings.media.lifetime.count() > 0) media_limit.age = settings.media.lifetime;
    media_limit.bytes = settings.media_retention_bytes;
    storage::keeper_of(*store->store).configure_limits(settings.message_retention, media_limit);

    if (settings.media_links.count() > 0) {
        auto key = server_secret(*store->keys, "media links", waha::LinkSigner::key_bytes,
                                 settings.data_dir / "media-link.key");
        if (!key) return fail("cannot make the key of links to files: " + key.error().message());
        settings.link_key = std::move(*key);
    }
    Daemon daemon(settings, std::move(*store), storage_failed);
    auto const broken = daemon.start();
    if (broken.empty()) {
        auto const signal = daemon.wait_for_signal();
        log::info("stopping", {{"signal", signal}});
    }
    daemon.stop();
    return broken.empty() ? 0 : fail(broken);
}

} // namespace wagate
