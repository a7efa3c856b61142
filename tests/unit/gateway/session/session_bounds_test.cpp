// What a session takes on is bounded, and so is the time in which it ends (O2).
#include "gateway/session/session_actor.hpp"
#include "tests/unit/gateway/session/held_store.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::gateway;
using namespace wagate::test;
using namespace std::chrono_literals;

namespace {

/// A connection whose other side is the test.
class FakeLink final : public transport::Link {
public:
    struct Line {
        explicit Line(Executor const& executor) : news(executor) {}
        Wakeup news;
        std::deque<Bytes> incoming;
        std::size_t reads = 0;
        bool is_closed = false;
    };
    explicit FakeLink(std::shared_ptr<Line> line) : line_(std::move(line)) {}

    Task<Result<Bytes>> read() override
    {
        ++line_->reads;
        while (line_->incoming.empty() && !line_->is_closed)
            co_await line_->news.wait();
        if (line_->is_closed)
            co_return boost::system::errc::make_error_code(boost::system::errc::not_connected);
        auto bytes = std::move(line_->incoming.front());
        line_->incoming.pop_front();
        co_return bytes;
    }
    Task<Result<void>> write(Bytes) override { co_return Result<void>(); }
    void close() noexcept override
    {
        line_->is_closed = true;
        line_->news.notify();
    }

private:
    std::shared_ptr<Line> line_;
};

/// Actors on a loop that only runs when the test says so, over a store that commits when it says so.
struct BoundsFixture : StoreFixture {
    boost::asio::io_context loop{1};
    Executor executor = loop.get_executor();
    BlockingPool pool{1, 100};
    HeldStore held{*store};
    SessionContext context{.store = held, .pool = pool, .endpoint = {}, .engine = {}};
    AsyncSemaphore connecting{executor, 1};
    std::shared_ptr<FakeLink::Line> line = std::make_shared<FakeLink::Line>(executor);
    std::size_t opened = 0;
    std::vector<std::shared_ptr<SessionActor>> actors;
    TaskGroup group{executor};

    BoundsFixture()
    {
        context.open_link = [this](transport::LinkEndpoint,
                                   Milliseconds) -> Task<Result<std::unique_ptr<transport::Link>>> {
            ++opened;
            std::unique_ptr<transport::Link> link = std::make_unique<FakeLink>(line);
            co_return link;
        };
    }
    ~BoundsFixture()
    {
        held.is_full = false;
        held.queued = 0;
        TaskGroup closing{executor};
        for (auto const& actor : actors)
            closing.spawn("close", actor->close(std::chrono::steady_clock::now()));
        while (closing.size() + group.size() > 0)
            poll();
        held.release();
        poll();
    }
    SessionActor& make(SessionKey const& key)
    {
        actors.push_back(std::make_shared<SessionActor>(executor, key, SessionConfig{}, context, connecting));
        return *actors.back();
    }
    SessionActor& started(SessionKey const& key)
    {
        auto& actor = make(key);
        actor.start(StatusReason::requested);
        poll();
        return actor;
    }
    void poll()
    {
        loop.restart();
        loop.poll();
    }
    /// Takes what the actor does with it until nothing happens any more.
    void settle()
    {
        while (held.held() > 0) {
            held.release();
            poll();
        }
    }
    using Answer = std::shared_ptr<std::optional<Outcome<SentMessage>>>;
    Answer send(SessionActor& actor, std::string text = "hello", std::optional<IdempotencyKey> key = {})
    {
        auto answer = std::make_shared<std::optional<Outcome<SentMessage>>>();
        SendText request;
        request.chat = "491701234567";
        request.text = std::move(text);
        request.key = key;
        group.spawn("send", keep(actor.send_text(std::move(request)), answer));
        poll();
        return answer;
    }
    template <class Value>
    static Task<void> keep(Task<Value> task, std::shared_ptr<std::optional<Value>> result)
    {
        result->emplace(co_await std::move(task));
    }
};

/// Whether it was refused for `code`, saying when to try again.
bool is_refused(BoundsFixture::Answer const& answer, GatewayErrc code)
{
    return answer->has_value() && !(*answer)->has_value() && (*answer)->error().code == code &&
           (*answer)->error().retry_after.has_value();
}

/// The beginning of a frame that never ends: the engine waits for the rest.
Bytes half_frame()
{
    return Bytes{0x01, 0x00, 0x00, 0x01};
}

} // namespace

