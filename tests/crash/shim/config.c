// What to do and when: read once from the environment, counted in a shared page that the harness reads.
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/syscall.h>

static struct config settings;
static struct report own_report;
static struct report* report = &own_report;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static char const* const class_names[CALL_CLASSES] = {"write", "sync", "cut", "send", "receive"};

static char const* text(char const* name)
{
    char const* const value = getenv(name);
    return value ? value : "";
}

static void copy(char* target, size_t size, char const* source)
{
    strncpy(target, source, size - 1);
    target[size - 1] = '\0';
}

static void map_report(char const* path)
{
    long const fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) return;
    void* const page = mmap(NULL, sizeof(struct report), PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
    syscall(SYS_close, fd);
    if (page != MAP_FAILED) report = page;
}

static void read_environment(void)
{
    copy(settings.directory, sizeof settings.directory, text("WAGATE_CRASH_DIR"));
    settings.directory_length = strlen(settings.directory);
    if (settings.directory_length == 0) return;
    settings.is_on = 1;
    settings.watched = CALL_CLASSES;
    for (int i = 0; i < CALL_CLASSES; ++i)
        if (strcmp(text("WAGATE_CRASH_CLASS"), class_names[i]) == 0) settings.watched = (enum call_class)i;
    settings.at = strtoull(text("WAGATE_CRASH_AT"), NULL, 10);
    settings.is_after = strcmp(text("WAGATE_CRASH_WHEN"), "after") == 0;
    settings.is_always = strcmp(text("WAGATE_CRASH_ALWAYS"), "1") == 0;
    settings.seed = strtoull(text("WAGATE_CRASH_SEED"), NULL, 10);
    copy(settings.while_exists, sizeof settings.while_exists, text("WAGATE_CRASH_WHILE"));
    char const* const action = text("WAGATE_CRASH_DO");
    if (strcmp(action, "kill") == 0) settings.action = ACTION_KILL;
    if (strcmp(action, "power") == 0) settings.action = ACTION_POWER;
    if (strcmp(action, "EIO") == 0) settings.error = EIO;
    if (strcmp(action, "ENOSPC") == 0) settings.error = ENOSPC;
    if (settings.error != 0) settings.action = ACTION_FAIL;
    map_report(text("WAGATE_CRASH_REPORT"));
}

struct config const* crash_config(void)
{
    pthread_once(&once, read_environment);
    return &settings;
}

struct report* crash_report(void)
{
    return report;
}

static void end_here(int holds_lock)
{
    if (settings.action == ACTION_POWER) {
        // The lock stays: no other thread writes any more.
        if (!holds_lock) files_lock();
        files_lose_power();
    }
    __atomic_fetch_add(&report->fired, 1, __ATOMIC_SEQ_CST);
    for (;;)
        syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

static int is_failing(uint64_t number)
{
    if (number < settings.at) return 0;
    if (settings.while_exists[0] != '\0') return syscall(SYS_access, settings.while_exists, F_OK) == 0;
    return settings.is_always || number == settings.at;
}

int crash_arrive(enum call_class class, int holds_lock, int* is_chosen)
{
    *is_chosen = 0;
    struct config const* const config = crash_config();
    if (!config->is_on) return 0;
    uint64_t const number = __atomic_add_fetch(&report->calls[class], 1, __ATOMIC_SEQ_CST);
    if (class != config->watched || config->action == ACTION_NONE) return 0;
    if (config->action == ACTION_FAIL) {
        if (!is_failing(number)) return 0;
        __atomic_fetch_add(&report->fired, 1, __ATOMIC_SEQ_CST);
        return config->error;
    }
    if (number != config->at) return 0;
    if (!config->is_after) end_here(holds_lock);
    *is_chosen = 1;
    return 0;
}

void crash_leave(int is_chosen, int holds_lock)
{
    if (is_chosen) end_here(holds_lock);
}
