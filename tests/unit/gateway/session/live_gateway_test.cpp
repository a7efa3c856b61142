#include "gateway/live_gateway.hpp"

#include "gateway/runtime/hop.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::gateway;
using namespace wagate::test;

namespace {

/// A gateway over a real store; nobody listens where it connects to.
struct GatewayFixture : StoreFixture {
    EventLoops loops{2};
    BlockingPool pool{2, 1'000};
    std::shared_ptr<std::atomic<bool>> storage_failed = std::make_shared<std::atomic<bool>>(false);
    Result<void> configured; ///< what on_configured says
    std::vector<SessionKey> deleted;
    std::size_t max_calls = 2'000;
    std::unique_ptr<LiveGateway> gateway;
    SessionKey const c = session_key("tenant-a", "other");

    GatewayFixture()
    {
        loops.start();
        make();
    }
    ~GatewayFixture()
    {
        wait(gateway->shutdown());
        gateway.reset();
        loops.stop();
        loops.join();
    }
    void make()
    {
        GatewayOptions options;
        options.endpoint.url = "ws://127.0.0.1:1/";
        options.storage_failed = storage_failed;
        options.max_calls = max_calls;
        options.webhook_health = [](SessionKey const&) {
            WebhookHealth health;
            health.pending_events = 7;
            return health;
        };
        options.parse_config = [](std::string const& text) -> Result<SessionConfig> {
            if (text == "unreadable") return storage::StoreErrc::damaged;
            SessionConfig config;
            config.raw_json = text;
            return config;
        };
        options.on_configured = [this](SessionKey, SessionConfig, Configured) -> Task<Result<void>> {
            co_return configured;
        };
        options.on_deleted = [this](SessionKey key) -> Task<void> {
            deleted.push_back(std::move(key));
            co_return;
        };
        gateway = std::make_unique<LiveGateway>(loops, pool, *store, std::move(options));
    }
    void restart()
    {
        wait(gateway->shutdown());
        make();
        REQUIRE(wait(gateway->boot()));
    }
    template <class T>
    T wait(Task<T> work)
    {
        return wait_on(loops.executor(0), std::move(work));
    }
    SessionStatus status(SessionKey const& key) { return wait(gateway->session_info(key))->status; }
};

SessionConfig config_of(std::string json)
{
    SessionConfig config;
    config.raw_json = std::move(json);
    return config;
}

} // namespace

TEST_CASE("a session is created once, and started when asked to", "[gateway][session]")
{
    GatewayFixture fixture;
    auto const created =
        fixture.wait(fixture.gateway->create_session(fixture.c, config_of("{\"x\":1}"), true));
    REQUIRE(created.has_value());
    CHECK(created->status == SessionStatus::starting);
    auto const again = fixture.wait(fixture.gateway->create_session(fixture.c, config_of("{}"), false));
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().code == GatewayErrc::session_exists);
    CHECK(fixture.store->session(fixture.c)->config_json == "{\"x\":1}");
}

TEST_CASE("a session of one tenant does not exist for another", "[gateway][session]")
{
    GatewayFixture fixture;
    REQUIRE(fixture.wait(fixture.gateway->create_session(fixture.c, config_of("{}"), false)).has_value());
    auto const foreign = session_key("tenant-b", "other");
    CHECK(fixture.wait(fixture.gateway->session_info(foreign)).error().code ==
          GatewayErrc::session_not_found);
    CHECK(fixture.wait(fixture.gateway->start_session(foreign)).error().code ==
          GatewayErrc::session_not_found);
    CHECK(fixture.wait(fixture.gateway->qr_code(foreign)).error().code == GatewayErrc::session_not_found);
    CHECK(fixture.wait(fixture.gateway->list_sessions(foreign.tenant, true)).empty());
    CHECK(fixture.wait(fixture.gateway->list_sessions(fixture.c.tenant, true)).size() == 1);
    CHECK(fixture.wait(fixture.gateway->delete_session(foreign)).has_value());
    CHECK(fixture.status(fixture.c) == SessionStatus::stopped);
}

TEST_CASE("sessions that ran before run after a restart, the others do not", "[gateway][session]")
{
    GatewayFixture fixture;
    REQUIRE(fixture.wait(fixture.gateway->boot()));
    REQUIRE(fixture.wait(fixture.gateway->start_session(fixture.a)).has_value());
    REQUIRE(fixture.wait(fixture.gateway->start_session(fixture.b)).has_value());
    REQUIRE(fixture.wait(fixture.gateway->stop_session(fixture.b)).has_value());
    fixture.restart();
    CHECK(fixture.status(fixture.a) == SessionStatus::starting);
    CHECK(fixture.status(fixture.b) == SessionStatus::stopped);
}