TEST_CASE("more sends than a session may have waiting are refused until one of them has ended",
          "[gateway][session][bounds]")
{
    BoundsFixture fixture;
    fixture.context.max_sends = 2;
    auto& actor = fixture.started(fixture.a);
    auto const first = fixture.send(actor);
    auto const second = fixture.send(actor);
    CHECK_FALSE(first->has_value());
    CHECK(is_refused(fixture.send(actor), GatewayErrc::overloaded));

    actor.stop(StatusReason::requested);
    fixture.poll();
    REQUIRE(first->has_value());
    CHECK((*first)->error().code == GatewayErrc::wrong_status);
    CHECK((*second)->error().code == GatewayErrc::wrong_status);
    actor.start(StatusReason::requested);
    fixture.poll();
    CHECK_FALSE(fixture.send(actor)->has_value());
}

TEST_CASE("sends that wait are bounded in bytes too", "[gateway][session][bounds]")
{
    BoundsFixture fixture;
    fixture.context.max_send_bytes = 100'000;
    auto& actor = fixture.started(fixture.a);
    // One alone is taken, however large it is.
    CHECK_FALSE(fixture.send(actor, std::string(90'000, 'x'))->has_value());
    CHECK(is_refused(fixture.send(actor, "one more"), GatewayErrc::overloaded));
}

TEST_CASE("a tenant whose share of the queue is used up is refused while another goes on",
          "[gateway][session][bounds]")
{
    BoundsFixture fixture;
    auto& full = fixture.started(fixture.a);
    auto& other = fixture.started(fixture.b);
    auto const share = fixture.context.shares->share_of(fixture.a.tenant);
    *share += fixture.context.max_tenant_queue_bytes;
    CHECK(is_refused(fixture.send(full), GatewayErrc::overloaded));
    auto const waiting = fixture.send(other);
    CHECK_FALSE(waiting->has_value());
    *share -= fixture.context.max_tenant_queue_bytes;
    CHECK_FALSE(fixture.send(full)->has_value());
    // The queue as a whole is everybody's.
    fixture.held.queued = fixture.context.max_store_queue_bytes + 1;
    CHECK(is_refused(fixture.send(other), GatewayErrc::overloaded));
}

TEST_CASE("what waits in storage is counted for the tenant until storage has answered",
          "[gateway][session][bounds]")
{
    BoundsFixture fixture;
    auto const share = fixture.context.shares->share_of(fixture.a.tenant);
    auto const other = fixture.context.shares->share_of(fixture.b.tenant);
    fixture.started(fixture.a);
    CHECK(*share > 0);
    CHECK(*other == 0);
    fixture.settle();
    CHECK(*share == 0);
}

TEST_CASE("without space on the disk nothing new is promised", "[gateway][session][bounds]")
{
    BoundsFixture fixture;
    auto& actor = fixture.started(fixture.a);
    fixture.held.is_full = true;
    CHECK(is_refused(fixture.send(actor), GatewayErrc::storage_full));
    fixture.held.is_full = false;
    CHECK_FALSE(fixture.send(actor)->has_value());
}

TEST_CASE("a session does not connect while storage takes nothing, and does once it takes",
          "[gateway][session][bounds]")
{
    BoundsFixture fixture;
    fixture.held.is_full = true;
    fixture.started(fixture.a);
    CHECK(fixture.held.held() > 0);
    CHECK(fixture.opened == 0);
    fixture.held.is_full = false;
    fixture.settle();
    CHECK(fixture.opened == 1);
}

TEST_CASE("nothing is read for a session while storage takes nothing from it", "[gateway][session][bounds]")
{
    BoundsFixture fixture;
    fixture.started(fixture.a);
    REQUIRE(fixture.opened == 1);
    REQUIRE(fixture.held.held() > 0);
    CHECK(fixture.line->reads == 1);
    auto const arrive = [&] {
        fixture.line->incoming.push_back(half_frame());
        fixture.line->news.notify();
        fixture.poll();
    };
    SECTION("because the disk is full")
    {
        fixture.held.is_full = true;
        arrive();
        CHECK(fixture.line->reads == 1);
        fixture.held.is_full = false;
    }
    SECTION("because too much of its own waits")
    {
        fixture.context.max_uncommitted_bytes = 0;
        arrive();
        CHECK(fixture.line->reads == 1);
    }
    SECTION("because its tenant's share is used up")
    {
        auto const share = fixture.context.shares->share_of(fixture.a.tenant);
        *share += fixture.context.max_tenant_queue_bytes;
        arrive();
        CHECK(fixture.line->reads == 1);
        *share -= fixture.context.max_tenant_queue_bytes;
    }
    SECTION("because the queue is full")
    {
        fixture.held.queued = fixture.context.max_store_queue_bytes + 1;
        arrive();
        CHECK(fixture.line->reads == 1);
        fixture.held.queued = 0;
    }
    fixture.settle();
    CHECK(fixture.line->reads > 1);
}

TEST_CASE("a session that is stopped in the line for a connection does not open one",
          "[gateway][session][bounds]")
{
    BoundsFixture fixture;
    fixture.context.connects = std::make_shared<ConnectBudget>(
        0.001, 1,
        ConnectBudget::Pace{.now = {}, .pause = [](Wakeup& early, Duration) { return early.wait(); }});
    fixture.started(fixture.a);
    REQUIRE(fixture.opened == 1);
    auto& second = fixture.started(fixture.b);
    CHECK(fixture.opened == 1);
    second.stop(StatusReason::requested);
    fixture.poll();
    CHECK(fixture.opened == 1);
    CHECK(second.status() == SessionStatus::stopped);
}

TEST_CASE("commands that wait are answered when the process is about to end", "[gateway][session][bounds]")
{
    BoundsFixture fixture;
    auto& actor = fixture.started(fixture.a);
    auto const sent = fixture.send(actor);
    auto const code = std::make_shared<std::optional<Outcome<QrCode>>>();
    fixture.group.spawn("qr", BoundsFixture::keep(actor.qr_code(), code));
    fixture.poll();
    CHECK_FALSE(sent->has_value());
    CHECK_FALSE(code->has_value());

    actor.drain(std::chrono::steady_clock::now());
    fixture.poll();
    CHECK(is_refused(sent, GatewayErrc::shutting_down));
    CHECK(code->has_value());
    CHECK(is_refused(fixture.send(actor), GatewayErrc::shutting_down));
}

TEST_CASE("a logout that waits for storage is answered when the process is about to end, and not as done",
          "[gateway][session][bounds]")
{
    BoundsFixture fixture;
    auto& actor = fixture.started(fixture.a);
    auto const unlinked = std::make_shared<std::optional<bool>>();
    fixture.group.spawn("logout", BoundsFixture::keep(actor.logout(), unlinked));
    fixture.poll();
    CHECK_FALSE(unlinked->has_value());
    actor.drain(std::chrono::steady_clock::now());
    fixture.poll();
    CHECK(*unlinked == false);
}

TEST_CASE("a session can be closed although storage answers nothing", "[gateway][session][bounds]")
{
    BoundsFixture fixture;
    auto& actor = fixture.started(fixture.a);
    REQUIRE(fixture.held.held() > 0);
    TaskGroup closing{fixture.executor};
    closing.spawn("close", actor.close(std::chrono::steady_clock::now()));
    fixture.poll();
    CHECK(closing.size() == 0);
}
