// SPDX-License-Identifier: MIT
// Entries of a directory, as getdents64 gives them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct linux_entries {
    uint64_t to, left, done;
    bool is_bad; // the program's memory is not there
};

// mode: of the file; only its type counts. => false: there is no room for it, or the memory is not there
bool entries_add(struct linux_entries *entries, uint64_t inode, uint64_t next, uint32_t mode, const char *name,
                 uint64_t length);
// => what getdents64 answers; is_end: there are no more
int64_t entries_answer(const struct linux_entries *entries, bool is_end);
