// SPDX-License-Identifier: MIT
// The table of descriptors, and the open files behind them. Its lock is never held while somebody is asked for
// something.
#include "linux_file.h"

#include <os/mutex.h>

#include "linux_epoll.h"
#include "linux_errors.h"
#include "linux_terminal.h"
#include "linux_vfork.h"
#include "string.h"

enum {
    HELD = 512,      // files that only threads have: those that were closed meanwhile
    LONG_PATHS = 64, // that are known at a time
    PATH_MOST = 4096,
    WORD = 64,
};

static struct os_mutex mutex;
static struct linux_file files[LINUX_DESCRIPTORS + HELD], *unused;
static uint32_t made; // of them, so far
static struct linux_table {
    struct linux_file *file[LINUX_DESCRIPTORS];
    uint64_t marked[LINUX_DESCRIPTORS / WORD]; // O_CLOEXEC
    struct linux_file *folder;                 // the working directory; NULL: the root
} tables[2];                                   // the process's, and that of a vforked child whom a thread of it plays
static char long_paths[LONG_PATHS][PATH_MOST]; // 0 is never used
static uint64_t long_used = 1;

uint64_t linux_file_limit = LINUX_DESCRIPTORS;

_Static_assert(LONG_PATHS == WORD, "a bit of long_used each");

static struct linux_table *mine(void) { return &tables[vfork_is_played() ? 1 : 0]; }

static void lock(void) { os_mutex_lock(&mutex); }
static void unlock(void) { os_mutex_unlock(&mutex); }

// ---- open files ----

