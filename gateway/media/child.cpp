#include "gateway/media/child.hpp"

#include "gateway/media/child_confine.hpp"
#include "gateway/media/child_syscalls.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace wagate::gateway {
namespace {

constexpr int not_started = 127;
constexpr int not_confined = 126;
constexpr int look_every_ms = 200;
constexpr int politeness = 10;
constexpr int first_free = 3;

void limit(int resource, rlim_t most)
{
    rlimit const both{most, most};
    ::setrlimit(static_cast<__rlimit_resource_t>(resource), &both);
}

void take_limits(ChildLimits const& limits, SandboxMeasures const& measures)
{
    limit(RLIMIT_CPU, static_cast<rlim_t>(limits.processor.count()));
    limit(RLIMIT_AS, limits.memory_bytes);
    limit(RLIMIT_FSIZE, limits.file_bytes);
    limit(RLIMIT_NOFILE, limits.descriptors);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_MEMLOCK, 0);
    if (measures.thread_limit) limit(RLIMIT_NPROC, limits.threads);
    ::setpriority(PRIO_PROCESS, 0, politeness);
}

/// All that the child needs, made before it is there.
struct Prepared {
    std::string program;
    std::vector<char*> arguments;
    Confinement confinement;
    OwnDescriptor nothing;      ///< standard input and errors
    OwnDescriptor output;       ///< may be none
    OwnDescriptor parent_ended; ///< hangs up when this process is gone
};

