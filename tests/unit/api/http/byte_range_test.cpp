#include "api/http/byte_range.hpp"

#include <catch2/catch.hpp>

using wagate::http::byte_range;

TEST_CASE("a range is clipped at the end of the file", "[api][range]")
{
    auto const range = byte_range("bytes=5-400", 10);
    CHECK(range.is_part);
    CHECK(range.first == 5);
    CHECK(range.count == 5);
    CHECK(byte_range("bytes=9-", 10).count == 1);
    CHECK(byte_range("bytes=0-0", 10).count == 1);
}

TEST_CASE("a suffix counts from the end", "[api][range]")
{
    CHECK(byte_range("bytes=-3", 10).first == 7);
    CHECK(byte_range("bytes=-30", 10).count == 10);
    CHECK(byte_range("bytes=-0", 10).is_unsatisfiable);
}

TEST_CASE("what begins behind the end cannot be satisfied", "[api][range]")
{
    CHECK(byte_range("bytes=10-", 10).is_unsatisfiable);
    CHECK(byte_range("bytes=0-", 0).is_unsatisfiable);
}

TEST_CASE("what is no single range gives the whole file", "[api][range]")
{
    for (auto const* header : {"", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "lines=0-1",
                               "bytes=0-1,3-4", "bytes=1", "bytes=99999999999999999999-"}) {
        auto const range = byte_range(header, 10);
        CHECK_FALSE(range.is_part);
        CHECK_FALSE(range.is_unsatisfiable);
        CHECK(range.count == 10);
    }
}
