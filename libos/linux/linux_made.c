// SPDX-License-Identifier: MIT
// Open files of what is made: texts, folders; and the root of it all.
#include "linux_made.h"

#include <stdarg.h>

#include "format.h"
#include "linux_entries.h"
#include "linux_errors.h"
#include "linux_file.h"
#include "linux_place.h"
#include "linux_user.h"
#include "string.h"

enum { PRINTED = 512, MADE_DEVICE = 5, BLOCK_SIZE = 4096, TEXT_MOST = 4096 };
enum { FROM_START, FROM_HERE, FROM_END };

// ---- texts ----

void sink_bytes(struct linux_sink *sink, const char *bytes, uint64_t size) {
    uint64_t skipped = size < sink->skip ? size : sink->skip;
    sink->skip -= skipped;
    size -= skipped;
    if (size > sink->left) sink->is_full = true;
    if (size > sink->left) size = sink->left;
    if (size == 0 || sink->is_bad) return;
    if (sink->text != NULL)
        memcpy(sink->text + sink->done, bytes + skipped, size);
    else
        sink->is_bad = !user_write(sink->to + sink->done, bytes + skipped, size);
    if (sink->is_bad) return;
    sink->left -= size;
    sink->done += size;
}

void sink_print(struct linux_sink *sink, const char *text, ...) {
    char printed[PRINTED];
    va_list arguments;
    va_start(arguments, text);
    size_t length = format_list_to(printed, sizeof printed, text, arguments);
    va_end(arguments);
    sink_bytes(sink, printed, length < sizeof printed ? length : sizeof printed - 1);
}

static int64_t read(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    struct linux_sink sink = {.skip = offset == FILE_AT_POSITION ? file->position : offset, .left = size, .to = to};
    file->made.kind->text(&file->made, &sink);
    if (offset == FILE_AT_POSITION) file->position += sink.done;
    return sink.done == 0 && sink.is_bad ? -EFAULT : (int64_t)sink.done;
}

static int64_t write(struct linux_file *file, uint64_t from, uint64_t size, uint64_t offset) {
    char text[TEXT_MOST];
    (void)offset;
    if (file->made.kind->write == NULL) return -EINVAL;
    if (size > sizeof text) size = sizeof text;
    return user_read(text, from, size) ? file->made.kind->write(&file->made, text, size) : -EFAULT;
}

static int64_t seek(struct linux_file *file, int64_t offset, uint32_t from) {
    if (from > FROM_END || (from == FROM_END && file->made.size == 0)) return -EINVAL;
    if (from == FROM_HERE) offset += (int64_t)file->position;
    if (from == FROM_END) offset += (int64_t)file->made.size;
    if (offset < 0) return -EINVAL;
    file->position = (uint64_t)offset;
    return offset;
}

void made_stat(const struct linux_made *node, struct linux_stat *stat) {
    *stat = (struct linux_stat){.device = MADE_DEVICE,
                                .inode = node->inode,
                                .mode = node->mode,
                                .links = (node->mode & MADE_TYPE) == MADE_FOLDER ? 2 : 1,
                                .special = node->special,
                                .size = (int64_t)node->size,
                                .block_size = BLOCK_SIZE,
                                .blocks = ((int64_t)node->size + 511) / 512};
}

static int64_t stat(struct linux_file *file, struct linux_stat *stat) {
    made_stat(&file->made, stat);
    return 0;
}

const struct linux_file_kind linux_text = {.name = "text", .read = read, .write = write, .seek = seek, .stat = stat};

// ---- folders ----

// position: 0 and 1 are . and .., then what there is.
static int64_t list(struct linux_file *file, uint64_t to, uint64_t size) {
    struct linux_entries entries = {.to = to, .left = size};
    char name[MADE_NAME] = ".";
    struct linux_made node = file->made;
    bool is_end = false;
    for (;;) {
        if (file->position == 1) memcpy(name, "..", 3);
        is_end = file->position > 1 && !file->made.kind->entry(&file->made, file->position - 2, name, &node);
        if (is_end || !entries_add(&entries, node.inode, file->position + 1, node.mode, name, string_length(name)))
            break;
        file->position++;
    }
    return entries_answer(&entries, is_end);
}

static int64_t read_folder(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    (void)file, (void)to, (void)size, (void)offset;
    return -EISDIR;
}

const struct linux_file_kind linux_made_folder = {
    .name = "folder", .read = read_folder, .seek = seek, .stat = stat, .list = list};

int64_t made_open(const struct linux_made *node, const char *path, uint32_t flags, struct linux_file **file) {
    bool is_folder = (node->mode & MADE_TYPE) == MADE_FOLDER, is_link = (node->mode & MADE_TYPE) == MADE_LINK;
    int64_t error = -ENFILE;
    if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) return -EEXIST;
    if (is_folder && ((flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0)) return -EISDIR;
    if ((flags & O_DIRECTORY) != 0 && !is_folder) return -ENOTDIR;
    if (is_link && (flags & O_NOFOLLOW) != 0 && (flags & O_PATH) == 0) return -ELOOP;
    if (!is_folder && node->kind->open != NULL && (flags & O_PATH) == 0) {
        *file = node->kind->open(node, flags, &error);
    } else {
        if ((flags & O_ACCMODE) != O_RDONLY && node->kind->write == NULL) return -EACCES;
        *file = linux_file_make(is_folder ? &linux_made_folder : &linux_text, flags, 0);
        if (*file != NULL) (*file)->made = *node;
    }
    if (*file == NULL) return error;
    if ((*file)->path[0] == '\0' && (*file)->long_path == 0) linux_file_name(*file, path);
    return 0;
}

// ---- the root ----

static const struct {
    const char *name;
    struct linux_made node;
} folders[] = {
    {"boot", {.kind = &made_boot, .mode = MADE_FOLDER | 0555, .inode = 2}},
    {"dev", {.kind = &made_devices, .mode = MADE_FOLDER | 0755, .inode = 3}},
    {"proc", {.kind = &made_processes, .mode = MADE_FOLDER | 0555, .inode = 4}},
};

enum { FOLDERS = sizeof folders / sizeof folders[0] };

static bool find_folder(const struct linux_made *folder, const char *name, struct linux_made *node) {
    (void)folder;
    for (unsigned i = 0; i < FOLDERS; i++) {
        if (!string_equal(folders[i].name, name)) continue;
        *node = folders[i].node;
        return true;
    }
    return false;
}

static bool folder_entry(const struct linux_made *folder, uint64_t index, char name[MADE_NAME],
                         struct linux_made *node) {
    (void)folder;
    if (index >= FOLDERS) return false;
    memcpy(name, folders[index].name, string_length(folders[index].name) + 1);
    *node = folders[index].node;
    return true;
}

const struct linux_made_kind made_root = {.find = find_folder, .entry = folder_entry};