struct linux_file *linux_file_make(const struct linux_file_kind *kind, uint32_t flags, uint32_t number) {
    lock();
    struct linux_file *file = unused;
    if (file != NULL)
        unused = file->next;
    else if (made < sizeof files / sizeof files[0])
        file = &files[made++];
    if (file != NULL) {
        file->kind = kind;
        file->uses = file->holds = 0;
        file->flags = flags & ~(O_CLOEXEC | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
        file->number = number;
        file->position = file->word = 0;
        file->long_path = 0;
        file->path[0] = '\0';
        file->made = (struct linux_made){0};
    }
    unlock();
    return file;
}

// The lock is not held. Nobody has it.
static void end(struct linux_file *file) {
    epoll_forget(file);
    if (file->kind->last != NULL) file->kind->last(file);
    lock();
    if (file->long_path != 0) long_used &= ~(UINT64_C(1) << file->long_path);
    file->kind = NULL;
    file->next = unused;
    unused = file;
    unlock();
}

void linux_file_drop(struct linux_file *file) { end(file); }

void linux_file_name(struct linux_file *file, const char *path) {
    uint64_t length = string_length(path) + 1;
    if (length <= sizeof file->path) {
        memcpy(file->path, path, length);
        return;
    }
    lock();
    if (length <= PATH_MOST && long_used != UINT64_MAX) {
        file->long_path = 0;
        while ((long_used >> file->long_path & 1) != 0) file->long_path++;
        long_used |= UINT64_C(1) << file->long_path;
        memcpy(long_paths[file->long_path], path, length);
    }
    unlock();
}

const char *linux_file_path(const struct linux_file *file) {
    return file->long_path != 0 ? long_paths[file->long_path] : file->path;
}

// ---- descriptors ----

static bool is_marked(uint64_t descriptor) { return (mine()->marked[descriptor / WORD] >> descriptor % WORD & 1) != 0; }

static void mark(uint64_t descriptor, bool closes) {
    uint64_t bit = UINT64_C(1) << descriptor % WORD;
    uint64_t *word = &mine()->marked[descriptor / WORD];
    *word = (*word & ~bit) | (closes ? bit : 0);
}

// Linux looks at 32 bits of a descriptor.
static struct linux_file *at(uint64_t descriptor) {
    return (uint32_t)descriptor < LINUX_DESCRIPTORS ? mine()->file[(uint32_t)descriptor] : NULL;
}

static struct linux_file *get(uint64_t descriptor, bool by_path_too) {
    lock();
    struct linux_file *file = at(descriptor);
    if (file != NULL && (file->flags & O_PATH) != 0 && !by_path_too) file = NULL;
    if (file != NULL) file->holds++;
    unlock();
    return file;
}

struct linux_file *linux_file_get(uint64_t descriptor) {
    return get(descriptor, false);
}
struct linux_file *linux_file_get_any(uint64_t descriptor) {
    return get(descriptor, true);
}

bool linux_file_hold(struct linux_file *file) {
    lock();
    bool is_open = file->kind != NULL && file->uses + file->holds > 0;
    if (is_open) file->holds++;
    unlock();
    return is_open;
}

void linux_file_put(struct linux_file *file) {
    lock();
    bool is_last = --file->holds == 0 && file->uses == 0;
    unlock();
    if (is_last) end(file);
}

// The lock is held. => to be ended when it is not; NULL: somebody has it still
static struct linux_file *leave(uint64_t descriptor) {
    struct linux_file *file = mine()->file[descriptor];
    mine()->file[descriptor] = NULL;
    mark(descriptor, false);
    return file != NULL && --file->uses == 0 && file->holds == 0 ? file : NULL;
}

int64_t linux_file_install_from(struct linux_file *file, uint32_t flags, uint64_t least) {
    lock();
    uint64_t descriptor = least, limit = __atomic_load_n(&linux_file_limit, __ATOMIC_RELAXED);
    while (descriptor < limit && mine()->file[descriptor] != NULL) descriptor++;
    bool found = descriptor < limit;
    if (found) {
        mine()->file[descriptor] = file;
        mark(descriptor, (flags & O_CLOEXEC) != 0);
        file->uses++;
    }
    bool is_last = !found && file->uses == 0 && file->holds == 0;
    unlock();
    if (is_last) end(file);
    return found ? (int64_t)descriptor : -EMFILE;
}

int64_t linux_file_install(struct linux_file *file, uint32_t flags) { return linux_file_install_from(file, flags, 0); }

bool linux_file_close(uint64_t descriptor) {
    lock();
    bool found = at(descriptor) != NULL;
    struct linux_file *file = found ? leave((uint32_t)descriptor) : NULL;
    unlock();
    if (file != NULL) end(file);
    return found;
}

int64_t linux_file_place(struct linux_file *file, uint64_t descriptor, uint32_t flags) {
    if (descriptor >= __atomic_load_n(&linux_file_limit, __ATOMIC_RELAXED)) return -EBADF;
    lock();
    file->uses++;
    struct linux_file *old = leave(descriptor);
    mine()->file[descriptor] = file;
    mark(descriptor, (flags & O_CLOEXEC) != 0);
    unlock();
    if (old != NULL) end(old);
    return (int64_t)descriptor;
}

uint64_t linux_file_next(uint64_t descriptor) {
    lock();
    while (descriptor < LINUX_DESCRIPTORS && mine()->file[descriptor] == NULL) descriptor++;
    unlock();
    return descriptor;
}

struct linux_file *linux_file_folder_get(void) {
    lock();
    struct linux_file *file = mine()->folder;
    if (file != NULL) file->holds++;
    unlock();
    return file;
}

void linux_file_folder_set(struct linux_file *file) {
    lock();
    struct linux_file *old = mine()->folder;
    if (file != NULL) file->uses++;
    mine()->folder = file;
    bool is_last = old != NULL && --old->uses == 0 && old->holds == 0;
    unlock();
    if (is_last) end(old);
}

void linux_file_close_range(uint64_t first, uint64_t last, bool only_mark) {
    for (uint64_t i = linux_file_next(first); i <= last && i < LINUX_DESCRIPTORS; i = linux_file_next(i + 1)) {
        if (only_mark)
            linux_file_mark(i, true);
        else
            linux_file_close(i);
    }
}

int64_t linux_file_marks(uint64_t descriptor) {
    lock();
    int64_t marks = at(descriptor) == NULL ? -EBADF : is_marked((uint32_t)descriptor) ? (int64_t)O_CLOEXEC : 0;
    unlock();
    return marks;
}

int64_t linux_file_mark(uint64_t descriptor, bool closes) {
    lock();
    bool found = at(descriptor) != NULL;
    if (found) mark((uint32_t)descriptor, closes);
    unlock();
    return found ? 0 : -EBADF;
}

// ---- processes ----

void linux_file_start(void) {
    os_mutex_start(&mutex);
    epoll_start();
    struct linux_file *console = terminal_first();
    if (console == NULL) console = linux_file_make(&linux_console, O_RDWR, 0);
    linux_file_name(console, "/dev/console");
    for (uint64_t i = 0; i <= 2; i++) linux_file_place(console, i, 0);
}

void linux_file_before_fork(void) { lock(); }
void linux_file_after_fork(void) { unlock(); }

void linux_file_forked(void) {
    os_mutex_start(&mutex);
    epoll_start();
    for (struct linux_file *file = files; file < files + made; file++) {
        if (file->kind == NULL) continue;
        file->holds = 0;
        if (file->uses == 0) end(file);
    }
}

static void count(const struct linux_table *table, uint32_t more) {
    for (uint64_t i = 0; i < LINUX_DESCRIPTORS; i++) {
        if (table->file[i] != NULL) table->file[i]->uses += more;
    }
    if (table->folder != NULL) table->folder->uses += more;
}

void linux_file_play(void) {
    lock();
    tables[1] = tables[0];
    count(&tables[1], 1);
    unlock();
}

void linux_file_play_ends(void) {
    linux_file_close_range(0, LINUX_DESCRIPTORS, false);
    linux_file_folder_set(NULL);
}

// Files that nobody else has come to their end behind this, as after any fork.
void linux_file_played(void) {
    count(&tables[0], UINT32_MAX);
    tables[0] = tables[1];
}

void linux_file_exec(void) {
    for (uint64_t i = linux_file_next(0); i < LINUX_DESCRIPTORS; i = linux_file_next(i + 1)) {
        if (is_marked(i)) linux_file_close(i);
    }
}
