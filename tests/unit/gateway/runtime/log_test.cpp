#include "gateway/telemetry/log.hpp"

#include "gateway/telemetry/metrics.hpp"

#include <catch2/catch.hpp>

using namespace wagate;

namespace {

/// Collects lines for as long as it lives.
struct Capture {
    std::vector<std::string> lines;

    Capture()
    {
        log::redirect([this](std::string_view line) { lines.emplace_back(line); });
    }
    Capture(Capture const&) = delete;
    Capture& operator=(Capture const&) = delete;
    ~Capture()
    {
        log::redirect({});
        log::configure(log::Level::info, log::Format::json);
    }
};

bool ends_with(std::string const& text, std::string_view end)
{
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

} // namespace

TEST_CASE("a log line is one JSON object with typed fields", "[gateway][telemetry]")
{
    Capture capture;
    log::info("link open", {{"session", "shop"}, {"attempt", 3}, {"tls", true}});
    REQUIRE(capture.lines.size() == 1);
    CHECK(ends_with(capture.lines[0],
                    R"("level":"info","what":"link open","session":"shop","attempt":3,"tls":true})"));
}

TEST_CASE("quotes, line breaks and control characters cannot leave their field", "[gateway][telemetry]")
{
    Capture capture;
    log::warn("odd", {{"text", std::string_view("a\"b\\c\nd\x01")}});
    CHECK(ends_with(capture.lines.at(0), R"("text":"a\"b\\c\nd\u0001"})"));
}

TEST_CASE("phone numbers and secret fields are masked at the sink", "[gateway][telemetry]")
{
    Capture capture;
    log::error(
        "odd",
        {{"chat", "4915112345678:12@s.whatsapp.net"}, {"api_key", "hunter2"}, {"id", "3EB01234567890"}});
    CHECK(ends_with(capture.lines.at(0),
                    R"("chat":"491…78:12@s.whatsapp.net","api_key":"[redacted]","id":"3EB01234567890"})"));
}

TEST_CASE("lines below the level are dropped", "[gateway][telemetry]")
{
    Capture capture;
    log::configure(log::Level::warn, log::Format::text);
    log::info("quiet");
    log::warn("loud", {{"n", 1}});
    REQUIRE(capture.lines.size() == 1);
    CHECK(ends_with(capture.lines[0], "warn  loud n=1"));
}

TEST_CASE("a counter is found again by its name", "[gateway][telemetry]")
{
    auto const before = metrics::counter("test_counter").value();
    metrics::counter("test_counter").add(2);
    CHECK(metrics::counter("test_counter").value() == before + 2);
    bool listed = false;
    for (auto const& [name, value] : metrics::snapshot())
        listed = listed || (name == "test_counter" && value == before + 2);
    CHECK(listed);
}