TEST_CASE("a stored configuration that cannot be read is kept as it is", "[gateway][session]")
{
    GatewayFixture fixture;
    auto row = session_row(fixture.a);
    row.config_json = "unreadable";
    REQUIRE(fixture.store->update_session(row));
    REQUIRE(fixture.wait(fixture.gateway->boot()));
    REQUIRE(fixture.wait(fixture.gateway->start_session(fixture.a)).has_value());
    REQUIRE(fixture.wait(fixture.gateway->restart_session(fixture.a)).has_value());
    REQUIRE(fixture.wait(fixture.gateway->stop_session(fixture.a)).has_value());
    CHECK(fixture.store->session(fixture.a)->config_json == "unreadable");
}

TEST_CASE("a deleted session is gone, may be deleted again and may come back", "[gateway][session]")
{
    GatewayFixture fixture;
    REQUIRE(fixture.wait(fixture.gateway->boot()));
    REQUIRE(fixture.wait(fixture.gateway->start_session(fixture.a)).has_value());
    CHECK(fixture.wait(fixture.gateway->delete_session(fixture.a)).has_value());
    CHECK(fixture.deleted == std::vector{fixture.a});
    CHECK_FALSE(fixture.store->session(fixture.a));
    CHECK_FALSE(fixture.wait(fixture.gateway->find_session(fixture.a)));
    CHECK(fixture.wait(fixture.gateway->delete_session(fixture.a)).has_value());
    CHECK(fixture.deleted.size() == 1);
    CHECK(fixture.wait(fixture.gateway->create_session(fixture.a, config_of("{}"), true)).has_value());
}

TEST_CASE("an update takes effect and leaves a running session running", "[gateway][session]")
{
    GatewayFixture fixture;
    REQUIRE(fixture.wait(fixture.gateway->boot()));
    REQUIRE(fixture.wait(fixture.gateway->start_session(fixture.a)).has_value());
    auto const updated = fixture.wait(fixture.gateway->update_session(fixture.a, config_of("{\"new\":1}")));
    REQUIRE(updated.has_value());
    CHECK(updated->config.raw_json == "{\"new\":1}");
    CHECK(updated->status == SessionStatus::starting);
    CHECK(fixture.store->session(fixture.a)->config_json == "{\"new\":1}");
}

TEST_CASE("a session whose webhooks cannot be set up is not created", "[gateway][session]")
{
    GatewayFixture fixture;
    fixture.configured = RuntimeErrc::overloaded;
    auto const refused = fixture.wait(fixture.gateway->create_session(fixture.c, config_of("{}"), true));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == GatewayErrc::overloaded);
    CHECK_FALSE(fixture.store->session(fixture.c));
    fixture.configured = {};
    CHECK(fixture.wait(fixture.gateway->create_session(fixture.c, config_of("{}"), true)).has_value());
}

TEST_CASE("an update whose webhooks cannot be set up does not stop the session", "[gateway][session]")
{
    GatewayFixture fixture;
    REQUIRE(fixture.wait(fixture.gateway->boot()));
    REQUIRE(fixture.wait(fixture.gateway->start_session(fixture.a)).has_value());
    fixture.configured = storage::StoreErrc::damaged;
    auto const refused = fixture.wait(fixture.gateway->update_session(fixture.a, config_of("{}")));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == GatewayErrc::storage_failed);
    CHECK(fixture.status(fixture.a) == SessionStatus::starting);
}

