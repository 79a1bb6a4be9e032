// SPDX-License-Identifier: MIT
// Handles: a space's own small integers for objects, with rights and a badge.
#pragma once

#include <abi/rights.h>

#include "thread.h"

// Not a status: no correct program makes such a call. The caller faults, at its ecall. trap_entry knows it as -1.
#define MISUSED UINT64_MAX

struct handle {
    struct object *object; // NULL: free
    uint64_t badge;
    uint32_t rights;
    bool callable, receivable; // a port, and HANDLE_SEND, HANDLE_RECEIVE: asked for in the straight paths
    uint64_t unused;           // a power of two is found faster
};

// Below the first free: HANDLE_SELF, which is in no table, and HANDLE_MACHINE.
enum { HANDLE_SHIFT = 5, HANDLE_MOST = HANDLE_PAGES * HANDLES_PER_PAGE, HANDLE_FIRST_FREE = 2 };

_Static_assert(sizeof(struct handle) == 1 << HANDLE_SHIFT, "assembler finds it by that");

// The entry, or NULL when nothing is there.
static inline struct handle *handle_find(struct space *space, uint64_t index) {
    if (index >= HANDLE_MOST) return NULL;
    struct handle *page = space->handles[index / HANDLES_PER_PAGE];
    if (page == NULL) return NULL;
    struct handle *handle = &page[index % HANDLES_PER_PAGE];
    return handle->object != NULL ? handle : NULL;
}

// What is under this handle, if it is of this kind, alive, and the handle has these rights: a struct space, thread or
// port, or the machine's struct object. HANDLE_SELF is the space, or the current thread.
// => NULL, and why: the status, or MISUSED when there is no such thing
void *handle_object(struct space *space, uint64_t index, enum object_kind kind, uint32_t rights, uint64_t *why);

// Enter an object, at this place or (0) the first free one. The table keeps a reference.
// => STATUS_OK, STATUS_FULL, STATUS_NO_MEMORY, STATUS_TAKEN
uint64_t handle_add(struct space *space, uint64_t place, const struct handle *handle, uint64_t *index);
// => STATUS_OK, STATUS_DENIED, or MISUSED: there is no such handle
uint64_t handle_may_pass(struct space *from, uint64_t index);
// Copy a handle into another table; the right to receive moves, to a space of no higher rank only.
// => as handle_add, or STATUS_DENIED, or MISUSED: there is no such handle
uint64_t handle_pass(struct space *from, struct space *to, uint64_t index, uint64_t place, uint64_t *passed);
// The handle is there. A port that is received from under it has come to its end.
void handle_close(struct space *space, uint64_t index);
// Close a bounded number. => true when the table is gone
bool handle_close_some(struct space *space);
