#include "gateway/egress/resolver.hpp"

#include "gateway/egress/connector.hpp"
#include "gateway/egress/errors.hpp"
#include "gateway/runtime/event_loops.hpp"
#include "gateway/runtime/hop.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>

#include <atomic>
#include <future>

using namespace wagate;
using namespace wagate::egress;
using namespace std::chrono_literals;

namespace {

/// A resolver with a made-up name service and a clock that stands still.
struct World {
    std::atomic<int> lookups = 0;
    std::atomic<std::chrono::steady_clock::rep> seconds = 0;
    std::function<Result<std::vector<Address>>(std::string const&)> answer;
    EventLoops loops{1};
    Resolver resolver;

    explicit World(std::vector<std::string> texts, ResolverSettings settings = {})
        : answer([texts](std::string const&) {
              std::vector<Address> addresses;
              for (auto const& text : texts)
                  addresses.push_back(boost::asio::ip::make_address(text));
              return Result<std::vector<Address>>(addresses);
          }),
          resolver(
              settings,
              [this](std::string const& host) {
                  ++lookups;
                  return answer(host);
              },
              [this] { return std::chrono::steady_clock::time_point(std::chrono::seconds(seconds.load())); })
    {
        loops.start();
    }

    Result<std::vector<Address>> resolve(std::string host)
    {
        return wait_on(loops.executor(0), resolver.resolve(std::move(host)));
    }

    ErrorCode connect(std::string host, std::uint16_t port, AddressPolicy const* policy, Duration limit = 1h)
    {
        auto task = [](std::string name, std::uint16_t number, AddressPolicy const* rules, Resolver& names,
                       Duration longest) -> Task<ErrorCode> {
            auto socket = co_await connect_tcp(std::move(name), number, rules, names, longest);
            co_return socket ? ErrorCode() : socket.error();
        };
        return wait_on(loops.executor(0), task(std::move(host), port, policy, resolver, limit));
    }
};

} // namespace

TEST_CASE("an answer is kept for a minute", "[gateway][egress]")
{
    World world({"8.8.8.8"});
    CHECK(world.resolve("example.com").value().size() == 1);
    world.seconds = 59;
    CHECK(world.resolve("example.com").value().size() == 1);
    CHECK(world.lookups == 1);
    world.seconds = 60;
    CHECK(world.resolve("example.com").value().size() == 1);
    CHECK(world.lookups == 2);
}

TEST_CASE("a failure is not kept", "[gateway][egress]")
{
    World world({"8.8.8.8"});
    auto const works = world.answer;
    world.answer = [](std::string const&) { return Result<std::vector<Address>>(EgressErrc::lookup_failed); };
    CHECK(world.resolve("example.com").error() == EgressErrc::lookup_failed);
    world.answer = works;
    CHECK(world.resolve("example.com").has_value());
}

TEST_CASE("an address literal needs no lookup", "[gateway][egress]")
{
    World world({});
    CHECK(world.resolve("127.0.0.1").value().at(0) == boost::asio::ip::make_address("127.0.0.1"));
    CHECK(world.resolve("2001:db8::1").value().at(0) == boost::asio::ip::make_address("2001:db8::1"));
    CHECK(world.lookups == 0);
}

TEST_CASE("the cache is bounded", "[gateway][egress]")
{
    ResolverSettings settings;
    settings.max_cached = 2;
    World world({"8.8.8.8"}, settings);
    for (auto const* host : {"a.example", "b.example", "c.example"})
        REQUIRE(world.resolve(host).has_value());
    int const before = world.lookups;
    for (auto const* host : {"a.example", "b.example", "c.example"})
        REQUIRE(world.resolve(host).has_value());
    CHECK(world.lookups > before);
}

TEST_CASE("a lookup that hangs does not hold up its caller's limit", "[gateway][egress]")
{
    std::promise<void> gate;
    auto opened = gate.get_future().share();
    World world({});
    world.answer = [opened](std::string const&) {
        opened.wait();
        return Result<std::vector<Address>>(EgressErrc::name_not_found);
    };
    CHECK(world.connect("slow.example", 80, nullptr, 1ms) == boost::system::errc::timed_out);
    gate.set_value();
}

TEST_CASE("a name with one refused address is refused as a whole", "[gateway][egress]")
{
    AddressPolicy const policy;
    CHECK(World({"8.8.8.8", "127.0.0.1"}).connect("mixed.example", 80, &policy) ==
          EgressErrc::address_refused);
    CHECK(World({"::ffff:127.0.0.1"}).connect("mapped.example", 80, &policy) == EgressErrc::address_refused);
    CHECK(World({}).connect("127.0.0.1", 80, &policy) == EgressErrc::address_refused);
}

TEST_CASE("every numeric spelling of a loopback address is refused", "[gateway][egress]")
{
    // Through the system's own resolver, which understands more spellings than the URL standard.
    auto const* host =
        GENERATE("127.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "localhost.", "0");
    INFO(host);
    EventLoops loops(1);
    loops.start();
    auto task = [](std::string name) -> Task<ErrorCode> {
        AddressPolicy const policy;
        auto socket = co_await connect_tcp(std::move(name), 9, &policy, system_resolver(), 1h);
        co_return socket ? ErrorCode() : socket.error();
    };
    auto const error = wait_on(loops.executor(0), task(host));
    bool const is_refused = error == EgressErrc::address_refused || error == EgressErrc::name_not_found;
    CHECK(is_refused);
}

TEST_CASE("an opened network is dialled", "[gateway][egress]")
{
    World world({"127.0.0.1"});
    boost::asio::ip::tcp::acceptor acceptor(world.loops.executor(0));
    boost::asio::ip::tcp::endpoint const any(boost::asio::ip::make_address("127.0.0.1"), 0);
    acceptor.open(any.protocol());
    acceptor.bind(any);
    acceptor.listen();
    AddressPolicy const policy(parse_networks("127.0.0.0/8").value());
    CHECK_FALSE(world.connect("opened.example", acceptor.local_endpoint().port(), &policy).failed());
}
