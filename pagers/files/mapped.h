// SPDX-License-Identifier: MIT
// Mappings: where a node's pages are seen.
#pragma once

#include "node.h"

struct mapping {
    struct link in_node; // or unused
    struct node *node;
    struct chunk *chunk; // that was used last; or any other
    struct pager_object *object;
    uint64_t first;  // page of the file that is the object's page 0
    uint64_t next;   // page of the file where a reader in order goes on
    uint64_t copies; // pages of its own, ever: 0 is what matters
    bool shared;     // what is written reaches the file
    bool writable;   // and may be
};

static inline struct mapping *mapping_of(const struct pager_object *object) { return (struct mapping *)object->word; }

void mappings_begin(void);
uint64_t mappings_used(void);
// The node has one more user. => NULL: there is no room
struct mapping *mapping_make(struct node *node, struct pager_object *object, uint64_t first, bool shared);
void mapping_end(struct mapping *mapping);

// Nobody sees these pages of the chunk any more.
void mapping_hide(struct chunk *chunk, uint16_t mask);
// Nobody writes to them without a fault.
void mapping_protect(const struct chunk *chunk, uint16_t mask);
// Which of them were touched since the last time.
uint16_t mapping_touched(const struct chunk *chunk, uint16_t mask);
// Threads that wait for them are answered, or wait on.
void mapping_ready(struct chunk *chunk, uint16_t mask);
// The file ends there: nothing of what is behind it is seen, copies neither.
void mapping_cut(const struct node *node);
