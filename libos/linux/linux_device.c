// SPDX-License-Identifier: MIT
// The folder /dev: devices that live in the process, and links.
#include "linux_device.h"

#include <os/unix.h>

#include "linux_area.h"
#include "linux_errors.h"
#include "linux_place.h"
#include "linux_random.h"
#include "linux_terminal.h"
#include "linux_user.h"
#include "string.h"

enum { MODE = MADE_CHARACTER | 0666, FIRST_INODE = 16 };

static int64_t read_nothing(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    (void)file, (void)to, (void)size, (void)offset;
    return 0;
}

static int64_t write_all(struct linux_file *file, uint64_t from, uint64_t size, uint64_t offset) {
    (void)file, (void)from, (void)offset;
    return (int64_t)size;
}

static int64_t write_none(struct linux_file *file, uint64_t from, uint64_t size, uint64_t offset) {
    (void)file, (void)from, (void)size, (void)offset;
    return -ENOSPC;
}

static int64_t read_zero(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    static const uint8_t zeros[512];
    uint64_t done = 0;
    (void)file, (void)offset;
    while (done < size) {
        uint64_t some = size - done < sizeof zeros ? size - done : sizeof zeros;
        if (!user_write(to + done, zeros, some)) return done != 0 ? (int64_t)done : -EFAULT;
        done += some;
    }
    return (int64_t)done;
}

static int64_t read_random(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    uint64_t done = 0;
    (void)file, (void)offset;
    while (done < size) {
        uint64_t word = random_word(), some = size - done < sizeof word ? size - done : sizeof word;
        if (!user_write(to + done, &word, some)) return done != 0 ? (int64_t)done : -EFAULT;
        done += some;
    }
    return (int64_t)done;
}

// They have no position.
static int64_t seek(struct linux_file *file, int64_t offset, uint32_t from) {
    (void)file, (void)offset, (void)from;
    return 0;
}

static int64_t stat(struct linux_file *file, struct linux_stat *stat) {
    made_stat(&file->made, stat);
    return 0;
}

// Anonymous memory.
static int64_t map_zero(struct linux_file *file, uint64_t offset, uint64_t pages, uint64_t va,
                        struct linux_terms *terms, struct linux_backing *backing) {
    (void)file, (void)offset;
    terms->is_file = false;
    return terms->is_shared ? backing_share(pages, va, backing) : 0;
}

static const struct linux_file_kind null = {
    .name = "null", .read = read_nothing, .write = write_all, .seek = seek, .stat = stat};
static const struct linux_file_kind zero = {
    .name = "zero", .read = read_zero, .write = write_all, .seek = seek, .stat = stat, .map = map_zero};
static const struct linux_file_kind full = {
    .name = "full", .read = read_zero, .write = write_none, .seek = seek, .stat = stat};
static const struct linux_file_kind chance = {
    .name = "random", .read = read_random, .write = write_all, .seek = seek, .stat = stat};

static struct linux_file *open(const struct linux_made *node, uint32_t flags, int64_t *error);
static void text(const struct linux_made *node, struct linux_sink *sink);
static const struct linux_made_kind device = {.open = open}, a_link = {.text = text};

// `word`: its place in the table.
#define DEVICE(place, major, minor) \
    { &device, FIRST_INODE + (place), 0, place, MODE, (major) << 8 | (minor) }
#define LINK(place) \
    { &a_link, FIRST_INODE + (place), 0, place, MADE_LINK | 0777, 0 }
static const struct {
    const char *name;
    const struct linux_file_kind *kind;
    const char *target; // of a link
    struct linux_made node;
} table[] = {
    {"console", &linux_console, NULL, DEVICE(0, 5, 1)},
    {"fd", NULL, "/proc/self/fd", LINK(1)},
    {"full", &full, NULL, DEVICE(2, 1, 7)},
    {"null", &null, NULL, DEVICE(3, 1, 3)},
    {"random", &chance, NULL, DEVICE(4, 1, 8)},
    {"shm", NULL, NULL, {&made_shared, FIRST_INODE + 5, 0, 5, MADE_FOLDER | 01777, 0}},
    {"stderr", NULL, "/proc/self/fd/2", LINK(6)},
    {"stdin", NULL, "/proc/self/fd/0", LINK(7)},
    {"stdout", NULL, "/proc/self/fd/1", LINK(8)},
    {"tty", &linux_console, NULL, DEVICE(9, 5, 0)},
    {"urandom", &chance, NULL, DEVICE(10, 1, 9)},
    {"zero", &zero, NULL, DEVICE(11, 1, 5)},
    {"ptmx", &linux_console, NULL, DEVICE(12, 5, 2)},
    {"ttyS0", &linux_console, NULL, DEVICE(13, 4, 64)},
    {"pts", NULL, NULL, {&made_terminals, FIRST_INODE + 14, 0, 14, MADE_FOLDER | 0755, 0}},
};

enum { DEVICES = sizeof table / sizeof table[0] };

static void text(const struct linux_made *node, struct linux_sink *sink) {
    const char *target = table[node->word].target;
    sink_bytes(sink, target, string_length(target));
}

// Terminals are the server's; without it there is the machine's console.
static struct linux_file *open(const struct linux_made *node, uint32_t flags, int64_t *error) {
    const struct linux_file_kind *kind = table[node->word].kind;
    if (kind == &linux_console && os_unix_has_begun()) return terminal_open(node->special, flags, error);
    struct linux_file *file = linux_file_make(kind, flags, 0);
    if (file != NULL) file->made = *node;
    if (file == NULL) *error = -ENFILE;
    return file;
}

const struct linux_made *device_of(uint32_t special) {
    for (unsigned i = 0; i < DEVICES; i++) {
        if (table[i].kind != NULL && table[i].node.special == special) return &table[i].node;
    }
    return NULL;
}

static bool find(const struct linux_made *folder, const char *name, struct linux_made *node) {
    (void)folder;
    for (unsigned i = 0; i < DEVICES; i++) {
        if (!string_equal(name, table[i].name)) continue;
        *node = table[i].node;
        return true;
    }
    return false;
}

static bool entry(const struct linux_made *folder, uint64_t index, char name[MADE_NAME], struct linux_made *node) {
    (void)folder;
    if (index >= DEVICES) return false;
    memcpy(name, table[index].name, string_length(table[index].name) + 1);
    *node = table[index].node;
    return true;
}

const struct linux_made_kind made_devices = {.find = find, .entry = entry};
