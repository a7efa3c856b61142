#include "gateway/media/child.hpp"

#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <thread>

using namespace wagate;
using namespace wagate::gateway;
namespace errc = boost::system::errc;

namespace {

std::atomic<bool> const never{false};

std::vector<std::string> shell(std::string script)
{
    return {"/bin/sh", "-c", std::move(script)};
}

} // namespace

TEST_CASE("a program's output goes to its file", "[gateway][media][child]")
{
    test::TempDir const root;
    auto const output = root.path() / "output";
    std::ofstream{output};
    REQUIRE(run_child(shell("echo hello; echo noise >&2"), output, {}, never));
    std::string text;
    std::getline(std::ifstream(output), text);
    CHECK(text == "hello");
}

TEST_CASE("a program that fails, or is not there, is told", "[gateway][media][child]")
{
    CHECK(run_child(shell("exit 3"), {}, {}, never).error() == errc::io_error);
    CHECK(run_child({"/nonexistent/program"}, {}, {}, never).has_error());
    CHECK(run_child({""}, {}, {}, never).error() == errc::no_such_file_or_directory);
    CHECK(find_program("no-such-program-anywhere").empty());
    CHECK_FALSE(find_program("sh").empty());
}

TEST_CASE("a program ends at its limit of time", "[gateway][media][child]")
{
    ChildLimits limits;
    limits.wall = std::chrono::seconds(0);
    CHECK(run_child(shell("while :; do :; done"), {}, limits, never).error() == errc::timed_out);
}

TEST_CASE("a program ends when everything stops", "[gateway][media][child]")
{
    std::atomic<bool> const stopping{true};
    CHECK(run_child(shell("while :; do :; done"), {}, {}, stopping).error() == errc::operation_canceled);
}

TEST_CASE("a program cannot write more than its limit", "[gateway][media][child]")
{
    test::TempDir const root;
    auto const output = root.path() / "output";
    std::ofstream{output};
    ChildLimits limits;
    limits.file_bytes = 1'000;
    CHECK(run_child(shell("head -c 100000 /dev/zero"), output, limits, never).has_error());
    CHECK(std::filesystem::file_size(output) <= 1'000);
}

TEST_CASE("a program inherits no descriptor", "[gateway][media][child]")
{
    test::TempDir const root;
    std::ofstream const secret(root.path() / "secret");
    auto const output = root.path() / "output";
    std::ofstream{output};
    REQUIRE(run_child(shell("ls /proc/self/fd | wc -l"), output, {}, never));
    int count = 0;
    std::ifstream(output) >> count;
    CHECK(count <= 4); // the three of every program, and the folder that is being listed
}
