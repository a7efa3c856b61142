#include "tools/wagate/serve.hpp"

#include "api/service.hpp"
#include "api/v1/stored_keys.hpp"
#include "api/waha/event_render.hpp"
#include "api/waha/session_config.hpp"
#include "gateway/housekeeping.hpp"
#include "gateway/live_gateway.hpp"
#include "gateway/runtime/hop.hpp"
#include "gateway/runtime/loop_watchdog.hpp"
#include "gateway/runtime/signals.hpp"
#include "gateway/transport/http_client.hpp"
#include "gateway/webhooks/dispatcher.hpp"
#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"

#include <cstdio>
#include <thread>

namespace wagate {
namespace {

constexpr auto webhook_grace = std::chrono::seconds(5);
constexpr std::size_t pool_threads = 4;
constexpr std::size_t pool_queue = 10'000;

int fail(std::string const& why)
{
    std::fprintf(stderr, "wagate: %s\n", why.c_str());
    return 1;
}

/// The operator's key: configured, stored before, or made now and shown once.
Result<void> prepare_keys(v1::StoredKeys& keys, storage::Store& store, Settings const& settings)
{
    TenantId const standard{"default"};
    WAGATE_CHECK_OK(keys.load());
    for (auto const& tenant : settings.tenant_keys)
        WAGATE_CHECK_OK(keys.add_configured(tenant.tenant, tenant.key.reveal(), false));
    if (settings.api_key) return keys.add_configured(standard, settings.api_key->reveal(), true);
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
    options.concurrent_connects = settings.concurrent_connects;
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

} // namespace

int serve(Settings const& settings)
{
    log::configure(settings.log_level, settings.log_format);
    if (auto const broken = crypto::self_test(); !broken.empty())
        return fail("cryptography self-test failed: " + broken);

    EventLoops loops(settings.threads != 0 ? settings.threads
                                           : std::max(1u, std::thread::hardware_concurrency()));
    BlockingPool pool(pool_threads, pool_queue);

    // Shared: a commit may fail as early as now and as late as the store's last one.
    auto const storage_failed = std::make_shared<std::atomic<bool>>(false);
    storage::StoreOptions store_options;
    store_options.file = settings.data_dir / "wagate.db";
    store_options.on_commit_failure = [storage_failed] {
        log::error("storage failed: nothing is acknowledged any more");
        *storage_failed = true;
    };
    auto store = storage::open_store(std::move(store_options));
    if (!store)
        return fail("cannot open " + (settings.data_dir / "wagate.db").string() + ": " +
                    store.error().message());

    v1::StoredKeys keys(**store, pool);
    if (auto const prepared = prepare_keys(keys, **store, settings); !prepared)
        return fail("cannot read API keys: " + prepared.error().message());

    ApiOptions api_options;
    api_options.listen = settings.listen;
    api_options.identity.program = "wagate/" WAGATE_VERSION;

    crypto::SystemRandom random;
    transport::HttpClientSettings client_settings;
    client_settings.policy = settings.egress;
    client_settings.ca_file = settings.egress_ca_file;
    auto const client = transport::make_http_client(std::move(client_settings));
    gateway::EventFeed feed(**store);
    gateway::LiveGateway* live = nullptr;
    gateway::webhooks::DeliveryContext delivery{.store = **store,
                                                .client = *client,
                                                .pool = pool,
                                                .random = random,
                                                .render = renderer(api_options.identity),
                                                .info = {},
                                                .user_agent = api_options.identity.program,
                                                .now = {},
                                                .pause = {}};
    delivery.info = [&live](SessionKey session) { return live->find_session(std::move(session)); };
    gateway::webhooks::WebhookDispatcher webhooks(
        std::move(delivery), feed,
        [&loops](SessionKey const& session) { return loops.executor_for(std::hash<SessionKey>{}(session)); });

    auto options = gateway_options(settings);
    options.on_configured = [&webhooks, global = settings.global_webhook](SessionKey session,
                                                                          gateway::SessionConfig config) {
        auto const count = global ? std::size_t{1} : std::size_t{0};
        auto endpoints =
            gateway::webhooks::make_endpoints({global ? &*global : nullptr, count}, config.webhooks);
        return webhooks.configure(std::move(session), std::move(endpoints));
    };
    options.on_deleted = [&webhooks](SessionKey session) { return webhooks.remove(std::move(session)); };
    options.storage_failed = storage_failed;
    gateway::LiveGateway gateway(loops, pool, **store, std::move(options));
    live = &gateway;

    if (settings.strict_fields) api_options.unknown_fields = http::UnknownFields::refused;
    std::vector<Executor> executors;
    for (std::size_t i = 0; i < loops.size(); ++i)
        executors.push_back(loops.executor(i));
    ApiServer api(gateway, keys, executors, api_options);

    loops.start();
    LoopWatchdog watchdog(loops);
    gateway::Housekeeping housekeeping(loops.executor(0), pool, **store);
    post_to(loops.executor(0), [&housekeeping] { housekeeping.start(); });
    auto const main_loop = loops.executor(0);
    // Whatever was started is stopped in this order, also when the start fails half-way.
    auto const shut_down = [&](int code) {
        wait_on(main_loop, api.stop());
        wait_on(main_loop, housekeeping.stop());
        wait_on(main_loop, gateway.shutdown());
        wait_on(main_loop, webhooks.stop(webhook_grace));
        loops.stop();
        loops.join();
        return code;
    };
    if (auto const booted = wait_on(main_loop, gateway.boot()); !booted)
        return shut_down(fail("cannot load sessions: " + booted.error().message()));
    if (auto const started = api.start(); !started)
        return shut_down(fail("cannot listen on " + settings.listen + ": " + started.error().message()));
    auto const host = settings.listen.substr(0, settings.listen.rfind(':'));
    std::printf("{\"event\":\"listening\",\"http\":\"http://%s:%u\"}\n", host.c_str(),
                static_cast<unsigned>(api.port()));
    std::fflush(stdout);

    auto const signal = wait_on(main_loop, stop_signal());
    log::info("stopping", {{"signal", signal}});
    return shut_down(0);
}

} // namespace wagate
