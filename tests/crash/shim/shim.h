#pragma once
// What the shim's parts share. Everything goes to the kernel by syscall(): nothing here can end up in its own
// hooks.
//
// Environment, without WAGATE_CRASH_DIR nothing is done:
//   WAGATE_CRASH_DIR      absolute path; files below it are watched, except shared memory (-shm) and lock
//   files WAGATE_CRASH_REPORT   a file of 64 bytes or more: eight 64-bit numbers, see `struct report`
//   WAGATE_CRASH_CLASS    write, sync, cut (ftruncate and unlink), send or receive: the calls that are
//   counted WAGATE_CRASH_AT       the number of the call at which it happens, from 1 WAGATE_CRASH_WHEN before
//   (default) or after the call WAGATE_CRASH_DO       kill, power, EIO or ENOSPC; nothing: only count
//   WAGATE_CRASH_ALWAYS   1: also every later call of the class fails (EIO, ENOSPC)
//   WAGATE_CRASH_WHILE    path: calls from AT on fail as long as this file exists
//   WAGATE_CRASH_SEED     of what a power loss leaves
#include <stdint.h>

#include <sys/types.h>

enum call_class { CALL_WRITE, CALL_SYNC, CALL_CUT, CALL_SEND, CALL_RECEIVE, CALL_CLASSES };
enum action { ACTION_NONE, ACTION_KILL, ACTION_POWER, ACTION_FAIL };

struct report {
    uint64_t calls[CALL_CLASSES];
    uint64_t fired;        ///< how often something was done
    uint64_t lost_sectors; ///< of the power loss
    uint64_t reserved;
};

struct config {
    int is_on;
    char directory[512];
    size_t directory_length;
    enum call_class watched;
    uint64_t at;
    int is_after;
    enum action action;
    int error;
    int is_always;
    char while_exists[512];
    uint64_t seed;
};

struct config const* crash_config(void);
struct report* crash_report(void);

/// To be called before each call of a class. May not return. @return 0, or the errno that the call must fail
/// with. *is_chosen tells crash_leave() that the process ends after this call.
int crash_arrive(enum call_class class, int holds_lock, int* is_chosen);
void crash_leave(int is_chosen, int holds_lock);

// --- files (files.c)
/// Whether undo information is kept; the lock is only needed then.
int files_keep_undo(void);
void files_lock(void);
void files_unlock(void);
struct tracked_file;
struct tracked_file* files_of(int fd);
void files_opened(int fd, char const* path, int is_new);
void files_closed(int fd);
void files_before_write(struct tracked_file* file, off_t offset, size_t length);
void files_before_truncate(struct tracked_file* file, off_t length);
void files_synced(struct tracked_file* file);
/// Takes back a part of what was not synced. With the lock held.
void files_lose_power(void);
