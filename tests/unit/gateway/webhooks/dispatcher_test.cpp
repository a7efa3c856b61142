#include "gateway/webhooks/dispatcher.hpp"

#include "gateway/runtime/event_loops.hpp"
#include "gateway/runtime/hop.hpp"
#include "protocol/crypto/crypto.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

#include <condition_variable>

using namespace wagate;
using namespace wagate::gateway;
using namespace wagate::gateway::webhooks;
using namespace wagate::test;
using namespace std::chrono_literals;

namespace {

/// Longer than any test takes; waiting this long is a failure.
constexpr auto patience = 20s;

/// Records requests and answers by script: 200 unless told otherwise for a URL.
class FakeClient final : public transport::HttpClient {
public:
    using Answer = Result<transport::HttpResponse>;

    Task<Answer> request(transport::HttpRequest request) override
    {
        auto const url = request.url;
        auto answer = record(std::move(request));
        if (hangs(url)) co_await sleep_for(1h);
        co_return answer;
    }

    /// The next answers for this URL; after them 200 again.
    void answer(std::string const& url, std::vector<Answer> answers)
    {
        std::lock_guard const lock{mutex_};
        script_[url].insert(script_[url].end(), answers.begin(), answers.end());
    }
    void hang(std::string const& url)
    {
        std::lock_guard const lock{mutex_};
        hanging_ = url;
    }
    std::vector<transport::HttpRequest> wait_for(std::size_t count)
    {
        std::unique_lock lock{mutex_};
        REQUIRE(arrival_.wait_for(lock, patience, [&] { return requests_.size() >= count; }));
        return requests_;
    }
    std::size_t count()
    {
        std::lock_guard const lock{mutex_};
        return requests_.size();
    }

private:
    Answer record(transport::HttpRequest request)
    {
        std::lock_guard const lock{mutex_};
        Answer answer = transport::HttpResponse{200, {}, {}, false};
        if (auto& script = script_[request.url]; !script.empty()) {
            answer = script.front();
            script.erase(script.begin());
        }
        requests_.push_back(std::move(request));
        arrival_.notify_all();
        return answer;
    }
    bool hangs(std::string const& url)
    {
        std::lock_guard const lock{mutex_};
        return hanging_ == url;
    }

