// SPDX-License-Identifier: MIT
// Regions: who answers for a range of a space's addresses.
#pragma once

#include "port.h"

struct region {
    struct tree_node node; // key: first address
    uint64_t size;         // bytes
    struct space *space;
    struct port *port; // NULL: the space's own to manage
    struct port *fallback;
    uint64_t cookie;
    uint64_t offset;   // of address 0 in the pager's object, in bytes: less than 0 as a rule
    struct link link;  // in the port's queue of regions that went away
    uint32_t deadline; // microseconds for each fault; 0: none
    uint8_t rights;
    uint8_t straight; // the same and RIGHT_SHARE, while faults may take the straight way: 0 without a pager, with a
                      // deadline, and when it is closing
    bool closing;     // its pages are being taken away: no fault is routed, no page is mapped
    uint64_t closed;  // so many, from its start on, are already
};

extern struct region
    region_none; // covers nothing: so that whoever asks for the last one need not ask whether there is one

_Static_assert(sizeof(struct region) <= POOL_OBJECT, "a region is a small object");

static inline uint64_t region_end(const struct region *region) { return region->node.key + region->size; }

// The region that covers va, or NULL.
static inline struct region *region_find(struct space *space, uint64_t va) {
    struct region *region = space->last_region;
    if (va - region->node.key < region->size) return region;
    struct tree_node *node = tree_floor(&space->regions, va);
    if (node == NULL) return NULL;
    region = container_of(node, struct region, node);
    if (va >= region_end(region)) return NULL;
    if (!region->closing) space->last_region = region; // which straight ways need not ask
    return region;
}

// May `pager` map there, unmap, and change rights? It may, who receives from the region's port or from its fallback.
static inline bool region_is_paged_by(const struct region *region, const struct space *pager) {
    const struct port *port = region->port;
    if (port == NULL) return region->space == pager;
    return port->holder == pager || (region->fallback != NULL && region->fallback->holder == pager);
}

// Add one like `wanted` to its space. => STATUS_OK; STATUS_TAKEN: another is in the way; STATUS_NO_MEMORY
enum status region_add(const struct region *wanted);
// Take the pages of a range away, then what regions cover it, at most PAGES_PER_CALL pages and one region each time.
// done: pages from va on that are now without. => STATUS_OK, or STATUS_NO_MEMORY to split a region
enum status region_take(struct space *space, uint64_t va, uint64_t pages, uint64_t *done);
// The object goes: to its port's queue of those that went away, or to nothing.
void region_detach(struct region *region);
// The port has told of it, or is dead.
void region_free(struct region *region);
