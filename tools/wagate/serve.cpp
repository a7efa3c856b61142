#include "tools/wagate/serve.hpp"

#include "api/service.hpp"
#include "api/v1/stored_keys.hpp"
#include "api/waha/apps_json.hpp"
#include "api/waha/event_render.hpp"
#include "api/waha/link_signer.hpp"
#include "api/waha/session_config.hpp"
#include "gateway/apps/live_apps.hpp"
#include "gateway/housekeeping.hpp"
#include "gateway/live_gateway.hpp"
#include "gateway/media/live_media.hpp"
#include "gateway/runtime/hop.hpp"
#include "gateway/runtime/loop_watchdog.hpp"
#include "gateway/runtime/signals.hpp"
#include "gateway/transport/http_client.hpp"
#include "gateway/webhooks/dispatcher.hpp"
#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"
#include "tools/wagate/environment.hpp"
#include "tools/wagate/link_key.hpp"
#include "tools/wagate/stop_limit.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <future>
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

std::string joined(std::vector<std::string> const& words)
{
    std::string text;
    for (auto const& word : words)
        text.append(text.empty() ? "" : ",").append(word);
    return text;
}

/// What derived API keys are made of. In a file of its own: the database alone opens nothing.
Result<Bytes> derivation_secret(std::filesystem::path const& file)
{
    {
        std::ifstream in(file, std::ios::binary);
        std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
        if (auto secret = hex_decode(text); secret && secret->size() == derivation_secret_bytes)
            return std::move(*secret);
    }
    crypto::SystemRandom random;
    auto secret = random.bytes(derivation_secret_bytes);
    auto const part = file.string() + ".part";
    std::filesystem::remove(part);
    int const descriptor = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) return make_error_code(static_cast<boost::system::errc::errc_t>(errno));
    auto const text = hex_encode(secret);
    bool const written = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                         ::fsync(descriptor) == 0;
    ::close(descriptor);
    std::error_code failed;
    if (written) std::filesystem::rename(part, file, failed);
    if (!written || failed) return make_error_code(boost::system::errc::io_error);
    return secret;
}

int fail(std::string const& why)
{
    std::fprintf(stderr, "wagate: %s\n", why.c_str());
    return 1;
}

/// The operator's key: configured, stored before, or made now and shown once.
Result<void> prepare_keys(v1::StoredKeys& keys, storage::Store& store, Settings const& settings)
{
    TenantId const standard{"default"};
    auto secret = derivation_secret(settings.data_dir / "key-secret");
    if (!secret) return secret.error();
    keys.set_derivation_secret(std::move(*secret));
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
    row.hash = http::hash_key(key);
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
    return [identity](gateway::SessionInfo const& session, storage::StoredEvent const& event) {
        std::vector<gateway::RenderedEvent> rendered;
        for (auto& one : waha::render_event(event, session, identity))
            rendered.push_back({std::move(one.name), std::move(one.id), std::move(one.body)});
        return rendered;
    };
}

/// All parts of a serving process, in the order they depend on each other; destroyed in the reverse.
class Daemon {
public:
    Daemon(Settings const& settings, std::unique_ptr<storage::Store> store,
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
    /// WHATSAPP_START_SESSION
    Task<void> start_sessions();
    std::vector<Executor> executors() const;
    Executor main_loop() const { return loops_.executor(0); }
    Task<void> report_signal();
    /// What is kept elsewhere about a session that is being deleted.
    Task<void> forget(SessionKey session);

    std::optional<StopLimit> stop_limit_; ///< first: it watches over the end of all others too
    Settings const& settings_;
    EventLoops loops_;
    BlockingPool pool_{pool_threads, pool_queue};
    std::unique_ptr<storage::Store> store_;
    v1::StoredKeys keys_{*store_, pool_};
    crypto::SystemRandom random_;
    std::unique_ptr<transport::HttpClient> client_;
    gateway::EventFeed feed_{*store_};
    gateway::webhooks::WebhookDispatcher webhooks_;
    gateway::LiveGateway gateway_;
    gateway::LiveApps apps_;
    gateway::LiveMedia media_;
    gateway::StreamContext streams_;
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

Daemon::Daemon(Settings const& settings, std::unique_ptr<storage::Store> store,
               std::shared_ptr<std::atomic<bool>> storage_failed)
    : settings_(settings),
      loops_(loop_count(settings)),
      store_(std::move(store)),
      client_(transport::make_http_client(client_settings(settings))),
      webhooks_(delivery_context(), feed_,
                [this](SessionKey const& session) {
                    return loops_.executor_for(std::hash<SessionKey>{}(session));
                }),
      gateway_(loops_, pool_, *store_, options(std::move(storage_failed))),
      apps_(app_parts()),
      media_(gateway_, *store_, media_settings(settings)),
      streams_(stream_context()),
      api_({.gateway = gateway_,
            .keys = keys_,
            .streams = streams_,
            .webhooks = webhooks_,
            .media = media_,
            .apps = apps_},
           executors(), api_options()),
      housekeeping_(main_loop(), pool_, *store_),
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
            .loop_requests = webhook_requests / loops_.size()};
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
            .parse = waha::parse_app};
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
    options.on_configured = [this](SessionKey session, gateway::SessionConfig config,
                                   gateway::Configured why) {
        auto const& global = settings_.global_webhook;
        auto const count = global ? std::size_t{1} : std::size_t{0};
        auto endpoints =
            gateway::webhooks::make_endpoints({global ? &*global : nullptr, count}, config.webhooks);
        bool const enables = why == gateway::Configured::request;
        return webhooks_.configure(std::move(session), std::move(endpoints), enables);
    };
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

