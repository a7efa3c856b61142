#include "protocol/media/range.hpp"

#include "protocol/media/encryptor.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::media;

namespace {

FileKeys keys()
{
    return expand_media_key(Bytes(32, 7), MediaType::video).value();
}

Result<Bytes> read(ByteView file, RangePlan const& plan, std::size_t chunk_bytes)
{
    Bytes out;
    RangeDecryptor decryptor{keys(), plan};
    auto rest = file.subspan(plan.request_first, plan.request_last - plan.request_first + 1);
    for (; !rest.empty(); rest = rest.subspan(std::min(chunk_bytes, rest.size())))
        WAGATE_CHECK_OK(decryptor.update(rest.first(std::min(chunk_bytes, rest.size())), out));
    WAGATE_CHECK_OK(decryptor.finish());
    return out;
}

} // namespace

TEST_CASE("any range of a file decrypts to that part of it", "[media]")
{
    testing::SeededRandom random{1};
    for (std::size_t const length : {1, 16, 50, 64}) {
        auto const plain = random.bytes(length);
        Bytes file;
        Encryptor encryptor{keys()};
        encryptor.update(plain, file);
        encryptor.finish(file);
        for (std::size_t first = 0; first < length; ++first) {
            for (std::size_t count = 1; first + count <= length; ++count) {
                auto const plan = plan_range(first, count, length).value();
                REQUIRE(plan.request_last < file.size() - file_mac_bytes);
                INFO(first << " + " << count << " of " << length);
                CHECK(equal(read(file, plan, 1 + random.below(20)).value(),
                            ByteView{plain}.subspan(first, count)));
            }
        }
    }
}

TEST_CASE("a range is clipped at the end and refused behind it", "[media]")
{
    CHECK(plan_range(90, 1000, 100).value().take == 10);
    CHECK(plan_range(0, UINT64_MAX, 100).value().take == 100);
    CHECK(plan_range(100, 1, 100).error() == MediaErrc::bad_range);
    CHECK(plan_range(0, 1, 0).error() == MediaErrc::bad_range);
    CHECK(plan_range(5, 0, 100).error() == MediaErrc::bad_range);
}

TEST_CASE("a server that sends more or less than the range is noticed", "[media]")
{
    auto const plan = plan_range(40, 5, 100).value();
    REQUIRE(plan.request_first == 16);
    REQUIRE(plan.request_last == 47);
    Bytes out;
    RangeDecryptor more{keys(), plan};
    CHECK(more.update(Bytes(33), out).error() == MediaErrc::length_mismatch);
    RangeDecryptor less{keys(), plan};
    REQUIRE(less.update(Bytes(31), out));
    CHECK(less.finish().error() == MediaErrc::truncated);
}