TEST_CASE("changes of one session and readers of it from all loops do not disturb each other",
          "[gateway][session]")
{
    GatewayFixture fixture;
    REQUIRE(fixture.wait(fixture.gateway->boot()));
    auto& gateway = *fixture.gateway;
    auto const change = [&](int round) -> Task<void> {
        if (round % 5 == 4) co_await gateway.delete_session(fixture.a);
        co_await gateway.create_session(fixture.a, config_of("{}"), true);
        co_await gateway.update_session(fixture.a, config_of("{}"));
        co_await gateway.restart_session(fixture.a);
        co_await gateway.logout_session(fixture.a);
    };
    auto const read = [&](int) -> Task<void> {
        for (int i = 0; i < 20; ++i) {
            co_await gateway.find_session(fixture.a);
            co_await gateway.list_sessions(fixture.a.tenant, true);
            SendText request;
            request.chat = "nobody";
            co_await gateway.send_text(fixture.a, std::move(request));
        }
    };
    auto const on_each = [&](std::size_t loop, auto const& act) -> Task<void> {
        auto const executor = fixture.loops.executor(loop);
        for (int round = 0; round < 10; ++round) {
            auto work = act(round);
            co_await run_on(executor, std::move(work));
        }
    };
    auto all = [&]() -> Task<void> {
        TaskGroup group{fixture.loops.executor(0)};
        for (std::size_t loop : {0u, 1u}) {
            group.spawn("change", on_each(loop, change));
            group.spawn("read", on_each(loop, read));
        }
        co_await group.join();
    };
    fixture.wait(all());
    auto const found = fixture.wait(gateway.find_session(fixture.a));
    REQUIRE(found);
    CHECK(found->status == SessionStatus::starting);
}

TEST_CASE("calls are told what a session lacks", "[gateway][session]")
{
    GatewayFixture fixture;
    REQUIRE(fixture.wait(fixture.gateway->boot()));
    auto const code = fixture.wait(fixture.gateway->qr_code(fixture.a));
    REQUIRE_FALSE(code.has_value());
    CHECK(code.error().code == GatewayErrc::wrong_status);
    CHECK(code.error().status == SessionStatus::stopped);
    CHECK(code.error().expected == std::vector{SessionStatus::scan_qr_code});

    SendText request;
    request.chat = "no chat";
    CHECK(fixture.wait(fixture.gateway->send_text(fixture.a, request)).error().code ==
          GatewayErrc::invalid_recipient);
    CHECK(fixture.wait(fixture.gateway->request_code(fixture.a, "abc")).error().code ==
          GatewayErrc::invalid_phone_number);
    CHECK(fixture.wait(fixture.gateway->messages(fixture.a, "nobody", {})).error().code ==
          GatewayErrc::invalid_recipient);
    CHECK(fixture.wait(fixture.gateway->messages(fixture.a, "", {}))->empty());
}

TEST_CASE("health tells of failed storage and of a gateway that is going", "[gateway][session]")
{
    GatewayFixture fixture;
    REQUIRE(fixture.wait(fixture.gateway->boot()));
    auto const well = fixture.wait(fixture.gateway->health());
    CHECK(well.ok);
    CHECK(well.sessions == 2);
    CHECK(well.by_status.at(SessionStatus::stopped) == 2);
    *fixture.storage_failed = true;
    CHECK_FALSE(fixture.wait(fixture.gateway->health()).storage_ok);
    *fixture.storage_failed = false;
    fixture.wait(fixture.gateway->shutdown());
    CHECK_FALSE(fixture.wait(fixture.gateway->health()).ok);
    CHECK(fixture.wait(fixture.gateway->create_session(fixture.c, config_of("{}"), true)).error().code ==
          GatewayErrc::shutting_down);
}

TEST_CASE("while it is going a gateway refuses new work and still tells what there is", "[gateway][session]")
{
    GatewayFixture fixture;
    REQUIRE(fixture.wait(fixture.gateway->boot()));
    REQUIRE(fixture.wait(fixture.gateway->start_session(fixture.a)).has_value());
    fixture.gateway->drain(Milliseconds::zero());
    auto const health = fixture.wait(fixture.gateway->health());
    CHECK(health.draining);
    CHECK_FALSE(health.ok);
    CHECK(health.sessions == 2);
    SendText request;
    request.chat = "491701234567";
    auto const refused = fixture.wait(fixture.gateway->send_text(fixture.a, request));
    CHECK(refused.error().code == GatewayErrc::shutting_down);
    CHECK(refused.error().retry_after);
    CHECK(fixture.wait(fixture.gateway->stop_session(fixture.a)).error().code == GatewayErrc::shutting_down);
    CHECK(fixture.wait(fixture.gateway->qr_code(fixture.a)).error().code == GatewayErrc::shutting_down);
    CHECK(fixture.status(fixture.a) == SessionStatus::starting);
    CHECK(fixture.wait(fixture.gateway->calls_ended(std::chrono::seconds(1))));

    // Readers of the event log still have events to deliver.
    fixture.wait(fixture.gateway->shutdown());
    auto const found = fixture.wait(fixture.gateway->find_session(fixture.a));
    REQUIRE(found);
    CHECK(found->status == SessionStatus::stopped);
    CHECK(fixture.wait(fixture.gateway->list_sessions(fixture.a.tenant, true)).size() == 1);
}

