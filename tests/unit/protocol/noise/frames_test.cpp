#include "protocol/noise/frames.hpp"

#include "../crypto/known_answers.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace wagate;
using namespace wagate::noise;
using namespace wagate::test;

namespace {

/// Every frame that is complete by now.
std::vector<Bytes> drain(FrameSplitter& splitter)
{
    std::vector<Bytes> payloads;
    for (;;) {
        auto next = splitter.next();
        REQUIRE(next.has_value());
        if (!next->has_value()) return payloads;
        payloads.push_back(std::move(**next));
    }
}

std::vector<Bytes> const three_payloads{to_bytes("one"), Bytes{}, Bytes(300, 0x5a)};

Bytes three_frames()
{
    Bytes stream;
    for (auto const& payload : three_payloads)
        append(stream, make_frame(payload));
    return stream;
}

} // namespace

TEST_CASE("a frame is its length in three big-endian bytes and its payload", "[noise][frame]")
{
    CHECK(make_frame({}) == from_hex("000000"));
    CHECK(make_frame(view("ab")) == from_hex("0000026162"));
    CHECK(hex_encode(ByteView{make_frame(Bytes(0x012345))}.first(3)) == "012345");
}

TEST_CASE("frames survive being cut at any point", "[noise][frame]")
{
    auto const stream = three_frames();
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        CAPTURE(cut);
        FrameSplitter splitter;
        splitter.feed(ByteView{stream}.first(cut));
        auto payloads = drain(splitter);
        splitter.feed(ByteView{stream}.subspan(cut));
        for (auto& payload : drain(splitter))
            payloads.push_back(std::move(payload));
        CHECK(payloads == three_payloads);
        CHECK(splitter.buffered_bytes() == 0);
    }
}

TEST_CASE("frames survive arriving byte by byte", "[noise][frame]")
{
    FrameSplitter splitter;
    std::vector<Bytes> payloads;
    for (auto byte : three_frames()) {
        splitter.feed({&byte, 1});
        for (auto& payload : drain(splitter))
            payloads.push_back(std::move(payload));
    }
    CHECK(payloads == three_payloads);
}

TEST_CASE("many frames in random chunks come out in order", "[noise][frame]")
{
    std::mt19937 engine{11};
    std::vector<Bytes> sent;
    Bytes stream;
    for (int i = 0; i < 500; ++i) {
        sent.emplace_back(engine() % 200, static_cast<std::uint8_t>(i));
        append(stream, make_frame(sent.back()));
    }
    FrameSplitter splitter;
    std::vector<Bytes> received;
    ByteView rest = stream;
    while (!rest.empty()) {
        auto const size = std::min<std::size_t>(rest.size(), engine() % 700);
        splitter.feed(rest.first(size));
        rest = rest.subspan(size);
        if (engine() % 3 == 0) continue; // let frames pile up
        for (auto& payload : drain(splitter))
            received.push_back(std::move(payload));
    }
    for (auto& payload : drain(splitter))
        received.push_back(std::move(payload));
    CHECK(received == sent);
}

TEST_CASE("an incomplete frame waits without growing beyond what came", "[noise][frame]")
{
    FrameSplitter splitter;
    splitter.feed(from_hex("ffffff 00"));
    CHECK_FALSE(splitter.next().value().has_value());
    CHECK(splitter.buffered_bytes() == 4);
}

TEST_CASE("a header above the limit is refused before its body arrives", "[noise][frame]")
{
    FrameSplitter splitter{16};
    splitter.feed(make_frame(Bytes(16)));
    splitter.feed(from_hex("000011"));
    CHECK(splitter.next().value()->size() == 16);
    CHECK(splitter.next().error() == NoiseErrc::frame_too_large);

    // Spent: nothing more is kept or delivered.
    splitter.feed(make_frame(view("ok")));
    CHECK(splitter.buffered_bytes() == 0);
    CHECK(splitter.next().error() == NoiseErrc::frame_too_large);
}

TEST_CASE("the largest length of the wire format is accepted", "[noise][frame]")
{
    FrameSplitter splitter;
    splitter.feed(make_frame(Bytes(max_frame_bytes, 7)));
    CHECK(splitter.next().value()->size() == max_frame_bytes);
    CHECK(splitter.buffered_bytes() == 0);
}

TEST_CASE("a client without routing token sends the header alone", "[noise][preamble]")
{
    CHECK(make_preamble({}) == from_hex("57410603"));
}

TEST_CASE("a routing token comes before the header", "[noise][preamble]")
{
    CHECK(make_preamble(from_hex("0102030405")) == from_hex("45440001 000005 0102030405 57410603"));
}

TEST_CASE("the preamble is read whole, with and without routing token, cut at any point", "[noise][preamble]")
{
    auto const routing = GENERATE(as<Bytes>{}, Bytes{}, Bytes{0x57}, Bytes(70, 0x45));
    auto const preamble = make_preamble(routing);
    auto const stream = concat({preamble, view("rest")});
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        CAPTURE(cut);
        PreambleReader reader;
        CHECK(reader.feed(ByteView{stream}.first(cut)).value() == (cut >= preamble.size()));
        CHECK(reader.feed(ByteView{stream}.subspan(cut)).value());
        CHECK(reader.routing_info() == routing);
        CHECK(reader.take_rest() == to_bytes("rest"));
        CHECK(reader.take_rest().empty());
    }
}

TEST_CASE("an announced but empty routing token is accepted", "[noise][preamble]")
{
    PreambleReader reader;
    CHECK(reader.feed(from_hex("45440001 000000 57410603")).value());
    CHECK(reader.routing_info().empty());
}

TEST_CASE("a stream without the header is refused at the first wrong byte", "[noise][preamble]")
{
    auto const start =
        GENERATE(as<std::string>{}, "00", "47", "5742", "57410503", "57410602", "4545", "45440002",
                 "454400ff", "45440001 000001 aa 58", "45440001 000001 aa 45440001", "45440001 010000");
    CAPTURE(start);
    auto const bytes = from_hex(start);
    PreambleReader whole;
    CHECK(whole.feed(bytes).error() == NoiseErrc::bad_header);

    PreambleReader stepwise;
    ErrorCode last;
    for (auto byte : bytes) {
        if (auto const fed = stepwise.feed({&byte, 1}); fed.has_error()) {
            last = fed.error();
            break;
        }
    }
    CHECK(last == NoiseErrc::bad_header);
}
