// SPDX-License-Identifier: MIT
// Entries of a directory, as getdents64 gives them.
#include "linux_entries.h"

#include <stddef.h>

#include "linux_errors.h"
#include "linux_user.h"
#include "string.h"

enum { NAME_MOST = 255, TYPE_SHIFT = 12, TYPE_MASK = 15 };

struct entry {
    uint64_t inode, next;
    uint16_t size;
    uint8_t type;
    char name[NAME_MOST + 1 + 8];
};

bool entries_add(struct linux_entries *entries, uint64_t inode, uint64_t next, uint32_t mode, const char *name,
                 uint64_t length) {
    struct entry entry = {.inode = inode, .next = next, .type = (uint8_t)(mode >> TYPE_SHIFT & TYPE_MASK)};
    uint64_t size = (offsetof(struct entry, name) + length + 1 + 7) / 8 * 8;
    if (length > NAME_MOST || size > entries->left) return false;
    entry.size = (uint16_t)size;
    memcpy(entry.name, name, length);
    entries->is_bad = !user_write(entries->to, &entry, size);
    if (entries->is_bad) return false;
    entries->to += size;
    entries->left -= size;
    entries->done += size;
    return true;
}

int64_t entries_answer(const struct linux_entries *entries, bool is_end) {
    if (entries->done != 0) return (int64_t)entries->done;
    return entries->is_bad ? -EFAULT : is_end ? 0 : -EINVAL;
}