TEST_CASE("what is known about a session's webhooks is part of what is told about it", "[gateway][session]")
{
    GatewayFixture fixture;
    REQUIRE(fixture.wait(fixture.gateway->boot()));
    auto const info = fixture.wait(fixture.gateway->session_info(fixture.a));
    REQUIRE(info.has_value());
    CHECK(info->health.webhooks.pending_events == 7);
    CHECK_FALSE(info->health.connection.healthy);
    CHECK(info->health.unfinished_sends == 0);
}

TEST_CASE("a session takes a bounded number of calls, another is not disturbed", "[gateway][session]")
{
    GatewayFixture fixture;
    REQUIRE(fixture.wait(fixture.gateway->boot()));
    fixture.max_calls = 1;
    fixture.restart();
    REQUIRE(fixture.wait(fixture.gateway->start_session(fixture.a)).has_value());
    auto both = [&]() -> Task<std::vector<Outcome<QrCode>>> {
        std::vector<Outcome<QrCode>> answers;
        // Its session waits for a code until the gateway goes; it was asked first.
        auto ask = [&]() -> Task<void> {
            auto answer = co_await fixture.gateway->qr_code(fixture.a);
            answers.push_back(std::move(answer));
        };
        TaskGroup group{fixture.loops.executor(0)};
        group.spawn("first", ask());
        group.spawn("second", ask());
        while (answers.empty())
            co_await run_blocking(fixture.pool, [] {});
        auto const other = co_await fixture.gateway->qr_code(fixture.b);
        CHECK(other.error().code == GatewayErrc::wrong_status);
        fixture.gateway->drain(Milliseconds::zero());
        co_await group.join();
        co_return answers;
    };
    auto const answers = fixture.wait(both());
    REQUIRE(answers.size() == 2);
    CHECK(answers[0].error().code == GatewayErrc::overloaded);
    CHECK(answers[1].error().code == GatewayErrc::wrong_status);
}

TEST_CASE("what became of a send is told by the outbox and by the message", "[gateway][session]")
{
    GatewayFixture fixture;
    REQUIRE(fixture.wait(fixture.gateway->boot()));
    auto const put = [&](std::string_view id, Ack ack, std::optional<std::string> stanza) {
        auto message = text_message("491701234567", id, "hello");
        message.from_me = true;
        message.origin = MessageOrigin::api;
        message.ack = ack;
        if (ack == Ack::error) message.failure = SendFailure{463, start_time};
        UnitOfWork work;
        if (stanza) work.outbox_put.push_back({message.id, message.chat, to_bytes(*stanza), start_time});
        work.messages.push_back(std::move(message));
        fixture.commit(fixture.a, std::move(work));
    };
    put("QUEUED", Ack::pending, "");
    put("SENDING", Ack::pending, "stanza");
    put("SENT", Ack::server, std::nullopt);
    put("READ", Ack::read, std::nullopt);
    put("FAILED", Ack::error, std::nullopt);
    auto received = text_message("491701234567", "RECEIVED", "hi");
    auto typed = text_message("491701234567", "TYPED", "from the phone");
    typed.from_me = true;
    typed.origin = MessageOrigin::app;
    UnitOfWork work;
    work.messages = {received, typed};
    fixture.commit(fixture.a, std::move(work));

    auto const ask = [&](std::string id, SessionKey const& key) {
        return fixture.wait(fixture.gateway->send_status(key, std::move(id)));
    };
    CHECK(ask("QUEUED", fixture.a)->state == SendState::queued);
    CHECK(ask("SENDING", fixture.a)->state == SendState::sending);
    CHECK(ask("SENT", fixture.a)->state == SendState::sent);
    CHECK(ask("true_491701234567@c.us_READ", fixture.a)->state == SendState::sent);
    auto const failed = ask("FAILED", fixture.a);
    CHECK(failed->state == SendState::failed);
    CHECK(failed->message.failure == SendFailure{463, start_time});
    for (auto const* id : {"RECEIVED", "TYPED", "NOBODY", "false_491701234567@c.us_SENT", "not an id"}) {
        CAPTURE(id);
        CHECK(ask(id, fixture.a).error().code == GatewayErrc::message_not_found);
    }
    CHECK(ask("SENT", fixture.b).error().code == GatewayErrc::message_not_found);
    CHECK(ask("SENT", fixture.c).error().code == GatewayErrc::session_not_found);
}
