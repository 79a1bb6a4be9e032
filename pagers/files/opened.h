// SPDX-License-Identifier: MIT
// Files that are open: a node, and where the next read or write begins. After a fork two processes have the same.
#pragma once

#include "node.h"

enum { OPENED_MOST = 16384 };

struct opened {
    struct node *node; // NULL: unused
    uint64_t position;
    uint64_t next;         // page where a reader in order goes on
    uint32_t users, flags; // FILE_READ ...
};

// From 1 on.
static inline struct opened *opened_at(uint64_t index) { return (struct opened *)WINDOW_OPENED + index; }
static inline uint16_t opened_index(const struct opened *opened) {
    return (uint16_t)(opened - (struct opened *)WINDOW_OPENED);
}

// One user of the node becomes the file's. => NULL: there is no room
struct opened *opened_make(struct node *node, uint32_t flags);
// One user less.
void opened_leave(struct opened *opened);
uint64_t opened_used(void);
