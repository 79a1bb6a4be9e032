// SPDX-License-Identifier: MIT
// Shared memory of System V: segments are files of memory alone, named by their keys; their numbers are those of the
// files, counted from NUMBER_BASE.
#include <os/files.h>
#include <os/process.h>

#include "format.h"
#include "linux_call.h"
#include "linux_errors.h"
#include "linux_mapped.h"
#include "linux_memory.h"
#include "linux_source.h"
#include "string.h"

#define NUMBER_BASE (UINT64_C(1) << 32)

enum {
    NAME = 48,
    NAMES = 2048, // bytes of a list
    // shmget
    MAKE = 01000,
    NEW = 02000,
    MODE = 0777,
    // shmat
    READ_ONLY = 010000,
    ROUND = 020000,
    REMAP = 040000,
    EXECUTE = 0100000,
    // shmctl
    REMOVE = 0,
    SET = 1,
    STAT = 2,
    LIMITS = 3,
    LOCK = 11,
    UNLOCK = 12,
    STAT_INDEX = 13,
    USAGE = 14,
    STAT_ANY = 15,
    REMOVED = 01000, // in a mode
    SEGMENTS_MOST = 4096,
    // mmap's flags
    MAP_SHARED = 1,
    MAP_FIXED = 0x10,
    MAP_NO_REPLACE = 0x100000,
};

static const char before[] = "sysv/", alone[] = "sysv/alone/";

struct segment {
    int32_t key;
    uint32_t user, group, maker, makers_group, mode;
    uint16_t sequence, padding;
    uint64_t unused[2];
    uint64_t size;
    int64_t attached, detached, changed;
    int32_t maker_process, last_process;
    uint64_t count, unused_2[2];
};
_Static_assert(sizeof(struct segment) == 112, "as Linux has it");

static int64_t error_of(enum file_error error) {
    switch ((int)error) {
    case FILE_OK:
        return 0;
    case FILE_NOT_FOUND:
        return -ENOENT;
    case FILE_EXISTS:
        return -EEXIST;
    case FILE_FULL:
        return -ENOSPC;
    case FILE_GONE:
        return -ENOSYS;
    default:
        return -ENOMEM;
    }
}

static uint64_t number_of(int id) { return NUMBER_BASE + (uint32_t)id; }

// A segment of its own: its name is what no other has.
static enum file_error make_alone(uint64_t flags, uint64_t size, uint64_t *number, uint32_t *file) {
    static uint64_t count;
    enum file_error error;
    char name[NAME];
    do {
        uint64_t some = __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
        format_to(name, sizeof name, "%s%lu.%lu", alone, (uint64_t)os_start->process, some);
        *number = 0;
        error = os_file_memory(name, FILE_READ | FILE_WRITE | FILE_MAKE | FILE_NEW, flags & MODE, size, number, file);
    } while (error == FILE_EXISTS);
    return error;
}

static enum file_error find(int key, uint64_t flags, uint64_t size, uint64_t *number, uint32_t *file) {
    char name[NAME];
    uint64_t how = FILE_READ | FILE_WRITE;
    format_to(name, sizeof name, "%s%x", before, (unsigned)key);
    if ((flags & MAKE) != 0) how |= FILE_MAKE;
    if ((flags & MAKE) != 0 && (flags & NEW) != 0) how |= FILE_NEW;
    if (size == 0) how &= ~(uint64_t)(FILE_MAKE | FILE_NEW);
    *number = 0;
    return os_file_memory(name, how, flags & MODE, size, number, file);
}

int64_t linux_sys_shmget(int key, uint64_t size, uint64_t flags) {
    struct os_file_stat stat = {0};
    uint64_t number;
    uint32_t file;
    if (size > LINUX_END) return (flags & MAKE) != 0 || key == 0 ? -EINVAL : -ENOENT;
    if (key == 0 && size == 0) return -EINVAL;
    enum file_error error = source_session();
    if (error == FILE_OK)
        error = key == 0 ? make_alone(flags, size, &number, &file) : find(key, flags, size, &number, &file);
    if (error == FILE_NOT_FOUND && size == 0 && (flags & MAKE) != 0) return -EINVAL;
    if (error != FILE_OK) return error_of(error);
    error = os_file_stat(file, "", 0, &stat);
    os_file_close(file);
    if (error != FILE_OK) return error_of(error);
    if (stat.size < size) return -EINVAL;
    return (int64_t)(number - NUMBER_BASE);
}

