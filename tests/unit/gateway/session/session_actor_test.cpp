#include "gateway/session/session_actor.hpp"

#include "tests/unit/gateway/session/held_store.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::gateway;
using namespace wagate::test;

namespace {

/// An actor on a loop that only runs when the test says so. Its endpoint fails without any network.
struct ActorFixture : StoreFixture {
    boost::asio::io_context loop{1};
    Executor executor = loop.get_executor();
    BlockingPool pool{1, 100};
    HeldStore held{*store};
    SessionContext context{.store = held, .pool = pool, .endpoint = {}, .engine = {}};
    AsyncSemaphore connecting{executor, 1};
    std::shared_ptr<SessionActor> actor = make();

    std::shared_ptr<SessionActor> make()
    {
        return std::make_shared<SessionActor>(executor, a, SessionConfig{}, context, connecting);
    }
    void poll()
    {
        loop.restart();
        loop.poll();
    }
};

Task<void> close_and_tell(std::shared_ptr<SessionActor> actor, bool& is_closed)
{
    co_await actor->close();
    is_closed = true;
}

template <class Value>
Task<void> keep(Task<Value> task, std::optional<Value>& result)
{
    result.emplace(co_await std::move(task));
}

} // namespace

TEST_CASE("a closed session has nothing on its way to the store any more", "[gateway][session]")
{
    ActorFixture fixture;
    fixture.actor->start(StatusReason::requested);
    fixture.poll();
    REQUIRE(fixture.held.held() > 0);

    TaskGroup group{fixture.executor};
    bool is_closed = false;
    group.spawn("close", close_and_tell(fixture.actor, is_closed));
    fixture.poll();
    CHECK_FALSE(is_closed);

    fixture.held.release();
    fixture.poll();
    CHECK(is_closed);
    CHECK(fixture.held.held() == 0);
}

TEST_CASE("a session ends its waiting commands when it is closed", "[gateway][session]")
{
    ActorFixture fixture;
    fixture.actor->start(StatusReason::requested);
    fixture.poll();
    TaskGroup group{fixture.executor};
    std::optional<Outcome<SentMessage>> sent;
    std::optional<Outcome<QrCode>> code;
    SendText request;
    request.chat = "491701234567";
    group.spawn("send", keep(fixture.actor->send_text(request), sent));
    group.spawn("qr", keep(fixture.actor->qr_code(), code));
    fixture.poll();
    CHECK_FALSE(sent.has_value());
    CHECK_FALSE(code.has_value());

    bool is_closed = false;
    group.spawn("close", close_and_tell(fixture.actor, is_closed));
    fixture.held.release();
    fixture.poll();
    fixture.held.release();
    fixture.poll();
    REQUIRE(sent.has_value());
    REQUIRE(code.has_value());
    CHECK(sent->error().code == GatewayErrc::wrong_status);
    CHECK(code->error().status == SessionStatus::stopped);
    CHECK(is_closed);
}

TEST_CASE("a session whose records cannot be read is given up instead of getting a new identity",
          "[gateway][session]")
{
    ActorFixture fixture;
    fixture.held.reads_fail = true;
    fixture.actor->start(StatusReason::requested);
    fixture.poll();
    CHECK(fixture.actor->info().status == SessionStatus::failed);
    CHECK(fixture.actor->info().reason == StatusReason::storage_failed);
    CHECK(fixture.held.held() == 0);
}

TEST_CASE("a logout that cannot be stored says so at once", "[gateway][session]")
{
    ActorFixture fixture;
    fixture.actor->start(StatusReason::requested);
    fixture.poll();
    TaskGroup group{fixture.executor};
    std::optional<bool> is_unlinked;
    group.spawn("logout", keep(fixture.actor->logout(), is_unlinked));
    fixture.poll();
    CHECK_FALSE(is_unlinked);

    fixture.held.refuse();
    fixture.poll();
    CHECK(is_unlinked == false);
    bool is_closed = false;
    group.spawn("close", close_and_tell(fixture.actor, is_closed));
    fixture.poll();
    CHECK(is_closed);
}

TEST_CASE("a request that was accepted before is answered from the store, whatever the session does",
          "[gateway][session][idempotency]")
{
    ActorFixture fixture;
    auto message = text_message("491701234567", "M1", "hello");
    message.from_me = true;
    message.ack = GENERATE(Ack::pending, Ack::read, Ack::error);
    if (message.ack == Ack::error) message.failure = SendFailure{463, start_time + std::chrono::hours(1)};
    IdempotencyKey const key{{1}, {2}};
    UnitOfWork work;
    work.messages.push_back(message);
    work.idempotency.push_back({key, message.chat, message.id});
    fixture.commit(fixture.a, std::move(work));

    TaskGroup group{fixture.executor};
    auto const send = [&](std::optional<IdempotencyKey> with) {
        std::optional<Outcome<SentMessage>> sent;
        SendText request;
        request.chat = "491701234567";
        request.text = "hello";
        request.key = with;
        group.spawn("send", keep(fixture.actor->send_text(request), sent));
        fixture.poll();
        REQUIRE(sent.has_value());
        return *sent;
    };
    auto const again = send(key);
    if (message.ack == Ack::error) {
        CHECK(again.error().code == GatewayErrc::rejected_by_server);
        CHECK(again.error().server_code == 463);
        CHECK(again.error().unlock == start_time + std::chrono::hours(1));
    } else {
        CHECK((again && again->message == message));
    }
    CHECK(send(IdempotencyKey{{1}, {3}}).error().code == GatewayErrc::idempotency_key_reused);
    CHECK(send(IdempotencyKey{{2}, {2}}).error().code == GatewayErrc::wrong_status);
    CHECK(send(std::nullopt).error().code == GatewayErrc::wrong_status);
    fixture.held.reads_fail = true;
    CHECK(send(key).error().code == GatewayErrc::storage_failed);
}
