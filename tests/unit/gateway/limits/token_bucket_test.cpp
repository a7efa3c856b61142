#include "gateway/limits/token_bucket.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace std::chrono_literals;
using gateway::TokenBucket;

namespace {

MonotonicTime at(Milliseconds time)
{
    return MonotonicTime{time};
}

} // namespace

TEST_CASE("a burst goes at once, then tokens come back evenly", "[limits]")
{
    TokenBucket bucket(2, 5);
    for (int i = 0; i < 5; ++i) {
        CHECK_FALSE(bucket.wait(at(1s), 1));
        bucket.take(at(1s), 1);
    }
    CHECK(bucket.wait(at(1s), 1) == 500ms);
    CHECK(bucket.wait(at(1'400ms), 1) == 100ms);
    CHECK_FALSE(bucket.wait(at(1'500ms), 1));
    CHECK(bucket.wait(at(1'500ms), 3) == 1s);
}

TEST_CASE("it never holds more than its capacity", "[limits]")
{
    TokenBucket bucket(10, 3);
    bucket.take(at(0s), 3);
    CHECK(bucket.level(at(1h)) == Approx(3));
}

TEST_CASE("more than the capacity goes when it is full, and is paid back", "[limits]")
{
    TokenBucket bucket(10, 10);
    CHECK_FALSE(bucket.wait(at(0s), 100));
    bucket.take(at(0s), 100);
    CHECK(bucket.wait(at(0s), 1) == 9'100ms);
    CHECK(bucket.wait(at(0s), 1'000) == 10s);
}

TEST_CASE("a clock that goes back gives nothing", "[limits]")
{
    TokenBucket bucket(1, 1);
    bucket.take(at(10s), 1);
    CHECK(bucket.wait(at(5s), 1) == 1s);
}

TEST_CASE("a changed rate keeps what was used", "[limits]")
{
    TokenBucket bucket(1, 10);
    bucket.take(at(0s), 8);
    bucket.change(at(0s), 1, 9);
    CHECK(bucket.level(at(0s)) == Approx(1));
    bucket.change(at(0s), 1, 5);
    CHECK(bucket.wait(at(0s), 1) == 4s);
}
