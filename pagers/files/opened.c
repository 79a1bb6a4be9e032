// SPDX-License-Identifier: MIT
// The table of open files.
#include "opened.h"

#include "claim.h"
#include "flush.h"

static uint64_t top = WINDOW_OPENED, made = 1, used, unused; // the latter linked by `position`; 0: none

uint64_t opened_used(void) { return used; }

struct opened *opened_make(struct node *node, uint32_t flags) {
    struct opened *opened = opened_at(unused);
    if (unused != 0) {
        unused = opened->position;
    } else {
        opened = opened_at(made);
        if (made == OPENED_MOST || !window_grow(&top, (uint64_t)(opened + 1))) return NULL;
        made++;
    }
    *opened = (struct opened){.node = node, .users = 1, .flags = flags};
    used++;
    return opened;
}

void opened_leave(struct opened *opened) {
    if (--opened->users > 0) return;
    struct node *node = opened->node;
    claims_release(node, (uint64_t)opened);
    opened->node = NULL;
    opened->position = unused;
    unused = opened_index(opened);
    used--;
    if ((opened->flags & FILE_WRITE) != 0) flush_soon(node);
    node_let_go(node);
}