    std::mutex mutex_;
    std::condition_variable arrival_;
    std::vector<transport::HttpRequest> requests_;
    std::map<std::string, std::vector<Answer>> script_;
    std::string hanging_;
};

transport::HttpResponse status(unsigned code, transport::HttpHeaders headers = {})
{
    return {code, std::move(headers), {}, false};
}

/// As a second rendering's id is made of the first one, and back.
std::string other_id(std::string const& id)
{
    return id.ends_with("-any") ? id.substr(0, id.size() - 4) : id + "-any";
}

/// "message" and "message.any" for a message, "webhook.state" and "session.status" for the rest.
std::vector<RenderedEvent> render(SessionInfo const& info, storage::StoredEvent const& event, Rendering)
{
    auto const& tenant = info.key.tenant.value;
    if (auto const* appeared = std::get_if<MessageAppeared>(&event.event.body))
        return {{"message", event.id, tenant + ":" + appeared->message.body},
                {"message.any", other_id(event.id), tenant + ":any:" + appeared->message.body}};
    if (auto const* changed = std::get_if<WebhookStateChanged>(&event.event.body))
        return {{"webhook.state", event.id, tenant + ":webhook:" + changed->reason}};
    return {
        {"session.status", event.id, tenant + ":" + std::get<SessionStatusChanged>(event.event.body).detail}};
}

Task<std::optional<SessionInfo>> info_of(SessionKey session)
{
    SessionInfo info;
    info.key = std::move(session);
    co_return info;
}

struct DispatcherFixture : StoreFixture {
    EventLoops loops{2};
    BlockingPool pool{1, 1'000};
    FakeClient client;
    crypto::SystemRandom random;
    std::atomic<std::int64_t> time_ms =
        1'700'000'000'000; ///< passes only while all that is left to do is to wait
    std::mutex mutex;
    std::vector<Milliseconds> pauses;
    bool pauses_end = true; ///< false: a pause ends only by a stop
    std::unique_ptr<EventFeed> feed = std::make_unique<EventFeed>(*store);
    std::unique_ptr<WebhookDispatcher> dispatcher;

    DispatcherFixture()
    {
        loops.start();
        start();
    }
    ~DispatcherFixture()
    {
        if (dispatcher) stop();
        loops.stop();
        loops.join();
    }

    void start()
    {
        DeliveryContext context{*store, client, pool, random, render, info_of, "wagate/0", {}, {}};
        context.now = [this] { return wall_from_milliseconds(time_ms); };
        context.pause = [this](Wakeup& early, Duration duration) { return pause(early, duration); };
        dispatcher =
            std::make_unique<WebhookDispatcher>(std::move(context), *feed, [this](SessionKey const& session) {
                return loops.executor_for(std::hash<SessionKey>{}(session));
            });
    }
    Task<void> pause(Wakeup& early, Duration duration)
    {
        bool is_over = false;
        {
            std::lock_guard const lock{mutex};
            pauses.push_back(std::chrono::duration_cast<Milliseconds>(duration));
            is_over = pauses_end;
        }
        if (is_over)
            time_ms += std::chrono::duration_cast<Milliseconds>(duration).count();
        else
            co_await early.wait();
    }
    void stop()
    {
        wait_on(loops.executor(0), dispatcher->stop(5s));
        dispatcher.reset();
    }
    void restart()
    {
        stop();
        feed = std::make_unique<EventFeed>(*store);
        start();
    }
    void configure(SessionKey const& session, std::vector<WebhookConfig> webhooks,
                   bool enables_disabled = false)
    {
        wait_on(loops.executor(0),
                dispatcher->configure(session, make_endpoints({}, webhooks), enables_disabled))
            .value();
    }
    template <class T>
    T ask(Task<T> task)
    {
        return wait_on(loops.executor(0), std::move(task));
    }
    template <class T>
    T gain(Task<Outcome<T>> task)
    {
        auto outcome = ask(std::move(task));
        REQUIRE(outcome.has_value());
        return std::move(*outcome);
    }
    EndpointStatus status_of(SessionKey const& session) { return gain(dispatcher->endpoints(session)).at(0); }
    WebhookHealth health_of(SessionKey const& session)
    {
        auto read = [this](SessionKey key) -> Task<WebhookHealth> { co_return dispatcher->health(key); };
        return wait_on(loops.executor_for(std::hash<SessionKey>{}(session)), read(session));
    }
    std::vector<storage::DeadLetter> letters(TenantId const& tenant)
    {
        return gain(dispatcher->dead_letters(tenant, {}));
    }
    /// Letters go to the store, or from it, a little after the request that decides about them.
    void wait_for_letters(TenantId const& tenant, std::size_t count)
    {
        auto const end = std::chrono::steady_clock::now() + patience;
        while (letters(tenant).size() != count)
            REQUIRE(std::chrono::steady_clock::now() < end);
    }
    void append_message(SessionKey const& session, std::string_view chat, std::string_view body)
    {
        commit(session, event_unit({{start_time, MessageAppeared{text_message(chat, body, body)}}}));
    }
    void append(SessionKey const& session, std::initializer_list<char const*> details)
    {
        std::vector<Event> events;
        for (auto const* detail : details)
            events.push_back(status_event(detail));
        commit(session, event_unit(std::move(events)));
    }
    std::optional<std::uint64_t> cursor_of(SessionKey const& session, WebhookConfig const& webhook)
    {
        auto const state = store->delivery_state(session, make_endpoints({}, std::vector{webhook})[0].id);
        if (!state) return std::nullopt;
        return state->sequence;
    }
};

WebhookConfig webhook(std::string url, std::vector<std::string> events = {"*"})
{
    WebhookConfig config;
    config.url = std::move(url);
    config.events = std::move(events);
    config.retries_given = true;
    config.attempts = 3;
    return config;
}

std::vector<std::string> bodies(std::vector<transport::HttpRequest> const& requests)
{
    std::vector<std::string> found;
    for (auto const& request : requests)
        found.push_back(request.body);
    return found;
}

std::string header(transport::HttpRequest const& request, std::string_view name)
{
    for (auto const& [key, value] : request.headers)
        if (key == name) return value;
    return {};
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE_METHOD(DispatcherFixture, "events reach an endpoint once each, in order", "[gateway][webhooks]")
{
    configure(a, {webhook("http://one")});
    append(a, {"1", "2"});
    append(a, {"3"});
    auto const requests = client.wait_for(3);
    CHECK(bodies(requests) == Texts{"tenant-a:1", "tenant-a:2", "tenant-a:3"});
    auto const events = store->events_after(a, 0, 10);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(header(requests[i], "X-Webhook-Request-Id") == events[i].id);
    stop();
    CHECK(client.count() == 3);
    CHECK(cursor_of(a, webhook("http://one")) == 3);
}

TEST_CASE_METHOD(DispatcherFixture, "a failed attempt is repeated with the same id and a new timestamp",
                 "[gateway][webhooks]")
{
    client.answer("http://one", {status(500), status(302), status(200)});
    configure(a, {webhook("http://one")});
    append(a, {"1", "2"});
    auto const requests = client.wait_for(4);
    CHECK(bodies(requests) == Texts{"tenant-a:1", "tenant-a:1", "tenant-a:1", "tenant-a:2"});
    CHECK(header(requests[0], "X-Webhook-Request-Id") == header(requests[2], "X-Webhook-Request-Id"));
    CHECK(header(requests[0], "X-Webhook-Timestamp") != header(requests[1], "X-Webhook-Timestamp"));
    std::lock_guard const lock{mutex};
    CHECK(pauses == std::vector<Milliseconds>{2s, 2s});
}

TEST_CASE_METHOD(DispatcherFixture, "after its attempts an event is given up and the next one follows",
                 "[gateway][webhooks]")
{
    ErrorCode const refused = boost::system::errc::make_error_code(boost::system::errc::connection_refused);
    client.answer("http://one", {refused, status(404), refused});
    configure(a, {webhook("http://one")});
    append(a, {"lost", "next"});
    CHECK(bodies(client.wait_for(4)) ==
          Texts{"tenant-a:lost", "tenant-a:lost", "tenant-a:lost", "tenant-a:next"});
    stop();
    CHECK(cursor_of(a, webhook("http://one")) == 2);
}

TEST_CASE_METHOD(DispatcherFixture, "Retry-After lengthens the pause and never shortens it",
                 "[gateway][webhooks]")
{
    client.answer("http://one", {status(429, {{"Retry-After", "30"}}), status(503, {{"Retry-After", "0"}})});
    configure(a, {webhook("http://one")});
    append(a, {"1"});
    client.wait_for(3);
    std::lock_guard const lock{mutex};
    CHECK(pauses == std::vector<Milliseconds>{30s, 2s});
}

TEST_CASE_METHOD(DispatcherFixture, "only subscribed events are sent, and one event may be several",
                 "[gateway][webhooks]")
{
    configure(a, {webhook("http://all"), webhook("http://any", {"message.*"}),
                  webhook("http://none", {"call.received"})});
    auto unit = event_unit({status_event("s")});
    unit.events.push_back({start_time, MessageAppeared{text_message("100", "M", "hi")}});
    commit(a, std::move(unit));
    client.wait_for(4);
    stop();
    Texts all;
    Texts any;
    for (auto const& request : client.wait_for(4))
        (request.url == "http://all" ? all : any).push_back(request.body);
    std::sort(all.begin(), all.end()); // the chat's events are in order, those of the session go beside them
    CHECK(all == Texts{"tenant-a:any:hi", "tenant-a:hi", "tenant-a:s"});
    CHECK(any == Texts{"tenant-a:any:hi"});
    CHECK(cursor_of(a, webhook("http://none")) == 2);
}

TEST_CASE_METHOD(DispatcherFixture, "an endpoint that fails does not hold up another", "[gateway][webhooks]")
{
    pauses_end = false;
    client.answer("http://bad", {status(500), status(500)});
    configure(a, {webhook("http://bad"), webhook("http://good")});
    append(a, {"1", "2", "3"});
    client.wait_for(4);
    stop();
    std::size_t good = 0;
    for (auto const& request : client.wait_for(4))
        good += request.url == "http://good";
    CHECK(good == 3);
    CHECK(client.count() == 4);
    CHECK(cursor_of(a, webhook("http://bad")) == 0);
}

TEST_CASE_METHOD(DispatcherFixture, "after a restart delivery goes on where it stood", "[gateway][webhooks]")
{
    pauses_end = false;
    client.answer("http://one", {status(200), status(500)});
    configure(a, {webhook("http://one")});
    append(a, {"1", "2"});
    auto const before = client.wait_for(2);
    stop(); // during the pause before the second attempt of "2"

    append(a, {"while down"});
    feed = std::make_unique<EventFeed>(*store);
    pauses_end = true;
    start();
    configure(a, {webhook("http://one")});
    auto const requests = client.wait_for(4);
    CHECK(bodies(requests) == Texts{"tenant-a:1", "tenant-a:2", "tenant-a:2", "tenant-a:while down"});
    CHECK(header(requests[1], "X-Webhook-Request-Id") == header(requests[2], "X-Webhook-Request-Id"));
}

TEST_CASE_METHOD(DispatcherFixture, "a new endpoint begins behind what is already in the log",
                 "[gateway][webhooks]")
{
    append(a, {"old"});
    configure(a, {webhook("http://one")});
    CHECK(cursor_of(a, webhook("http://one")) == 1);
    append(a, {"new"});
    CHECK(bodies(client.wait_for(1)) == Texts{"tenant-a:new"});
}

TEST_CASE_METHOD(DispatcherFixture, "a session of the same name under another tenant is not heard",
                 "[gateway][webhooks]")
{
    configure(a, {webhook("http://one")});
    configure(b, {webhook("http://two")});
    append(b, {"for b"});
    append(a, {"for a"});
    client.wait_for(2);
    stop();
    for (auto const& request : client.wait_for(2))
        CHECK(request.body == (request.url == "http://one" ? "tenant-a:for a" : "tenant-b:for b"));
    CHECK(client.count() == 2);
}

TEST_CASE_METHOD(DispatcherFixture, "a changed webhook keeps its place, a removed one loses it",
                 "[gateway][webhooks]")
{
    configure(a, {webhook("http://one", {"message"}), webhook("http://two")});
    append(a, {"1"});
    CHECK(client.wait_for(1)[0].url == "http://two");
    auto changed = webhook("http://one");
    changed.hmac_key = "key";
    configure(a, {changed});
    CHECK(cursor_of(a, webhook("http://two")) == std::nullopt);
    append(a, {"2"});
    auto const requests = client.wait_for(2);
    CHECK(requests.back().url == "http://one");
    CHECK(requests.back().body == "tenant-a:2");
    CHECK(header(requests.back(), "X-Webhook-Hmac") == signature("key", "tenant-a:2"));
    stop();
    CHECK(client.count() == 2);
}

TEST_CASE_METHOD(DispatcherFixture, "removing a session cancels the request at hand", "[gateway][webhooks]")
{
    client.hang("http://one");
    configure(a, {webhook("http://one")});
    append(a, {"1"});
    client.wait_for(1);
    wait_on(loops.executor(0), dispatcher->remove(a));
    store->erase_session(a).value();
    append(b, {"other"});
    stop();
    CHECK(client.count() == 1);
}

TEST_CASE_METHOD(DispatcherFixture, "an endpoint of a session that is not stored is refused",
                 "[gateway][webhooks]")
{
    auto const unknown = session_key("tenant-a", "none");
    std::vector const webhooks{webhook("http://one")};
    auto const outcome =
        wait_on(loops.executor(0), dispatcher->configure(unknown, make_endpoints({}, webhooks)));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == storage::StoreErrc::not_found);
}

TEST_CASE_METHOD(DispatcherFixture, "a chat that fails holds up itself only, also over a restart",
                 "[gateway][webhooks]")
{
    pauses_end = false;
    client.answer("http://one", {status(500)});
    configure(a, {webhook("http://one", {"message"})});
    append_message(a, "100", "bad 1");
    client.wait_for(1);
    append_message(a, "100", "bad 2");
    append_message(a, "200", "good");
    CHECK(client.wait_for(2)[1].body == "tenant-a:good");
    CHECK(status_of(a).last_failure->status == 500);
    stop();
    CHECK(client.count() == 2);
    feed = std::make_unique<EventFeed>(*store);
    pauses_end = true;
    start();
    configure(a, {webhook("http://one", {"message"})});
    auto const requests = client.wait_for(4);
    CHECK(requests[2].body == "tenant-a:bad 1");
    CHECK(header(requests[2], "X-Webhook-Attempt") == "2");
    CHECK(header(requests[2], "webhook-id") == header(requests[0], "webhook-id"));
    CHECK(requests[3].body == "tenant-a:bad 2");
    stop();
    CHECK(client.count() == 4);
    CHECK(cursor_of(a, webhook("http://one")) == 3);
}

TEST_CASE_METHOD(DispatcherFixture, "what is given up is a dead letter that can be sent again",
                 "[gateway][webhooks]")
{
    client.answer("http://one", {status(500), status(500), status(502)});
    configure(a, {webhook("http://one", {"message.any"})});
    append_message(a, "100", "lost");
    auto const failed = client.wait_for(3);
    wait_for_letters(a.tenant, 1);
    auto const letter = letters(a.tenant).at(0);
    CHECK(letter.session == a);
    CHECK(letter.url == "http://one");
    CHECK(letter.sequence == 1);
    CHECK(letter.event_name == "message.any");
    CHECK(letter.event_id == header(failed[0], "webhook-id"));
    CHECK(letter.attempts == 3);
    CHECK(letter.status == 502);
    CHECK(letter.reason == "exhausted");
    CHECK(letters(b.tenant).empty());
    CHECK(gain(dispatcher->replay(b.tenant, {})) == 0);

    restart(); // it is durable, and so is the progress past it
    configure(a, {webhook("http://one", {"message.any"})});
    client.answer("http://one", {status(503)});
    Replay replay;
    replay.which.numbers = {letter.number};
    CHECK(gain(dispatcher->replay(a.tenant, replay)) == 1);
    client.wait_for(4);
    CHECK(letters(a.tenant).size() == 1);
    // What is being sent is not taken twice; until the first replay has ended none is taken.
    std::size_t taken = 0;
    auto const end = std::chrono::steady_clock::now() + patience;
    while (taken == 0 && std::chrono::steady_clock::now() < end)
        taken = gain(dispatcher->replay(a.tenant, {}));
    CHECK(taken == 1);
    auto const requests = client.wait_for(5);
    CHECK(requests[4].body == "tenant-a:any:lost");
    CHECK(header(requests[4], "webhook-id") == letter.event_id);
    CHECK(header(requests[4], "X-Webhook-Request-Id") == letter.event_id);
    CHECK(header(requests[4], "webhook-replay") == "1");
    CHECK(header(requests[4], "X-Webhook-Attempt") == "4");
    CHECK(header(requests[2], "webhook-replay").empty());
    wait_for_letters(a.tenant, 0);
    stop();
    CHECK(client.count() == 5);
}

TEST_CASE_METHOD(DispatcherFixture,
                 "a replay takes a letter once, oldest first, and at the rate it was given",
                 "[gateway][webhooks]")
{
    auto config = webhook("http://one");
    config.attempts = 1;
    client.answer("http://one", {status(500), status(500), status(500)});
    configure(a, {config});
    append(a, {"1", "2", "3"});
    wait_for_letters(a.tenant, 3);
    pauses_end = false; // so that the replay stops at the pause before its second letter
    Replay replay;
    replay.per_second = 0.5;
    CHECK(gain(dispatcher->replay(a.tenant, replay)) == 3);
    CHECK(client.wait_for(4)[3].body == "tenant-a:1");
    wait_for_letters(a.tenant, 2);
    CHECK(gain(dispatcher->replay(a.tenant, replay)) == 0);
    stop(); // ends it
    CHECK(client.count() == 4);
    {
        std::lock_guard const lock{mutex};
        CHECK(pauses.back() == 2s);
    }

    feed = std::make_unique<EventFeed>(*store);
    pauses_end = true;
    start();
    configure(a, {webhook("http://two")});
    CHECK(gain(dispatcher->replay(a.tenant, replay)) == 0); // their endpoint is gone
    storage::DeadLetterQuery query;
    query.session = a.name;
    query.limit = 1;
    CHECK(gain(dispatcher->purge(a.tenant, query)) == 1);
    CHECK(letters(a.tenant).at(0).sequence == 3);
    query.limit = 100;
    CHECK(gain(dispatcher->purge(a.tenant, query)) == 1);
    CHECK(letters(a.tenant).empty());
}

TEST_CASE_METHOD(DispatcherFixture, "an endpoint that is gone is disabled until someone enables it",
                 "[gateway][webhooks]")
{
    client.answer("http://gone", {status(410)});
    configure(a, {webhook("http://gone"), webhook("http://other", {"webhook.state"})});
    append(a, {"1"});
    // The other channels tell of it.
    auto const requests = client.wait_for(2);
    CHECK(requests[1].url == "http://other");
    CHECK(requests[1].body == "tenant-a:webhook:gone");
    restart();
    configure(a, {webhook("http://gone")}); // as a boot does
    append(a, {"2"});
    auto const disabled = status_of(a);
    CHECK_FALSE(disabled.enabled);
    CHECK(disabled.disabled_reason == "gone");
    CHECK(disabled.disabled_at);
    CHECK(disabled.last_failure->status == 410);
    auto const health = health_of(a);
    CHECK(health.disabled == std::vector{disabled.id});
    CHECK(health.last_failure->endpoint == disabled.id);
    CHECK(health.pending_events >= 2);
    CHECK(client.count() == 2);
    SECTION("by name")
    {
        CHECK(ask(dispatcher->enable(a, "none")).error().code == GatewayErrc::endpoint_not_found);
        CHECK(ask(dispatcher->enable(b, disabled.id)).has_error());
        CHECK(ask(dispatcher->enable(a, disabled.id)).has_value());
    }
    SECTION("by a change of the configuration")
    {
        configure(a, {webhook("http://gone")}, true);
    }
    auto const all = bodies(client.wait_for(6));
    CHECK(Texts(all.begin() + 2, all.end()) ==
          Texts{"tenant-a:1", "tenant-a:webhook:gone", "tenant-a:2", "tenant-a:webhook:enabled"});
    CHECK(status_of(a).enabled);
    CHECK(health_of(a).disabled.empty());
    stop();
    CHECK(client.count() == 6);
}

TEST_CASE_METHOD(DispatcherFixture, "the backlog is told without reading the store", "[gateway][webhooks]")
{
    pauses_end = false;
    client.answer("http://one", {status(500)});
    configure(a, {webhook("http://one"), webhook("http://two")});
    append(a, {"1", "2", "3"});
    client.wait_for(4);
    auto const end = std::chrono::steady_clock::now() + patience;
    while (health_of(a).pending_events != 3)
        REQUIRE(std::chrono::steady_clock::now() < end);
    CHECK(health_of(a).last_failure->attempt == 1);
    CHECK(health_of(b).pending_events == 0);
}

TEST_CASE("a replay's moments are as far apart as its rate says", "[gateway][webhooks]")
{
    ReplayPace pace{4};
    auto const now = wall_from_seconds(1'000);
    CHECK(pace.reserve(now) == 0ms);
    CHECK(pace.reserve(now) == 250ms);
    CHECK(pace.reserve(now) == 500ms);
    CHECK(pace.reserve(now + 10s) == 0ms);
    CHECK(pace.reserve(now + 10s) == 250ms);
}
