#include "gateway/media/child_sandbox.hpp"

#include "gateway/media/child.hpp"

#include <unistd.h>

#include <cstdlib>
#include <sys/utsname.h>

namespace wagate::gateway {
namespace {

/// Before, a user's threads were counted over all namespaces. Root's are not counted, whatever it is called.
bool counts_threads_by_namespace()
{
    utsname names{};
    if (::geteuid() == 0 || ::uname(&names) != 0) return false;
    char* end = nullptr;
    auto const major = std::strtol(names.release, &end, 10);
    auto const minor = *end == '.' ? std::strtol(end + 1, nullptr, 10) : 0;
    return major > 5 || (major == 5 && minor >= 14);
}

SandboxMeasures ask()
{
    SandboxMeasures all;
    all.namespaces = all.own_root = all.landlock = all.syscalls = true;
    all.thread_limit = counts_threads_by_namespace();
    if (can_take(all)) return all;
    SandboxMeasures found;
    auto const attempt = [&found](bool SandboxMeasures::* measure) {
        auto more = found;
        more.*measure = true;
        if (can_take(more)) found = more;
    };
    attempt(&SandboxMeasures::namespaces);
    if (found.namespaces) attempt(&SandboxMeasures::own_root);
    attempt(&SandboxMeasures::landlock);
    attempt(&SandboxMeasures::syscalls);
    found.thread_limit = found.namespaces && counts_threads_by_namespace();
    return found;
}

} // namespace

SandboxMeasures const& available_measures()
{
    static auto const found = ask();
    return found;
}

SandboxMeasures measures_of(SandboxMode mode)
{
    return mode == SandboxMode::off ? SandboxMeasures{} : available_measures();
}

std::string measure_names(SandboxMeasures const& measures)
{
    std::string names;
    auto const add = [&names](bool is_taken, char const* name) {
        if (is_taken) names.append(names.empty() ? "" : ",").append(name);
    };
    add(measures.namespaces, "namespaces");
    add(measures.own_root, "own-root");
    add(measures.landlock, "landlock");
    add(measures.syscalls, "syscalls");
    add(measures.thread_limit, "thread-limit");
    return names.empty() ? "none" : names;
}

} // namespace wagate::gateway