// ---- in memory ----

static int64_t map(struct linux_file *file, uint64_t offset, uint64_t pages, uint64_t va, struct linux_terms *terms,
                   struct linux_backing *backing) {
    int64_t error = linux_mapped(file, offset, pages, va, terms, backing);
    backing->attached = file->word;
    return error;
}

static const struct linux_file_kind kind = {.name = "segment", .map = map};

int64_t linux_sys_shmat(int id, uint64_t va, uint64_t flags) {
    struct os_file_stat stat;
    uint64_t number = number_of(id), how = MAP_SHARED, protection = PROTECTION_READ;
    uint32_t file;
    if (va != 0) {
        if (va % PAGE != 0 && (flags & ROUND) == 0) return -EINVAL;
        va &= ~UINT64_C(4095);
        if (va == 0 && (flags & REMAP) != 0) return -EINVAL;
        how |= (flags & REMAP) != 0 ? MAP_FIXED : MAP_NO_REPLACE;
    } else if ((flags & REMAP) != 0) {
        return -EINVAL;
    }
    if (id < 0 || source_session() != FILE_OK) return -EINVAL;
    if (os_file_memory("", FILE_READ | FILE_WRITE, 0, 0, &number, &file) != FILE_OK) return -EINVAL;
    if ((flags & READ_ONLY) == 0) protection |= PROTECTION_WRITE;
    if ((flags & EXECUTE) != 0) protection |= PROTECTION_EXEC;
    int64_t at = -EINVAL;
    if (os_file_stat(file, "", 0, &stat) == FILE_OK) {
        struct linux_file opened = {.kind = &kind,
                                    .flags = (flags & READ_ONLY) != 0 ? O_RDONLY : O_RDWR,
                                    .number = file,
                                    .word = (uint64_t)id + 1};
        format_to(opened.path, sizeof opened.path, "/SYSV00000000 (deleted)");
        at = memory_map_file(va, page_up(stat.size), protection, how, &opened, 0);
    }
    os_file_close(file);
    return at == -EEXIST ? -EINVAL : at;
}

int64_t linux_sys_shmdt(uint64_t va) {
    uint64_t attached = 0;
    int64_t error = -EINVAL;
    if (va % PAGE != 0) return -EINVAL;
    memory_lock();
    for (struct linux_area *area = area_from(va), *next; area != NULL; area = next) {
        const struct linux_backing *backing = area->backing;
        next = area_next(area);
        if (backing == NULL || backing->attached == 0 || backing->va - backing->first * PAGE != va ||
            (attached != 0 && backing->attached != attached))
            continue;
        attached = backing->attached;
        error = memory_unmap(area_start(area), area_end(area));
        next = area_from(va);
    }
    memory_unlock();
    return error;
}

// ---- what is known of them ----

// Of those that have a name, the first from *number on. => false: there are no more
static bool next_named(uint64_t *number, int32_t *key) {
    _Alignas(8) char names[NAMES];
    uint64_t done = 0;
    for (uint64_t from = *number; os_file_names(&from, names, sizeof names, &done) == FILE_OK && done > 0;) {
        for (uint64_t at = 0; at < done;) {
            const struct os_file_entry *entry = (const struct os_file_entry *)(const void *)(names + at);
            const char *name = entry->name;
            at += entry->size;
            if (memcmp(name, before, sizeof before - 1) != 0) continue;
            *number = entry->inode;
            *key = 0;
            for (const char *digit = name + sizeof before - 1;
                 memcmp(name, alone, sizeof alone - 1) != 0 && *digit != '\0'; digit++)
                *key = (int32_t)((uint32_t)*key << 4 | (uint32_t)(*digit <= '9' ? *digit - '0' : *digit - 'a' + 10));
            return true;
        }
    }
    return false;
}

