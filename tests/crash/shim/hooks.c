// The functions that stand in for libc's.
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define HOOK __attribute__((visibility("default")))

static int is_socket(int fd)
{
    struct stat status;
    return crash_config()->is_on && fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

/// Only calls that will get something count: the others are an event loop looking whether there is anything.
static int has_input(int fd)
{
    int waiting = 0;
    return is_socket(fd) && ioctl(fd, FIONREAD, &waiting) == 0 && waiting > 0;
}

/// The lock is held across a call on a file when undo information is kept, so that no write goes past a power
/// loss.
static int lock_for_undo(void)
{
    int const holds_lock = files_keep_undo();
    if (holds_lock) files_lock();
    return holds_lock;
}

static void unlock(int holds_lock)
{
    int const error = errno;
    if (holds_lock) files_unlock();
    errno = error;
}

static int fail(int holds_lock, int error)
{
    if (holds_lock) files_unlock();
    errno = error;
    return -1;
}

// ------------------------------------------------------------------------------------------ files

static int open_file(int directory, char const* path, int flags, mode_t mode)
{
    if (!crash_config()->is_on) return (int)syscall(SYS_openat, directory, path, flags, mode);
    int const is_new = (flags & O_CREAT) != 0 && syscall(SYS_access, path, F_OK) != 0;
    int const fd = (int)syscall(SYS_openat, directory, path, flags, mode);
    int const error = errno;
    if (fd >= 0) files_opened(fd, path, is_new);
    errno = error;
    return fd;
}

#define MODE_OF(flags)                                                                                       \
    mode_t mode = 0;                                                                                         \
    if (((flags) & O_CREAT) != 0 || ((flags) & O_TMPFILE) == O_TMPFILE) {                                    \
        va_list arguments;                                                                                   \
        va_start(arguments, flags);                                                                          \
        mode = (mode_t)va_arg(arguments, int);                                                               \
        va_end(arguments);                                                                                   \
    }

HOOK int open(char const* path, int flags, ...)
{
    MODE_OF(flags)
    return open_file(AT_FDCWD, path, flags, mode);
}

HOOK int open64(char const* path, int flags, ...)
{
    MODE_OF(flags)
    return open_file(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

HOOK int openat(int directory, char const* path, int flags, ...)
{
    MODE_OF(flags)
    return open_file(directory, path, flags, mode);
}

HOOK int openat64(int directory, char const* path, int flags, ...)
{
    MODE_OF(flags)
    return open_file(directory, path, flags | O_LARGEFILE, mode);
}

HOOK int close(int fd)
{
    files_closed(fd);
    return (int)syscall(SYS_close, fd);
}

static ssize_t write_at(struct tracked_file* file, int fd, void const* data, size_t size, off_t offset)
{
    int chosen = 0;
    int const holds_lock = lock_for_undo();
    int const error = crash_arrive(CALL_WRITE, holds_lock, &chosen);
    if (error != 0) return fail(holds_lock, error);
    if (holds_lock) files_before_write(file, offset, size);
    ssize_t const written = syscall(SYS_pwrite64, fd, data, size, offset);
    crash_leave(chosen, holds_lock);
    unlock(holds_lock);
    return written;
}

HOOK ssize_t pwrite(int fd, void const* data, size_t size, off_t offset)
{
    struct tracked_file* const file = files_of(fd);
    return file ? write_at(file, fd, data, size, offset) : syscall(SYS_pwrite64, fd, data, size, offset);
}

HOOK ssize_t pwrite64(int fd, void const* data, size_t size, off64_t offset)
{
    return pwrite(fd, data, size, offset);
}

static ssize_t send_vector(int fd, struct iovec const* parts, int count)
{
    int chosen = 0;
    int const error = crash_arrive(CALL_SEND, 0, &chosen);
    if (error != 0) return fail(0, error);
    ssize_t const sent = syscall(SYS_writev, fd, parts, count);
    crash_leave(chosen, 0);
    return sent;
}

static ssize_t write_vector(struct tracked_file* file, int fd, struct iovec const* parts, int count)
{
    int chosen = 0;
    int const holds_lock = lock_for_undo();
    int const error = crash_arrive(CALL_WRITE, holds_lock, &chosen);
    if (error != 0) return fail(holds_lock, error);
    size_t size = 0;
    for (int i = 0; i < count; ++i)
        size += parts[i].iov_len;
    if (holds_lock) files_before_write(file, syscall(SYS_lseek, fd, 0, SEEK_CUR), size);
    ssize_t const written = syscall(SYS_writev, fd, parts, count);
    crash_leave(chosen, holds_lock);
    unlock(holds_lock);
    return written;
}

HOOK ssize_t writev(int fd, struct iovec const* parts, int count)
{
    struct tracked_file* const file = files_of(fd);
    if (file) return write_vector(file, fd, parts, count);
    return is_socket(fd) ? send_vector(fd, parts, count) : syscall(SYS_writev, fd, parts, count);
}

HOOK ssize_t write(int fd, void const* data, size_t size)
{
    struct iovec const part = {(void*)data, size};
    return writev(fd, &part, 1);
}

static int sync_file(int fd, long number)
{
    struct tracked_file* const file = files_of(fd);
    if (!file) return (int)syscall(number, fd);
    int chosen = 0;
    int const holds_lock = lock_for_undo();
    int const error = crash_arrive(CALL_SYNC, holds_lock, &chosen);
    if (error != 0) return fail(holds_lock, error);
    int const done = (int)syscall(number, fd);
    if (done == 0 && holds_lock) files_synced(file);
    crash_leave(chosen, holds_lock);
    unlock(holds_lock);
    return done;
}

HOOK int fsync(int fd)
{
    return sync_file(fd, SYS_fsync);
}

HOOK int fdatasync(int fd)
{
    return sync_file(fd, SYS_fdatasync);
}

HOOK int ftruncate(int fd, off_t length)
{
    struct tracked_file* const file = files_of(fd);
    if (!file) return (int)syscall(SYS_ftruncate, fd, length);
    int chosen = 0;
    int const holds_lock = lock_for_undo();
    int const error = crash_arrive(CALL_CUT, holds_lock, &chosen);
    if (error != 0) return fail(holds_lock, error);
    if (holds_lock) files_before_truncate(file, length);
    int const done = (int)syscall(SYS_ftruncate, fd, length);
    crash_leave(chosen, holds_lock);
    unlock(holds_lock);
    return done;
}

HOOK int ftruncate64(int fd, off64_t length)
{
    return ftruncate(fd, length);
}

HOOK int unlink(char const* path)
{
    struct config const* const config = crash_config();
    if (!config->is_on || strncmp(path, config->directory, config->directory_length) != 0)
        return (int)syscall(SYS_unlink, path);
    int chosen = 0;
    int const error = crash_arrive(CALL_CUT, 0, &chosen);
    if (error != 0) return fail(0, error);
    int const done = (int)syscall(SYS_unlink, path);
    crash_leave(chosen, 0);
    return done;
}

// ------------------------------------------------------------------------------------------ sockets

HOOK ssize_t sendto(int fd, void const* data, size_t size, int flags, struct sockaddr const* to,
                    socklen_t to_size)
{
    int chosen = 0;
    int const error = crash_arrive(CALL_SEND, 0, &chosen);
    if (error != 0) return fail(0, error);
    ssize_t const sent = syscall(SYS_sendto, fd, data, size, flags, to, to_size);
    crash_leave(chosen, 0);
    return sent;
}

HOOK ssize_t send(int fd, void const* data, size_t size, int flags)
{
    return sendto(fd, data, size, flags, NULL, 0);
}

HOOK ssize_t sendmsg(int fd, struct msghdr const* message, int flags)
{
    int chosen = 0;
    int const error = crash_arrive(CALL_SEND, 0, &chosen);
    if (error != 0) return fail(0, error);
    ssize_t const sent = syscall(SYS_sendmsg, fd, message, flags);
    crash_leave(chosen, 0);
    return sent;
}

/// One of the receiving calls, counted when there is something to receive.
#define RECEIVE(fd, call)                                                                                    \
    int chosen = 0;                                                                                          \
    int const error = has_input(fd) ? crash_arrive(CALL_RECEIVE, 0, &chosen) : 0;                            \
    if (error != 0) return fail(0, error);                                                                   \
    ssize_t const received = (call);                                                                         \
    crash_leave(chosen, 0);                                                                                  \
    return received;

HOOK ssize_t recvfrom(int fd, void* data, size_t size, int flags, struct sockaddr* from,
                      socklen_t* from_size){
    RECEIVE(fd, syscall(SYS_recvfrom, fd, data, size, flags, from, from_size))}

HOOK ssize_t recv(int fd, void* data, size_t size, int flags)
{
    return recvfrom(fd, data, size, flags, NULL, NULL);
}

HOOK ssize_t recvmsg(int fd, struct msghdr* message,
                     int flags){RECEIVE(fd, syscall(SYS_recvmsg, fd, message, flags))}

HOOK ssize_t read(int fd, void* data, size_t size)
{
    if (files_of(fd)) return syscall(SYS_read, fd, data, size);
    RECEIVE(fd, syscall(SYS_read, fd, data, size))
}

HOOK ssize_t readv(int fd, struct iovec const* parts, int count)
{
    if (files_of(fd)) return syscall(SYS_readv, fd, parts, count);
    RECEIVE(fd, syscall(SYS_readv, fd, parts, count))
}
