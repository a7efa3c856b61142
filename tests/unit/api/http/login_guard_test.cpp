#include "api/http/login_guard.hpp"

#include "api/http/networks.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using http::LoginGuard;
using http::Networks;

namespace {

struct Door {
    std::chrono::steady_clock::time_point time{};
    http::GuardLimits limits{.burst = 5, .per_second = 0.5, .addresses = 3};
    LoginGuard guard{limits, [this] { return time; }};

    void fail(std::string const& address, int count, std::string const& word = "wrong")
    {
        for (int i = 0; i < count; ++i)
            guard.failed(address, word + std::to_string(i));
    }
};

} // namespace

TEST_CASE("after a burst of wrong keys an address has to wait", "[api][auth]")
{
    Door door;
    door.fail("192.0.2.1", 4);
    CHECK_FALSE(door.guard.wait("192.0.2.1", "next"));
    door.fail("192.0.2.1", 5);
    CHECK(door.guard.wait("192.0.2.1", "next") == std::chrono::seconds(2));
    CHECK_FALSE(door.guard.wait("192.0.2.2", "next"));
    door.time += std::chrono::seconds(2);
    CHECK_FALSE(door.guard.wait("192.0.2.1", "next"));
}

TEST_CASE("one wrong key that is tried for ever shuts nobody out", "[api][auth]")
{
    Door door;
    for (int i = 0; i < 100; ++i)
        door.guard.failed("192.0.2.1", "an old key");
    CHECK_FALSE(door.guard.wait("192.0.2.1", "another"));
}

TEST_CASE("a key that was right goes on working beside somebody who guesses", "[api][auth]")
{
    Door door;
    door.fail("192.0.2.1", 1);
    door.guard.succeeded("192.0.2.1", "right");
    door.fail("192.0.2.1", 20, "guess");
    CHECK(door.guard.wait("192.0.2.1", "guess"));
    CHECK_FALSE(door.guard.wait("192.0.2.1", "right"));
}

TEST_CASE("the table of addresses is bounded, and a network of IPv6 is one of them", "[api][auth]")
{
    Door door;
    for (int i = 0; i < 50; ++i)
        door.fail("192.0.2." + std::to_string(i), 1);
    CHECK(door.guard.size() == 3);
    for (int i = 0; i < 9; ++i)
        door.guard.failed("2001:db8::" + std::to_string(i), "wrong" + std::to_string(i));
    CHECK(door.guard.wait("2001:db8::ffff", "next"));
    CHECK_FALSE(door.guard.wait("2001:db8:0:1::1", "next"));
}

TEST_CASE("networks contain addresses, however they are written", "[api][auth]")
{
    auto const networks = Networks::parse({"192.0.2.0/24", "2001:db8::/32", "198.51.100.7"});
    REQUIRE(networks);
    CHECK(networks->contain("192.0.2.200"));
    CHECK(networks->contain("::ffff:192.0.2.200"));
    CHECK(networks->contain("2001:db8:1::1"));
    CHECK(networks->contain("198.51.100.7"));
    for (auto const* other : {"192.0.3.1", "198.51.100.8", "2001:db9::1", "", "localhost", "192.0.2"})
        CHECK_FALSE(networks->contain(other));
    CHECK_FALSE(Networks::parse({"192.0.2.0/33"}));
    CHECK_FALSE(Networks::parse({"everywhere"}));
}

TEST_CASE("only a trusted proxy says whose request it brings", "[api][auth]")
{
    auto const proxies = Networks::parse({"10.0.0.0/8"});
    auto const address = [&](std::string remote, std::string chain) {
        http::Request request;
        request.remote = std::move(remote);
        request.headers.add("X-Forwarded-For", std::move(chain));
        return http::client_address(request, &*proxies);
    };
    CHECK(address("192.0.2.1", "198.51.100.7") == "192.0.2.1");
    CHECK(address("10.0.0.1", "198.51.100.7") == "198.51.100.7");
    CHECK(address("10.0.0.1", "203.0.113.9, 198.51.100.7") == "198.51.100.7");
    CHECK(address("10.0.0.1", "198.51.100.7, 10.0.0.2") == "198.51.100.7");
    CHECK(address("10.0.0.1", "198.51.100.7, not an address") == "10.0.0.1");
    CHECK(address("10.0.0.1", "") == "10.0.0.1");
}
