#include "gateway/media/child_syscalls.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <vector>

namespace wagate::gateway {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t architecture = 0;
#endif

/// Nothing here reaches another process, the network or a file by another way than opening it.
constexpr long allowed[] = {
    // Files that are open, and opening them.
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_preadv, SYS_pwritev, SYS_lseek,
    SYS_close, SYS_openat, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_faccessat, SYS_readlinkat,
    SYS_getdents64, SYS_getcwd, SYS_ftruncate, SYS_fallocate, SYS_fadvise64, SYS_fsync, SYS_fdatasync,
    SYS_fcntl, SYS_dup, SYS_dup3, SYS_pipe2, SYS_statfs, SYS_fstatfs, SYS_copy_file_range, SYS_umask,
#ifdef SYS_open
    SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_dup2, SYS_pipe,
#endif
#ifdef SYS_faccessat2
    SYS_faccessat2,
#endif
    // Waiting.
    SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_eventfd2, SYS_nanosleep,
    SYS_clock_nanosleep, SYS_sched_yield, SYS_restart_syscall, SYS_wait4, SYS_waitid,
#ifdef SYS_poll
    SYS_poll, SYS_select, SYS_epoll_wait, SYS_epoll_create,
#endif
    // Memory and threads; a new thread is judged by its flags below.
    SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_msync, SYS_mincore,
    SYS_membarrier, SYS_futex, SYS_set_robust_list, SYS_get_robust_list, SYS_set_tid_address, SYS_rseq,
    SYS_exit, SYS_exit_group,
#ifdef SYS_arch_prctl
    SYS_arch_prctl,
#endif
#ifdef SYS_futex_waitv
    SYS_futex_waitv,
#endif
    // Signals of its own, time, and questions.
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigsuspend, SYS_rt_sigtimedwait,
    SYS_sigaltstack, SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday, SYS_times, SYS_getrusage,
    SYS_sched_getaffinity, SYS_sched_getparam, SYS_sched_getscheduler, SYS_sched_get_priority_max,
    SYS_sched_get_priority_min, SYS_getcpu, SYS_getpid, SYS_gettid, SYS_getppid, SYS_getuid, SYS_geteuid,
    SYS_getgid, SYS_getegid, SYS_getresuid, SYS_getresgid, SYS_getpgid, SYS_getpriority, SYS_uname,
    SYS_sysinfo, SYS_getrandom,
#ifdef SYS_time
    SYS_time, SYS_getrlimit, SYS_getpgrp,
#endif
    // The program itself begins behind the filter. Another one would have no more than this one.
    SYS_execve};

constexpr std::uint32_t number_at = offsetof(seccomp_data, nr);
constexpr std::uint32_t architecture_at = offsetof(seccomp_data, arch);
/// The lower half of an argument; both processors are little-endian.
constexpr std::uint32_t argument_at(unsigned index)
{
    return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + 8 * index);
}

class Filter {
public:
    void load(std::uint32_t place) { add(BPF_LD | BPF_W | BPF_ABS, place); }
    void give(std::uint32_t result) { add(BPF_RET | BPF_K, result); }
    /// The next `count` instructions hold when the loaded word is `value`.
    void when(std::uint32_t value, std::uint8_t count) { add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count); }
    void unless(std::uint32_t value, std::uint8_t count) { add(BPF_JMP | BPF_JEQ | BPF_K, value, count, 0); }
    void allow_when(std::uint32_t value)
    {
        when(value, 1);
        give(SECCOMP_RET_ALLOW);
    }
    void mask(std::uint32_t bits) { add(BPF_ALU | BPF_AND | BPF_K, bits); }
    std::vector<sock_filter> code;

private:
    void add(unsigned what, std::uint32_t value, std::uint8_t on_true = 0, std::uint8_t on_false = 0)
    {
        code.push_back({static_cast<std::uint16_t>(what), on_true, on_false, value});
    }
};

constexpr std::uint32_t refused(int error)
{
    return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
}

std::vector<sock_filter> make_filter()
{
    if (architecture == 0) return {};
    Filter filter;
    filter.load(architecture_at);
    filter.unless(architecture, 1);
    filter.give(SECCOMP_RET_KILL_PROCESS);
    filter.load(number_at);
    for (auto const number : allowed)
        filter.allow_when(static_cast<std::uint32_t>(number));

    // Threads, and nothing that lives for itself or in namespaces of its own. (clone3 cannot be looked into.)
    constexpr std::uint32_t thread = CLONE_THREAD | CLONE_VM;
    constexpr std::uint32_t elsewhere = CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID |
                                        CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_PTRACE;
    filter.when(SYS_clone, 5);
    filter.load(argument_at(0));
    filter.mask(thread | elsewhere);
    filter.when(thread, 1);
    filter.give(SECCOMP_RET_ALLOW);
    filter.give(refused(EPERM));

    // A name for a thread.
    filter.when(SYS_prctl, 4);
    filter.load(argument_at(0));
    filter.when(PR_SET_NAME, 1);
    filter.give(SECCOMP_RET_ALLOW);
    filter.give(refused(EINVAL));

    // Whether a descriptor is a terminal; never typing into one.
    constexpr std::uint32_t is_terminal = 0x5401; // TCGETS, the same on both processors
    constexpr std::uint32_t close_on_exec = 0x5451;
    filter.when(SYS_ioctl, 6);
    filter.load(argument_at(1));
    filter.when(is_terminal, 1);
    filter.give(SECCOMP_RET_ALLOW);
    filter.when(close_on_exec, 1);
    filter.give(SECCOMP_RET_ALLOW);
    filter.give(refused(ENOTTY));

    // Limits may be read: their new value is a null pointer. Both halves of it.
    filter.when(SYS_prlimit64, 7);
    filter.load(argument_at(2));
    filter.when(0, 4);
    filter.load(argument_at(2) + 4);
    filter.when(0, 1);
    filter.give(SECCOMP_RET_ALLOW);
    filter.give(refused(EPERM));
    filter.give(refused(EPERM));

    filter.give(refused(ENOSYS));
    return std::move(filter.code);
}

} // namespace

std::span<sock_filter const> syscall_filter()
{
    static std::vector<sock_filter> const filter = make_filter();
    return filter;
}

} // namespace wagate::gateway