/// After clone, before exec: nothing but system calls.
[[noreturn]] void become(Prepared const& prepared, SandboxMeasures const& measures, ChildLimits const& limits)
{
    ::setpgid(0, 0);
    limit(RLIMIT_CORE, 0);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    if (!prepared.confinement.enter()) ::_exit(not_confined);
    auto const& output = prepared.output ? prepared.output : prepared.nothing;
    // Copies above all others first: none of these may be one of the first three.
    int const input = ::fcntl(prepared.nothing.number(), F_DUPFD, first_free + 1);
    int const written = ::fcntl(output.number(), F_DUPFD, first_free + 1);
    int const watched = ::fcntl(prepared.parent_ended.number(), F_DUPFD, first_free + 1);
    int const rules = prepared.confinement.kept_descriptor();
    int const kept = rules >= 0 ? ::fcntl(rules, F_DUPFD, first_free + 1) : -1;
    if (input < 0 || written < 0 || watched < 0 || ::dup2(input, 0) < 0 || ::dup2(written, 1) < 0 ||
        ::dup2(input, 2) < 0)
        ::_exit(not_started);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    pollfd parent{watched, POLLIN, 0};
    if (::poll(&parent, 1, 0) != 0) ::_exit(not_started);
    if (kept >= 0 && ::dup2(kept, first_free) < 0) ::_exit(not_started);
    unsigned const first_closed = kept >= 0 ? first_free + 1 : first_free;
    if (::syscall(SYS_close_range, first_closed, ~0U, 0U) != 0)
        for (int number = static_cast<int>(first_closed); number < 65'536; ++number)
            ::close(number);
    if (kept >= 0) ::fcntl(first_free, F_SETFD, FD_CLOEXEC);
    take_limits(limits, measures);
    if (::chdir("/") != 0 || !prepared.confinement.seal(first_free)) ::_exit(not_confined);
    if (prepared.arguments.empty()) ::_exit(0);
    char* const no_environment[] = {nullptr};
    ::execve(prepared.program.c_str(), prepared.arguments.data(), no_environment);
    ::_exit(not_started);
}

ErrorCode error_of(boost::system::errc::errc_t code)
{
    return make_error_code(code);
}

ErrorCode last_error()
{
    return {errno, boost::system::system_category()};
}

/// As fork, in namespaces of its own; the handlers that fork would run are of no use before an exec.
pid_t clone_with(std::uint64_t flags)
{
    return static_cast<pid_t>(::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

/// With everything that it started: its group, and its namespace, which ends with its first process.
void kill_all(pid_t child)
{
    ::kill(-child, SIGKILL);
    ::kill(child, SIGKILL);
}

/// @return its status, after it was waited for in any case
Result<int> wait_for(pid_t child, std::chrono::steady_clock::time_point end,
                     std::atomic<bool> const& stopping)
{
    OwnDescriptor const handle{static_cast<int>(::syscall(SYS_pidfd_open, child, 0U))};
    std::optional<ErrorCode> failure;
    for (;;) {
        siginfo_t state{};
        // Left as it is for now: while it is there its number is not given to another.
        if (::waitid(P_PID, static_cast<id_t>(child), &state, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            state.si_pid == child)
            break;
        if (stopping) failure = error_of(boost::system::errc::operation_canceled);
        if (std::chrono::steady_clock::now() >= end) failure = error_of(boost::system::errc::timed_out);
        if (failure) break;
        pollfd waiting{handle.number(), POLLIN, 0};
        ::poll(&waiting, handle ? 1 : 0, handle ? look_every_ms : 20);
    }
    kill_all(child);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (failure) return *failure;
    return status;
}

Result<Prepared> prepare(ChildJob const& job, SandboxMeasures const& measures)
{
    Prepared prepared;
    for (auto const& argument : job.command)
        prepared.arguments.push_back(const_cast<char*>(argument.c_str()));
    auto reads = job.reads;
    if (!job.command.empty()) {
        std::error_code error;
        // As it is seen in a root of its own, where not every link leads somewhere.
        prepared.program = std::filesystem::canonical(job.command.front(), error).string();
        if (error) return error_of(boost::system::errc::no_such_file_or_directory);
        reads.emplace_back(prepared.program);
        prepared.arguments.push_back(nullptr);
    }
    for (auto const* files : {static_cast<std::vector<std::filesystem::path> const*>(&reads), &job.writes})
        for (auto const& file : *files)
            if (::access(file.c_str(), F_OK) != 0) return last_error();
    auto confinement = Confinement::prepare(measures, reads, job.writes);
    if (!confinement) return confinement.error();
    prepared.confinement = std::move(*confinement);
    prepared.nothing = OwnDescriptor{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    if (!prepared.nothing) return last_error();
    if (!job.output.empty()) {
        prepared.output = OwnDescriptor{::open(job.output.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC)};
        if (!prepared.output) return last_error();
    }
    return prepared;
}

} // namespace

Result<void> run_child(ChildJob const& job, SandboxMeasures const& measures,
                       std::atomic<bool> const& stopping)
{
    auto prepared = prepare(job, measures);
    if (!prepared) return prepared.error();
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return last_error();
    prepared->parent_ended = OwnDescriptor{ends[0]};
    OwnDescriptor const alive{ends[1]};
    if (measures.syscalls) static_cast<void>(syscall_filter()); // not for the first time in the child
    auto const end = std::chrono::steady_clock::now() + job.limits.wall;
    auto const child = clone_with(prepared->confinement.clone_flags());
    if (child < 0) return last_error();
    if (child == 0) {
        ::close(alive.number());
        become(*prepared, measures, job.limits);
    }
    auto const status = wait_for(child, end, stopping);
    if (!status) return status.error();
    if (WIFEXITED(*status) && WEXITSTATUS(*status) == not_confined)
        return error_of(boost::system::errc::permission_denied);
    if (!WIFEXITED(*status) || WEXITSTATUS(*status) != 0) return error_of(boost::system::errc::io_error);
    return {};
}

bool can_take(SandboxMeasures const& measures)
{
    static std::atomic<bool> const never{false};
    ChildJob job;
    job.limits.wall = std::chrono::seconds(10);
    return run_child(job, measures, never).has_value();
}

std::string find_program(std::string const& name)
{
    char const* const places = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe): nobody changes it
    std::string_view rest = places != nullptr ? places : "/usr/bin:/bin";
    while (!rest.empty()) {
        auto const end = rest.find(':');
        auto candidate = std::string{rest.substr(0, end)} + "/" + name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    return {};
}

} // namespace wagate::gateway
