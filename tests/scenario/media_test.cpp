// Media hosts, and asking the phone for files that are gone (protocol.md 8.3, 8.6).
#include "protocol/engine/server_error.hpp"
#include "protocol/stanza/iq.hpp"
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using binary::Node;

namespace {

struct MediaWorld : OneAccount {
    int questions = 0;
    bool answers = true;
    bool refuses = false;
    std::chrono::seconds lifetime{300};
    Bytes const key = Bytes(32, 7);
    media::RetrySubject const subject{MessageId{"3EB0AA"}, Jid::phone("4915100000002"), false, {}};

    MediaWorld()
    {
        server.intercept = [this](Jid const& device, Node const& node) {
            if (node.tag != "iq" || node.text("xmlns") != "w:m") return false;
            ++questions;
            if (!answers) return true;
            media::MediaConnection hosts;
            hosts.auth = Secret<std::string>{"token-" + std::to_string(questions)};
            hosts.lifetime = lifetime;
            hosts.hosts.push_back(
                {.hostname = "mmg.whatsapp.net", .fallback_hostname = {}, .fallback = false});
            auto reply = media::media_conn_reply(node, hosts);
            if (refuses) reply = stanza::iq_error(node, 403, "forbidden");
            server.send(device, std::move(reply));
            return true;
        };
    }
    engine::MediaHosts& hosts() { return a.engine().media_hosts(); }
    /// Lets the engine work and carries out what it wants.
    template <class Call>
    void use(Call call)
    {
        a.use([&](engine::Engine& engine, Instant now) { engine.use(now, call); });
        run();
    }
    std::vector<std::string> found;
    void find()
    {
        use([&] {
            hosts().find([&](Result<media::MediaConnection> answer) {
                found.push_back(answer ? answer->auth.reveal() : answer.error().message());
            });
        });
    }
    std::vector<Result<std::string>> paths;
    void ask_again()
    {
        use([&] {
            hosts().ask_again(subject, key, [&](Result<std::string> path) { paths.push_back(path); });
        });
    }
    std::vector<Node> retries() const
    {
        std::vector<Node> asked;
        for (auto const& receipt : server.seen(a.lid(), "receipt"))
            if (receipt.text("type") == "server-error") asked.push_back(receipt);
        return asked;
    }
    void answer(Node notification)
    {
        notification.set("from", anna.phone).set("t", unix_seconds(clock.now.wall));
        server.deliver(a.lid(), std::move(notification));
        run();
    }
};

} // namespace

TEST_CASE("media hosts are asked for once in their lifetime", "[scenario][media]")
{
    MediaWorld world;
    world.find();
    world.find();
    CHECK(world.questions == 1);
    CHECK(world.found == std::vector<std::string>{"token-1", "token-1"});
    world.advance(std::chrono::seconds{301});
    world.find();
    CHECK(world.found.back() == "token-2");
    world.use([&] { world.hosts().forget_hosts(); });
    world.find();
    CHECK(world.found.back() == "token-3");
}

TEST_CASE("questions for media hosts that come together share one request", "[scenario][media]")
{
    MediaWorld world;
    world.use([&] {
        for (int i = 0; i < 3; ++i)
            world.hosts().find([&](Result<media::MediaConnection> answer) {
                world.found.push_back(answer.value().auth.reveal());
            });
    });
    CHECK(world.questions == 1);
    CHECK(world.found == std::vector<std::string>(3, "token-1"));
}

TEST_CASE("a refusal of media hosts is told with the server's code, and not kept", "[scenario][media]")
{
    MediaWorld world;
    world.refuses = true;
    ErrorCode error;
    world.use(
        [&] { world.hosts().find([&](Result<media::MediaConnection> answer) { error = answer.error(); }); });
    CHECK(engine::server_code(error) == 403);
    world.refuses = false;
    world.find();
    CHECK(world.found.back() == "token-2");
}

TEST_CASE("the phone is asked for a file once, and its answer goes to all who wait", "[scenario][media]")
{
    MediaWorld world;
    world.ask_again();
    world.ask_again();
    auto const asked = world.retries();
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].jid("to") == world.anna.phone.bare());
    auto const request = media::open_media_retry_receipt(asked[0], world.key);
    REQUIRE(request.has_value());
    CHECK(*request == world.subject);
    CHECK(world.paths.empty());
    media::RetryAnswer const given{media::RetryOutcome::success, "/v/new?x=1", {}};
    world.answer(media::media_retry_notification(*request, given, world.key, world.random).value());
    REQUIRE(world.paths.size() == 2);
    CHECK(world.paths[0].value() == "/v/new?x=1");
    CHECK(world.server.queued(world.a.lid()) == 0); // acknowledged
}

TEST_CASE("a phone without the file says so", "[scenario][media]")
{
    MediaWorld world;
    world.ask_again();
    bool const sealed = GENERATE(true, false);
    media::RetryAnswer const given{media::RetryOutcome::not_found, {}, {}};
    world.answer(sealed
                     ? media::media_retry_notification(world.subject, given, world.key, world.random).value()
                     : media::media_retry_refusal(world.subject, 2));
    REQUIRE(world.paths.size() == 1);
    CHECK(engine::server_code(world.paths[0].error()) == 404);
}

TEST_CASE("an answer that is sealed with another key is no answer", "[scenario][media]")
{
    MediaWorld world;
    world.ask_again();
    media::RetryAnswer const given{media::RetryOutcome::success, "/v/evil", {}};
    world.answer(media::media_retry_notification(world.subject, given, Bytes(32, 8), world.random).value());
    REQUIRE(world.paths.size() == 1);
    CHECK(world.paths[0].has_error());
}

TEST_CASE("a phone that is away costs a limited time, and a late answer does nothing", "[scenario][media]")
{
    MediaWorld world;
    world.ask_again();
    world.advance(engine::MediaHosts::retry_limit + std::chrono::seconds{1});
    REQUIRE(world.paths.size() == 1);
    CHECK(world.paths[0].error() == engine::EngineErrc::timed_out);
    media::RetryAnswer const given{media::RetryOutcome::success, "/v/late", {}};
    world.answer(media::media_retry_notification(world.subject, given, world.key, world.random).value());
    CHECK(world.paths.size() == 1);
    CHECK(world.server.queued(world.a.lid()) == 0);
}

TEST_CASE("with the connection all questions about media end", "[scenario][media]")
{
    MediaWorld world;
    world.answers = false;
    world.find();
    world.ask_again();
    world.server.close_connection_of(world.a.lid());
    world.run();
    REQUIRE(world.found.size() == 1);
    REQUIRE(world.paths.size() == 1);
    CHECK(world.paths[0].error() == engine::EngineErrc::link_lost);
}
