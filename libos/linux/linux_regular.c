// SPDX-License-Identifier: MIT
// Files and directories of the file server. `number` is what a file is called there, where its position is, too.
#include <os/files.h>
#include <os/threads.h>

#include "linux_entries.h"
#include "linux_errors.h"
#include "linux_mapped.h"
#include "linux_place.h"
#include "linux_regular.h"
#include "linux_user.h"
#include "string.h"

enum { DISK_DEVICE = 0xfe00, SECTOR = 512, CONTROL_LEFT = 0x541b, LISTED = 2048 };

static uint64_t here(uint64_t offset) { return offset == FILE_AT_POSITION ? FILE_HERE : offset; }

static int64_t read(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    uint64_t done;
    enum file_error error = os_file_read_by(file->number, (void *)to, size, here(offset), &done, linux_user_copy);
    return error == FILE_OK ? (int64_t)done : linux_file_error(error);
}

static int64_t write(struct linux_file *file, uint64_t from, uint64_t size, uint64_t offset) {
    uint64_t done;
    enum file_error error =
        os_file_write_by(file->number, (const void *)from, size, here(offset), &done, linux_user_copy);
    return error == FILE_OK ? (int64_t)done : linux_file_error(error);
}

static int64_t seek(struct linux_file *file, int64_t offset, uint32_t from) {
    uint64_t position;
    enum file_error error = os_file_seek(file->number, offset, (enum file_from)from, &position);
    if (error == FILE_BAD_ARGUMENT && from >= FILE_FROM_DATA) return -ENXIO;
    return error == FILE_OK ? (int64_t)position : linux_file_error(error);
}

void regular_stat(const struct os_file_stat *from, struct linux_stat *stat) {
    *stat = (struct linux_stat){.device = DISK_DEVICE,
                                .inode = from->inode,
                                .mode = from->mode,
                                .links = from->links,
                                .user = from->user,
                                .group = from->group,
                                .special = from->device,
                                .size = (int64_t)from->size,
                                .block_size = (int32_t)from->block_size,
                                .blocks = (int64_t)from->blocks,
                                .accessed = from->accessed,
                                .modified = from->modified,
                                .changed = from->changed};
}

static int64_t stat(struct linux_file *file, struct linux_stat *stat) {
    struct os_file_stat found;
    enum file_error error = os_file_stat(file->number, "", 0, &found);
    if (error == FILE_OK) regular_stat(&found, stat);
    return linux_file_error(error);
}

static int64_t control(struct linux_file *file, uint32_t what, uint64_t at) {
    struct os_file_stat found;
    uint64_t position;
    if (what != CONTROL_LEFT) return -ENOTTY;
    enum file_error error = os_file_stat(file->number, "", 0, &found);
    if (error == FILE_OK) error = os_file_seek(file->number, 0, FILE_FROM_HERE, &position);
    if (error != FILE_OK) return linux_file_error(error);
    int32_t left = (int32_t)(found.size - position);
    return user_write(at, &left, sizeof left) ? 0 : -EFAULT;
}

static int64_t truncate(struct linux_file *file, uint64_t size) {
    enum file_error error = os_file_truncate(file->number, size);
    return error == FILE_DENIED ? -EINVAL : linux_file_error(error);
}

static int64_t sync(struct linux_file *file, bool data_only) {
    return linux_file_error(os_file_sync(file->number, data_only ? FILE_DATA_ONLY : 0));
}

static int64_t set_flags(struct linux_file *file, uint32_t flags) {
    if (((file->flags ^ flags) & O_APPEND) == 0) return 0;
    return linux_file_error(os_file_set_flags(file->number, ((flags & O_APPEND) != 0 ? FILE_APPEND : 0) |
                                                                ((flags & O_DSYNC) != 0 ? FILE_SYNC : 0)));
}

static void last(struct linux_file *file) { os_file_close(file->number); }

const struct linux_file_kind linux_regular = {.name = "file",
                                              .read = read,
                                              .write = write,
                                              .seek = seek,
                                              .stat = stat,
                                              .control = control,
                                              .command = linux_mapped_command,
                                              .map = linux_mapped,
                                              .truncate = truncate,
                                              .sync = sync,
                                              .set_flags = set_flags,
                                              .last = last};

// ---- directories ----

static int64_t read_folder(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    (void)file, (void)to, (void)size, (void)offset;
    return -EISDIR;
}

// The server's entries are never shorter than Linux's: those that it gives for so many bytes fit in them.
static int64_t list(struct linux_file *file, uint64_t to, uint64_t size) {
    _Alignas(8) char text[LISTED];
    struct linux_entries entries = {.to = to, .left = size};
    uint64_t done;
    enum file_error error = os_file_list(file->number, text, size < sizeof text ? size : sizeof text, &done);
    if (error != FILE_OK) return linux_file_error(error);
    for (uint64_t at = 0; at < done;) {
        const struct os_file_entry *entry = (const struct os_file_entry *)(const void *)(text + at);
        if (!entries_add(&entries, entry->inode, entry->next, (uint32_t)entry->type << 12, entry->name, entry->length))
            break;
        at += entry->size;
    }
    return entries_answer(&entries, done == 0);
}

const struct linux_file_kind linux_folder = {
    .name = "directory", .read = read_folder, .seek = seek, .stat = stat, .list = list, .sync = sync, .last = last};
