// Which descriptors are files of the data folder, and what a loss of power may take back: for each file the
// old content of every sector that was written since its last sync.
#include "shim.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>
#include <sys/syscall.h>

enum { SECTOR = 512, MOST_FILES = 64, MOST_DESCRIPTORS = 65536, BUCKETS = 4096 };

struct sector {
    uint64_t number;
    struct sector* next_in_bucket;
    struct sector* next; ///< in the order of the first write
    char old[SECTOR];    ///< zeros where the file ended
};

struct tracked_file {
    char path[512];
    dev_t device;
    ino_t inode;
    int fd; ///< our own, for reading and taking back; never closed, as closing would drop the process's locks
    int is_new; ///< created and not synced since
    off_t synced_size;
    struct sector* buckets[BUCKETS];
    struct sector* first;
    struct sector* last;
    uint64_t sectors;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct tracked_file* files[MOST_FILES];
static size_t file_count;
static struct tracked_file* by_descriptor[MOST_DESCRIPTORS];
static char shared_memory[8][512];
static size_t shared_memory_count;

int files_keep_undo(void)
{
    return crash_config()->action == ACTION_POWER;
}

void files_lock(void)
{
    pthread_mutex_lock(&mutex);
}

void files_unlock(void)
{
    pthread_mutex_unlock(&mutex);
}

struct tracked_file* files_of(int fd)
{
    return fd >= 0 && fd < MOST_DESCRIPTORS ? __atomic_load_n(&by_descriptor[fd], __ATOMIC_ACQUIRE) : NULL;
}

static int ends_with(char const* text, char const* end)
{
    size_t const length = strlen(text);
    size_t const wanted = strlen(end);
    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

static void note_shared_memory(char const* path)
{
    for (size_t i = 0; i < shared_memory_count; ++i)
        if (strcmp(shared_memory[i], path) == 0) return;
    if (shared_memory_count < 8) strncpy(shared_memory[shared_memory_count++], path, 511);
}

static struct tracked_file* find_or_add(int fd, char const* path, int is_new)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return NULL;
    for (size_t i = 0; i < file_count; ++i)
        if (files[i]->device == status.st_dev && files[i]->inode == status.st_ino) return files[i];
    if (file_count == MOST_FILES) return NULL;
    struct tracked_file* const file = calloc(1, sizeof *file);
    if (!file) return NULL;
    strncpy(file->path, path, sizeof file->path - 1);
    file->device = status.st_dev;
    file->inode = status.st_ino;
    file->is_new = is_new;
    file->synced_size = status.st_size;
    file->fd = files_keep_undo() ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
    files[file_count++] = file;
    return file;
}

void files_opened(int fd, char const* path, int is_new)
{
    struct config const* const config = crash_config();
    if (fd < 0 || fd >= MOST_DESCRIPTORS || strncmp(path, config->directory, config->directory_length) != 0)
        return;
    files_lock();
    if (ends_with(path, "-shm"))
        note_shared_memory(path);
    else if (!ends_with(path, "lock"))
        __atomic_store_n(&by_descriptor[fd], find_or_add(fd, path, is_new), __ATOMIC_RELEASE);
    files_unlock();
}

void files_closed(int fd)
{
    if (files_of(fd)) __atomic_store_n(&by_descriptor[fd], NULL, __ATOMIC_RELEASE);
}

static void remember(struct tracked_file* file, uint64_t number)
{
    struct sector** const bucket = &file->buckets[number % BUCKETS];
    for (struct sector* known = *bucket; known; known = known->next_in_bucket)
        if (known->number == number) return;
    struct sector* const sector = calloc(1, sizeof *sector);
    if (!sector) abort();
    sector->number = number;
    syscall(SYS_pread64, file->fd, sector->old, (size_t)SECTOR, (off_t)(number * SECTOR));
    sector->next_in_bucket = *bucket;
    *bucket = sector;
    if (file->last)
        file->last->next = sector;
    else
        file->first = sector;
    file->last = sector;
    ++file->sectors;
}

void files_before_write(struct tracked_file* file, off_t offset, size_t length)
{
    if (file->fd < 0 || length == 0) return;
    uint64_t const end = ((uint64_t)offset + length + SECTOR - 1) / SECTOR;
    for (uint64_t number = (uint64_t)offset / SECTOR; number < end; ++number)
        remember(file, number);
}

static off_t size_of(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 ? status.st_size : 0;
}

void files_before_truncate(struct tracked_file* file, off_t length)
{
    if (file->fd < 0) return;
    off_t const size = size_of(file->fd);
    if (size > length) files_before_write(file, length, (size_t)(size - length));
}

void files_synced(struct tracked_file* file)
{
    if (file->fd < 0) return;
    for (struct sector* sector = file->first; sector;) {
        struct sector* const next = sector->next;
        free(sector);
        sector = next;
    }
    memset(file->buckets, 0, sizeof file->buckets);
    file->first = file->last = NULL;
    file->sectors = 0;
    file->is_new = 0;
    file->synced_size = size_of(file->fd);
}

static uint64_t random_state;

static uint64_t draw(uint64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return below ? random_state % below : 0;
}

/// How much is lost: all of it, about half, little, or what came after some moment.
enum style { LOSE_ALL, LOSE_HALF, LOSE_LITTLE, LOSE_THE_LAST, STYLES };

static int is_lost(enum style style, uint64_t place, uint64_t moment)
{
    switch (style) {
    case LOSE_ALL: return 1;
    case LOSE_HALF: return draw(2) == 0;
    case LOSE_LITTLE: return draw(10) == 0;
    default: return place >= moment;
    }
}

static void put_back(struct tracked_file* file, struct sector const* sector, off_t size)
{
    off_t const start = (off_t)(sector->number * SECTOR);
    if (start >= size) return;
    size_t const length = size - start < SECTOR ? (size_t)(size - start) : (size_t)SECTOR;
    syscall(SYS_pwrite64, file->fd, sector->old, length, start);
    ++crash_report()->lost_sectors;
}

/// False once it was deleted: its name may be another file's by now.
static int has_its_name(struct tracked_file const* file)
{
    struct stat status;
    return stat(file->path, &status) == 0 && status.st_dev == file->device && status.st_ino == file->inode;
}

static void lose(struct tracked_file* file, enum style style)
{
    if (file->fd < 0) return;
    if (file->is_new && draw(2) == 0) {
        if (has_its_name(file)) syscall(SYS_unlink, file->path);
        return;
    }
    off_t size = size_of(file->fd);
    off_t const was = file->synced_size;
    // A shortened file is shortened, or whole as it was: the file system keeps that apart from contents.
    int const is_longer_again = size < was && (style == LOSE_ALL || draw(2) == 0);
    if (is_longer_again) {
        syscall(SYS_ftruncate, file->fd, was);
        size = was;
    }
    uint64_t const moment = draw(file->sectors + 1);
    uint64_t place = 0;
    for (struct sector const* sector = file->first; sector; sector = sector->next, ++place)
        if (is_longer_again || is_lost(style, place, moment)) put_back(file, sector, size);
    if (size > was) {
        uint64_t const grown = (uint64_t)(size - was + SECTOR - 1) / SECTOR;
        if (style == LOSE_ALL)
            syscall(SYS_ftruncate, file->fd, was);
        else if (draw(2) == 0)
            syscall(SYS_ftruncate, file->fd, was + (off_t)(draw(grown) * SECTOR));
    }
}

void files_lose_power(void)
{
    random_state = crash_config()->seed * 2654435761u + 88172645463325252u;
    for (int i = 0; i < 8; ++i)
        draw(1);
    enum style const style = (enum style)draw(STYLES);
    for (size_t i = 0; i < file_count; ++i)
        lose(files[i], style);
    for (size_t i = 0; i < shared_memory_count; ++i)
        syscall(SYS_unlink, shared_memory[i]);
}
