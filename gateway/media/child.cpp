#include "gateway/media/child.hpp"

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
constexpr int look_every_ms = 200;

void limit(int resource, rlim_t most)
{
    rlimit const both{most, most};
    ::setrlimit(static_cast<__rlimit_resource_t>(resource), &both);
}

/// After fork, before exec: nothing but system calls.
[[noreturn]] void become(char* const* arguments, char const* output, ChildLimits const& limits, pid_t parent)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(not_started);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // A network of its own, with nothing in it; not every system lets us.
    static_cast<void>(::unshare(CLONE_NEWUSER | CLONE_NEWNET));
    limit(RLIMIT_CPU, static_cast<rlim_t>(limits.processor.count()));
    limit(RLIMIT_AS, limits.memory_bytes);
    limit(RLIMIT_FSIZE, limits.file_bytes);
    limit(RLIMIT_CORE, 0);
    int const nothing = ::open("/dev/null", O_RDWR);
    int const target = *output == '\0' ? nothing : ::open(output, O_WRONLY | O_TRUNC);
    if (nothing < 0 || target < 0) ::_exit(not_started);
    ::dup2(nothing, 0);
    ::dup2(target, 1);
    ::dup2(nothing, 2);
    ::syscall(SYS_close_range, 3U, ~0U, 0U);
    ::execv(arguments[0], arguments);
    ::_exit(not_started);
}

ErrorCode error_of(boost::system::errc::errc_t code)
{
    return make_error_code(code);
}

/// @return its status, after it was waited for in any case
Result<int> wait_for(pid_t child, std::chrono::steady_clock::time_point end,
                     std::atomic<bool> const& stopping)
{
    int const handle = static_cast<int>(::syscall(SYS_pidfd_open, child, 0U));
    std::optional<ErrorCode> failure;
    while (!failure) {
        int status = 0;
        if (::waitpid(child, &status, WNOHANG) == child) {
            if (handle >= 0) ::close(handle);
            return status;
        }
        pollfd waiting{handle, POLLIN, 0};
        ::poll(&waiting, handle >= 0 ? 1 : 0, handle >= 0 ? look_every_ms : 20);
        if (stopping) failure = error_of(boost::system::errc::operation_canceled);
        if (std::chrono::steady_clock::now() >= end) failure = error_of(boost::system::errc::timed_out);
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    if (handle >= 0) ::close(handle);
    return *failure;
}

} // namespace

Result<void> run_child(std::vector<std::string> const& command, std::filesystem::path const& output,
                       ChildLimits const& limits, std::atomic<bool> const& stopping)
{
    if (command.empty() || command.front().empty())
        return error_of(boost::system::errc::no_such_file_or_directory);
    std::vector<char*> arguments;
    for (auto const& argument : command)
        arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    auto const end = std::chrono::steady_clock::now() + limits.wall;
    auto const parent = ::getpid();
    auto const child = ::fork();
    if (child < 0) return ErrorCode{errno, boost::system::system_category()};
    if (child == 0) become(arguments.data(), output.c_str(), limits, parent);
    auto const status = wait_for(child, end, stopping);
    if (!status) return status.error();
    if (!WIFEXITED(*status) || WEXITSTATUS(*status) != 0) return error_of(boost::system::errc::io_error);
    return {};
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
