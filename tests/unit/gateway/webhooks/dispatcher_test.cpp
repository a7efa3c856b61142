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

/// "message" and "message.any" for a message, "session.status" for the rest.
std::vector<RenderedEvent> render(SessionInfo const& info, storage::StoredEvent const& event)
{
    if (auto const* appeared = std::get_if<MessageAppeared>(&event.event.body))
        return {{"message", event.id, info.key.tenant.value + ":" + appeared->message.body},
                {"message.any", event.id + "-any", info.key.tenant.value + ":any:" + appeared->message.body}};
    return {{"session.status", event.id,
             info.key.tenant.value + ":" + std::get<SessionStatusChanged>(event.event.body).detail}};
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
    std::atomic<std::int64_t> time_ms = 1'000;
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
        context.now = [this] { return wall_from_milliseconds(++time_ms); };
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
        if (!is_over) co_await early.wait();
    }
    void stop()
    {
        wait_on(loops.executor(0), dispatcher->stop(5s));
        dispatcher.reset();
    }
    void configure(SessionKey const& session, std::vector<WebhookConfig> webhooks)
    {
        wait_on(loops.executor(0), dispatcher->configure(session, make_endpoints({}, webhooks))).value();
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
        return store->cursor(session, make_endpoints({}, std::vector{webhook})[0].id);
    }
};

WebhookConfig webhook(std::string url, std::vector<std::string> events = {"*"})
{
    WebhookConfig config;
    config.url = std::move(url);
    config.events = std::move(events);
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
    client.answer("http://one", {refused, status(410), refused});
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
    CHECK(all == Texts{"tenant-a:s", "tenant-a:hi", "tenant-a:any:hi"});
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
