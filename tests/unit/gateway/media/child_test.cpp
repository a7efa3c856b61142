#include "gateway/media/child.hpp"

#include "tests/support/temp_dir.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>

using namespace wagate;
using namespace wagate::gateway;
namespace errc = boost::system::errc;

namespace {

std::atomic<bool> const never{false};

std::string content_of(std::filesystem::path const& path)
{
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A child that runs a script, and what it has to say.
struct Child {
    test::TempDir root;
    ChildJob job;
    SandboxMeasures measures = available_measures();

    explicit Child(std::vector<std::string> command)
    {
        job.command = std::move(command);
        job.output = root.path() / "output";
        std::ofstream{job.output};
        job.limits.wall = std::chrono::seconds(60);
    }
    Result<void> run() { return run_child(job, measures, never); }
    std::string said() const { return content_of(job.output); }
};

Child shell(std::string script)
{
    return Child({"/bin/sh", "-c", std::move(script)});
}

/// `attempt` is Python whose failure by an OSError, or a lack of memory, is what should happen.
Child python(std::string const& attempt)
{
    std::string script = "import os, socket, sys, threading, ctypes\n"
                         "libc = ctypes.CDLL(None, use_errno=True)\n"
                         "def checked(result):\n"
                         "    if result < 0: raise OSError(ctypes.get_errno(), 'refused')\n"
                         "try:\n";
    for (std::size_t from = 0; from < attempt.size();) {
        auto const end = std::min(attempt.find('\n', from), attempt.size());
        script += "    " + attempt.substr(from, end - from) + "\n";
        from = end + 1;
    }
    script += "    print('done', flush=True)\n"
              "except (OSError, MemoryError, RuntimeError) as error:\n"
              "    print('refused', flush=True)\n";
    return Child({"/usr/bin/python3", "-I", "-S", "-c", script});
}

/// Each measure alone has to do it, where the kernel has it.
std::vector<SandboxMeasures> each(std::initializer_list<bool SandboxMeasures::*> measures)
{
    std::vector<SandboxMeasures> found;
    for (auto const one : measures) {
        SandboxMeasures alone;
        if (!(available_measures().*one)) continue;
        alone.*one = true;
        alone.namespaces = alone.namespaces || alone.own_root || alone.thread_limit;
        found.push_back(alone);
    }
    return found;
}

/// Runs it under each, and all together; the attempt itself works without any.
void check_refused(std::string const& attempt, std::initializer_list<bool SandboxMeasures::*> measures,
                   std::vector<std::filesystem::path> const& reads = {})
{
    auto free = python(attempt);
    free.measures = {};
    REQUIRE(free.run());
    REQUIRE(free.said() == "done\n");
    auto taken = each(measures);
    taken.push_back(available_measures());
    for (auto const& one : taken) {
        INFO(measure_names(one));
        auto child = python(attempt);
        child.measures = one;
        child.job.reads = reads;
        auto const result = child.run();
        CHECK(result.has_value());
        CHECK(child.said() == "refused\n");
    }
}

} // namespace

TEST_CASE("a program's output goes to its file", "[gateway][media][child]")
{
    auto child = shell("echo hello; echo noise >&2");
    REQUIRE(child.run());
    CHECK(child.said() == "hello\n");
}

TEST_CASE("a program that fails, or is not there, is told", "[gateway][media][child]")
{
    CHECK(shell("exit 3").run().error() == errc::io_error);
    CHECK(Child({"/nonexistent/program"}).run().error() == errc::no_such_file_or_directory);
    CHECK(Child({""}).run().error() == errc::no_such_file_or_directory);
    auto without_file = shell("exit 0");
    without_file.job.reads.emplace_back("/nonexistent/file");
    CHECK(without_file.run().error() == errc::no_such_file_or_directory);
    CHECK(find_program("no-such-program-anywhere").empty());
    CHECK_FALSE(find_program("sh").empty());
}

TEST_CASE("a program ends at its limit of time", "[gateway][media][child]")
{
    auto child = shell("while :; do :; done");
    child.job.limits.wall = std::chrono::seconds(0);
    CHECK(child.run().error() == errc::timed_out);
}

TEST_CASE("a program ends at its limit of processor time", "[gateway][media][child]")
{
    auto child = shell("while :; do :; done");
    child.job.limits.processor = std::chrono::seconds(1);
    CHECK(child.run().error() == errc::io_error);
}

TEST_CASE("a program ends when everything stops", "[gateway][media][child]")
{
    std::atomic<bool> const stopping{true};
    auto child = shell("while :; do :; done");
    CHECK(run_child(child.job, child.measures, stopping).error() == errc::operation_canceled);
}

TEST_CASE("what a program started ends with it", "[gateway][media][child]")
{
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    // A grandchild that holds the named pipe open for as long as it lives.
    test::TempDir const root;
    auto const pipe = (root.path() / "pipe").string();
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    int const reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
    REQUIRE(reader >= 0);
    auto child = shell("(echo started; while :; do :; done) > " + pipe + " & sleep 0.3");
    child.measures = {}; // with others it could not start one
    REQUIRE(child.run());
    std::string read;
    char piece[64];
    for (ssize_t got = ::read(reader, piece, sizeof piece); got > 0;
         got = ::read(reader, piece, sizeof piece))
        read.append(piece, static_cast<std::size_t>(got));
    CHECK(read == "started\n");
    // Nobody writes any more: the end, not an empty pipe.
    ssize_t end = -1;
    for (int i = 0; i < 500 && end != 0; ++i) {
        end = ::read(reader, piece, sizeof piece);
        if (end != 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    CHECK(end == 0);
    ::close(reader);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_CASE("a program cannot write more than its limit", "[gateway][media][child]")
{
    auto child = shell("exec head -c 100000 /dev/urandom");
    child.job.limits.file_bytes = 1'000;
    CHECK(child.run().has_error());
    CHECK(std::filesystem::file_size(child.job.output) <= 1'000);
}

TEST_CASE("a program cannot have more memory than its limit", "[gateway][media][child]")
{
    auto child = python("memory = bytearray(1 << 30)");
    child.job.limits.memory_bytes = 512U << 20;
    REQUIRE(child.run());
    CHECK(child.said() == "refused\n");
}

TEST_CASE("a program inherits no descriptor and no environment", "[gateway][media][child]")
{
    test::TempDir const root;
    int const secret = ::open((root.path() / "secret").c_str(), O_RDWR | O_CREAT, 0600);
    REQUIRE(secret >= 0);
    REQUIRE(::setenv("WAGATE_TEST_SECRET", "of the parent", 1) == 0);
    auto child = Child({"/usr/bin/python3", "-I", "-S", "-c",
                        "import os\n"
                        "open_ones = 0\n"
                        "for number in range(1024):\n"
                        "    try: os.fstat(number); open_ones += 1\n"
                        "    except OSError: pass\n"
                        "print(open_ones, 'WAGATE_TEST_SECRET' in os.environ, 'PATH' in os.environ)\n"});
    REQUIRE(child.run());
    CHECK(child.said() == "3 False False\n");
    ::unsetenv("WAGATE_TEST_SECRET");
    ::close(secret);
}

TEST_CASE("a program reaches no network, not even this machine", "[gateway][media][child]")
{
    int const server = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(server, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(server, 8) == 0);
    REQUIRE(::getsockname(server, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    check_refused("socket.create_connection(('127.0.0.1', " + std::to_string(ntohs(address.sin_port)) +
                      "), 5)",
                  {&SandboxMeasures::namespaces, &SandboxMeasures::syscalls});
    ::close(server);
}

TEST_CASE("a program opens no file but its own", "[gateway][media][child]")
{
    test::TempDir const root;
    auto const database = root.path() / "wagate.db";
    std::ofstream(database) << "secret";
    auto const ways = {&SandboxMeasures::own_root, &SandboxMeasures::landlock};
    check_refused("open('/etc/passwd').read()", ways);
    check_refused("open('" + database.string() + "').read()", ways);
    check_refused("os.listdir('" + root.path().string() + "')", ways);
    check_refused("open('" + (root.path() / "new").string() + "', 'w')", ways);
    auto const input = root.path() / "input";
    std::ofstream(input) << "given";
    check_refused("open('" + input.string() + "', 'r+').write('changed')", ways, {input});
}

TEST_CASE("a program reads what it is given, and changes what it may change", "[gateway][media][child]")
{
    test::TempDir const root;
    auto const input = root.path() / "deep" / "er" / "input";
    std::filesystem::create_directories(input.parent_path());
    std::ofstream(input) << "given";
    auto const target = root.path() / "target";
    std::ofstream(target) << "before, and longer";
    auto child = python("text = open('" + input.string() + "').read()\nopen('" + target.string() +
                        "', 'w').write(text)");
    child.job.reads = {input};
    child.job.writes = {target};
    REQUIRE(child.run());
    CHECK(child.said() == "done\n");
    CHECK(content_of(target) == "given");
}

TEST_CASE("a program starts no other, and no more threads than it may", "[gateway][media][child]")
{
    check_refused("pid = os.fork()\nif pid == 0: os._exit(0)\nos.waitpid(pid, 0)",
                  {&SandboxMeasures::syscalls});
    std::string const many =
        "waiting = threading.Event()\n"
        "for i in range(100): threading.Thread(target=waiting.wait, daemon=True).start()\n";
    if (available_measures().thread_limit) {
        auto child = python(many);
        REQUIRE(child.run());
        CHECK(child.said() == "refused\n");
    }
    auto few = python("one = threading.Thread(target=print)\none.start()\none.join()");
    REQUIRE(few.run());
    CHECK(few.said() == "\ndone\n");
}

TEST_CASE("a program traces, mounts and signals nobody", "[gateway][media][child]")
{
    REQUIRE(available_measures().syscalls);
    for (auto const* attempt :
         {"checked(libc.ptrace(0, 0, 0, 0))", "checked(libc.mount(b'none', b'/', b'tmpfs', 0, 0))",
          "checked(libc.unshare(0x10000000))", "checked(libc.syscall(250, 0, -3, 0, 0, 0))", // keyctl
          "checked(libc.syscall(321, 0, 0, 0))",                                             // bpf
          "os.kill(os.getppid() or 1, 0)", "os.memfd_create('code')", "os.setuid(0)", "socket.socketpair()",
          "checked(libc.prctl(22, 0, 0, 0, 0))"}) {
        INFO(attempt);
        auto child = python(attempt);
        child.measures = {};
        child.measures.syscalls = true;
        REQUIRE(child.run());
        CHECK(child.said() == "refused\n");
    }
}

TEST_CASE("measures have names, and a mode that takes none", "[gateway][media][child]")
{
    CHECK(measure_names({}) == "none");
    CHECK(measure_names({.namespaces = true, .landlock = true}) == "namespaces,landlock");
    CHECK(measures_of(SandboxMode::off) == SandboxMeasures{});
    CHECK(measures_of(SandboxMode::prefer) == available_measures());
    CHECK_FALSE(SandboxMeasures{}.is_whole());
    CHECK(SandboxMeasures{.namespaces = true, .landlock = true, .syscalls = true}.is_whole());
    CHECK_FALSE(SandboxMeasures{.namespaces = true, .syscalls = true}.is_whole());
}
