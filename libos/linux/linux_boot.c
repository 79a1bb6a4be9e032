// SPDX-License-Identifier: MIT
// The folder /boot: the files of the boot image, which init shows.
#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>

#include "linux_errors.h"
#include "linux_place.h"
#include "linux_source.h"
#include "linux_user.h"
#include "string.h"

enum { FIRST_INODE = 65536, PIECE = 2048, FROM_START = 0, FROM_HERE = 1, FROM_END = 2 };

// Of init: the file at this place. => false: there are not so many
static bool look(uint64_t index, char name[MADE_NAME], struct linux_made *node);

static int64_t read(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    struct linux_source source;
    char name[MADE_NAME], bytes[PIECE];
    struct linux_made node;
    uint64_t at = offset == FILE_AT_POSITION ? file->position : offset, done = 0;
    if (!look(file->made.word, name, &node)) return -EIO;
    int64_t some = source_open_image(&source, name);
    if (some < 0) return some;
    for (some = 1; done < size && some > 0; done += some > 0 ? (uint64_t)some : 0) {
        some = source_read(&source, at + done, bytes, size - done < PIECE ? size - done : PIECE);
        if (some > 0 && !user_write(to + done, bytes, (uint64_t)some)) some = -EFAULT;
    }
    source_close(&source);
    if (offset == FILE_AT_POSITION) file->position += done;
    return done == 0 && some < 0 ? some : (int64_t)done;
}

static int64_t seek(struct linux_file *file, int64_t offset, uint32_t from) {
    if (from > FROM_END) return -EINVAL;
    if (from == FROM_HERE) offset += (int64_t)file->position;
    if (from == FROM_END) offset += (int64_t)file->made.size;
    if (offset < 0) return -EINVAL;
    file->position = (uint64_t)offset;
    return offset;
}

static int64_t stat(struct linux_file *file, struct linux_stat *stat) {
    made_stat(&file->made, stat);
    return 0;
}

static const struct linux_file_kind image = {.name = "image", .read = read, .seek = seek, .stat = stat};

static struct linux_file *open(const struct linux_made *node, uint32_t flags, int64_t *error) {
    *error = -EROFS;
    if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0) return NULL;
    *error = -ENFILE;
    struct linux_file *file = linux_file_make(&image, flags, 0);
    if (file != NULL) file->made = *node;
    return file;
}

static const struct linux_made_kind image_file = {.open = open};

static bool look(uint64_t index, char name[MADE_NAME], struct linux_made *node) {
    struct message answer =
        os_call(OS_SLOT_INIT, MESSAGE_CALL | (uint64_t)OS_INIT_entry << TAG_LABEL_SHIFT, index, 0, 0, 0, 0);
    if (answer.status != STATUS_OK || answer.word[0] != STATUS_OK) return false;
    const char *text = os_self()->message;
    uint64_t length = string_length(text);
    memcpy(name, text, length < MADE_NAME ? length + 1 : MADE_NAME);
    name[MADE_NAME - 1] = '\0';
    *node = (struct linux_made){.kind = &image_file,
                                .inode = FIRST_INODE + index,
                                .size = answer.word[1],
                                .word = index,
                                .mode = MADE_REGULAR | 0555};
    return true;
}

static bool entry(const struct linux_made *folder, uint64_t index, char name[MADE_NAME], struct linux_made *node) {
    (void)folder;
    return look(index, name, node);
}

static bool find(const struct linux_made *folder, const char *name, struct linux_made *node) {
    char found[MADE_NAME];
    (void)folder;
    for (uint64_t i = 0; look(i, found, node); i++) {
        if (string_equal(found, name)) return true;
    }
    return false;
}

const struct linux_made_kind made_boot = {.find = find, .entry = entry};
