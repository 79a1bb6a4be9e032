// SPDX-License-Identifier: MIT
// The folder /dev/shm: files of memory alone, whose names at the server begin with `shm/`.
#include <os/files.h>
#include <stddef.h>

#include "format.h"
#include "linux_errors.h"
#include "linux_place.h"
#include "string.h"

enum { NAMES = 2048, NAME = FILE_NAME_MOST + 1 };

static const char before[] = "shm/";

static const struct linux_made_kind shared;

// => false: it is longer than the server has them
static bool name_of(const char *name, char text[NAME]) { return format_to(text, NAME, "%s%s", before, name) < NAME; }

// By its number, or (0) by its name.
static int64_t open_as(uint64_t number, const char *name, uint32_t flags, uint32_t mode, struct linux_file **file) {
    uint64_t how = FILE_READ;
    uint32_t opened;
    if ((flags & O_ACCMODE) != O_RDONLY) how |= FILE_WRITE;
    if ((flags & O_ACCMODE) == O_WRONLY) how &= ~(uint64_t)FILE_READ;
    if (number == 0) how |= FILE_MAKE | ((flags & O_EXCL) != 0 ? FILE_NEW : 0);
    if ((flags & O_TRUNC) != 0) how |= FILE_TRUNCATE;
    if ((flags & O_APPEND) != 0) how |= FILE_APPEND;
    if (!place_session()) return -ENOENT;
    int64_t error = linux_file_error(os_file_memory(name, how, mode, 0, &number, &opened));
    if (error != 0) return error;
    *file = linux_file_make(&linux_regular, flags, opened);
    if (*file == NULL) os_file_close(opened);
    return *file == NULL ? -ENFILE : 0;
}

// ---- what is in it ----

// => false: it has gone
static bool describe(uint64_t number, struct linux_made *node) {
    struct os_file_stat stat;
    uint32_t file;
    if (os_file_memory("", FILE_READ, 0, 0, &number, &file) != FILE_OK) return false;
    enum file_error error = os_file_stat(file, "", 0, &stat);
    os_file_close(file);
    *node = (struct linux_made){
        .kind = &shared, .inode = number & UINT32_MAX, .size = stat.size, .mode = stat.mode, .word = number};
    return error == FILE_OK;
}

// Those whose names begin so, one after the other, until one is wanted. => false: there are no more
static bool next(uint64_t *number, char name[MADE_NAME]) {
    _Alignas(8) char names[NAMES];
    uint64_t done = 0;
    for (uint64_t from = *number; os_file_names(&from, names, sizeof names, &done) == FILE_OK && done > 0;) {
        for (uint64_t at = 0; at < done;) {
            const struct os_file_entry *entry = (const struct os_file_entry *)(const void *)(names + at);
            const char *text = names + at + offsetof(struct os_file_entry, name);
            at += entry->size;
            if (memcmp(text, before, sizeof before - 1) != 0) continue;
            *number = entry->inode;
            memcpy(name, text + sizeof before - 1, entry->length - (sizeof before - 1) + 1u);
            return true;
        }
    }
    return false;
}

static bool find(const struct linux_made *folder, const char *name, struct linux_made *node) {
    char text[NAME];
    uint64_t number = 0;
    uint32_t file;
    (void)folder;
    if (!name_of(name, text) || !place_session()) return false;
    if (os_file_memory(text, FILE_READ, 0, 0, &number, &file) != FILE_OK) return false;
    os_file_close(file);
    return describe(number, node);
}

static bool entry(const struct linux_made *folder, uint64_t index, char name[MADE_NAME], struct linux_made *node) {
    uint64_t number = 0;
    (void)folder;
    if (!place_session()) return false;
    do
        if (!next(&number, name)) return false;
    while (index-- > 0);
    if (!describe(number, node)) *node = (struct linux_made){.kind = &shared, .mode = MADE_REGULAR};
    return true;
}

static int64_t make(const struct linux_made *folder, const char *name, uint32_t flags, uint32_t mode,
                    struct linux_file **file) {
    char text[NAME];
    (void)folder;
    return name_of(name, text) ? open_as(0, text, flags, mode, file) : -ENAMETOOLONG;
}

static int64_t remove(const struct linux_made *node) { return linux_file_error(os_file_unname(node->word, "")); }

static struct linux_file *open(const struct linux_made *node, uint32_t flags, int64_t *error) {
    struct linux_file *file = NULL;
    *error = open_as(node->word, "", flags, 0, &file);
    return file;
}

static const struct linux_made_kind shared = {.open = open, .remove = remove};
const struct linux_made_kind made_shared = {.find = find, .entry = entry, .make = make};