Task<void> Daemon::forget(SessionKey session)
{
    co_await apps_.forget(session);
    co_await webhooks_.remove(session);
    co_await media_.forget(session);
}

ApiOptions Daemon::api_options()
{
    ApiOptions options;
    options.listen = settings_.listen;
    options.identity = identity(settings_);
    options.media_body_bytes = settings_.media_body_bytes;
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

std::string Daemon::start()
{
    if (auto const prepared = prepare_keys(keys_, *store_, settings_); !prepared)
        return "cannot read API keys: " + prepared.error().message();
    if (auto const started = media_.start(); !started)
        return "cannot use " + settings_.media.folder.string() + ": " + started.error().message();
    loops_.start();
    watchdog_.emplace(loops_);
    // Asked to stop from here on, also while a thousand sessions are being loaded.
    post_to(main_loop(), [this] {
        signals_.spawn("signals", report_signal());
        housekeeping_.start();
    });
    if (auto const booted = wait_on(main_loop(), gateway_.boot()); !booted)
        return "cannot load sessions: " + booted.error().message();
    if (auto const started = wait_on(main_loop(), apps_.boot()); !started)
        return "cannot load apps: " + started.error().message();
    if (!settings_.ignored.empty())
        log::warn("variables without effect here", {{"names", joined(settings_.ignored)}});
    wait_on(main_loop(), start_sessions());
    if (auto const started = api_.start(); !started)
        return "cannot listen on " + settings_.listen + ": " + started.error().message();
    auto const host = settings_.listen.substr(0, settings_.listen.rfind(':'));
    std::printf("{\"event\":\"listening\",\"http\":\"http://%s:%u\"}\n", host.c_str(),
                static_cast<unsigned>(api_.port()));
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
    wait_on(main_loop(), apps_.stop());
    wait_on(main_loop(), gateway_.shutdown(store_grace));
    wait_on(main_loop(), api_.stop(request_grace));
    media_.stop();
    wait_on(main_loop(), webhooks_.stop(webhook_grace));
    watchdog_.reset();
    loops_.stop();
    loops_.join();
}

} // namespace

int serve(Settings const& asked)
{
    auto settings = asked;
    log::configure(settings.log_level, settings.log_format);
    if (auto const broken = crypto::self_test(); !broken.empty())
        return fail("cryptography self-test failed: " + broken);

    // Shared: a commit may fail as early as now and as late as the store's last one.
    auto const storage_failed = std::make_shared<std::atomic<bool>>(false);
    storage::StoreOptions store_options;
    store_options.file = settings.data_dir / "wagate.db";
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
    auto store = storage::open_store(std::move(store_options));
    if (!store)
        return fail("cannot open " + (settings.data_dir / "wagate.db").string() + ": " +
                    store.error().message());

    if (settings.media_links.count() > 0) {
        auto const file = settings.data_dir / "media-link.key"; // the store has made the folder
        auto key = link_key(file);
        if (!key) return fail("cannot use " + file.string() + ": " + key.error().message());
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