static int32_t key_of(uint64_t wanted) {
    uint64_t number = wanted - 1;
    int32_t key;
    return next_named(&number, &key) && number == wanted ? key : 0;
}

// => the id of the segment that is the `index`th, or -EINVAL
static int64_t id_at(uint64_t index) {
    uint64_t number = 0;
    int32_t key;
    do
        if (!next_named(&number, &key)) return -EINVAL;
    while (index-- > 0);
    return (int64_t)(number - NUMBER_BASE);
}

static int64_t describe(uint64_t number, uint64_t to) {
    struct os_file_stat from;
    uint32_t file;
    if (os_file_memory("", FILE_READ, 0, 0, &number, &file) != FILE_OK) return -EINVAL;
    enum file_error error = os_file_stat(file, "", 0, &from);
    os_file_close(file);
    if (error != FILE_OK) return -EINVAL;
    const struct segment segment = {.key = key_of(number),
                                    .mode = (from.mode & MODE) | (from.links == 0 ? REMOVED : 0),
                                    .sequence = 0,
                                    .size = from.size,
                                    .attached = (int64_t)from.mapped,
                                    .detached = (int64_t)from.unmapped,
                                    .changed = (int64_t)from.changed,
                                    .maker_process = (int32_t)from.maker,
                                    .last_process = (int32_t)from.last,
                                    .count = from.mappings};
    return user_write(to, &segment, sizeof segment) ? 0 : -EFAULT;
}

static int64_t set(uint64_t number, uint64_t from) {
    struct segment segment;
    uint32_t file;
    if (!user_read(&segment, from, sizeof segment)) return -EFAULT;
    if (os_file_memory("", FILE_READ, 0, 0, &number, &file) != FILE_OK) return -EINVAL;
    os_file_change(file, "", FILE_CHANGE_MODE, segment.mode & MODE, 0);
    os_file_close(file);
    return 0;
}

// => the highest index that a segment has
static int64_t limits(uint64_t to) {
    const uint64_t told[9] = {UINT64_MAX - (UINT64_C(1) << 24), 1, SEGMENTS_MOST, SEGMENTS_MOST,
                              UINT64_MAX - (UINT64_C(1) << 24)};
    int64_t highest = 0;
    while (id_at((uint64_t)highest + 1) >= 0) highest++;
    return user_write(to, told, sizeof told) ? highest : -EFAULT;
}

static int64_t usage(uint64_t to) {
    struct {
        int32_t count, padding;
        uint64_t pages, resident, swapped, attempts, successes;
    } told = {0};
    struct os_file_stat stat;
    uint64_t number = 0;
    uint32_t file;
    for (int32_t key; next_named(&number, &key);) {
        if (os_file_memory("", FILE_READ, 0, 0, &number, &file) != FILE_OK) continue;
        if (os_file_stat(file, "", 0, &stat) == FILE_OK) {
            told.count++;
            told.pages += page_up(stat.size) / PAGE;
            told.resident += stat.blocks / 8;
        }
        os_file_close(file);
    }
    if (!user_write(to, &told, sizeof told)) return -EFAULT;
    return told.count > 0 ? told.count - 1 : 0;
}

int64_t linux_sys_shmctl(int id, uint64_t what, uint64_t at) {
    uint64_t number = number_of(id);
    if (id < 0 || source_session() != FILE_OK) return -EINVAL;
    switch ((uint32_t)what & ~UINT32_C(0x100)) { // IPC_64
    case REMOVE:
        return os_file_unname(number, "") == FILE_OK ? 0 : -EINVAL;
    case SET:
        return set(number, at);
    case STAT:
        return describe(number, at);
    case LIMITS:
        return limits(at);
    case LOCK:
    case UNLOCK:
        return 0;
    case STAT_INDEX:
    case STAT_ANY: {
        int64_t found = id_at((uint64_t)id);
        int64_t error = found < 0 ? found : describe(number_of((int)found), at);
        return error < 0 ? error : found;
    }
    case USAGE:
        return usage(at);
    default:
        return -EINVAL;
    }
}
