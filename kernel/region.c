// SPDX-License-Identifier: MIT
// Regions: who answers for a range of a space's addresses.
#include "region.h"

#include "extent.h"

enum { EMPTY_MOST = 64 * PAGES_PER_BLOCK }; // pages that one removal passes over

struct region region_none;

// The first region that ends above va, or NULL.
static struct region *find_next(struct space *space, uint64_t va) {
    struct region *region = region_find(space, va);
    if (region != NULL) return region;
    struct tree_node *node = tree_floor(&space->regions, va);
    node = node == NULL ? tree_first(&space->regions) : tree_next(node);
    return node == NULL ? NULL : container_of(node, struct region, node);
}

// A region like `model`, beginning at va. => NULL: no memory
static struct region *copy(const struct region *model, uint64_t va, uint64_t size) {
    struct region *region = pool_take(model->space);
    if (region == NULL) return NULL;
    *region = *model;
    bool straight = region->port != NULL && region->deadline == 0 && !region->closing;
    region->straight = straight ? region->rights | RIGHT_SHARE : 0;
    region->node.key = va;
    region->size = size;
    link_init(&region->link);
    port_keep(region->port);
    port_keep(region->fallback);
    tree_insert(&region->space->regions, &region->node);
    return region;
}

enum status region_add(const struct region *wanted) {
    const struct region *next = find_next(wanted->space, wanted->node.key);
    if (next != NULL && next->node.key < region_end(wanted)) return STATUS_TAKEN;
    return copy(wanted, wanted->node.key, wanted->size) == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

// Cut a region in two at va, which is inside it, and a large page that stands there into small ones: none ever
// reaches across the end of a region. => the upper part, or NULL: no memory
static struct region *split(struct region *region, uint64_t va) {
    struct slot slot;
    if (va % BLOCK_SIZE != 0 && table_find(region->space, va, &slot) && slot.level == 1 &&
        !table_make(region->space, va, 0, &slot))
        return NULL;
    struct region *upper = copy(region, va, region_end(region) - va);
    if (upper != NULL) region->size -= upper->size;
    return upper;
}

enum status region_take(struct space *space, uint64_t va, uint64_t pages, uint64_t *done) {
    uint64_t end = va + pages * PAGE_SIZE;
    struct region *region = find_next(space, va);
    *done = pages;
    if (region == NULL || region->node.key >= end) return STATUS_OK;
    *done = 0;
    if (!region->closing) {
        if (region->node.key < va) region = split(region, va);
        if (region == NULL || (region_end(region) > end && split(region, end) == NULL)) return STATUS_NO_MEMORY;
    }
    region->closing = true;
    region->straight = 0;
    if (space->last_region == region) space->last_region = &region_none;
    uint64_t from = region->node.key + region->closed * PAGE_SIZE, left = region->size / PAGE_SIZE - region->closed;
    struct extent extent = {.space = space, .va = from, .pages = left < EMPTY_MOST ? left : EMPTY_MOST};
    extent_work(&extent, CALL_region, 0);
    region->closed += extent.done;
    uint64_t upto = from + extent.done * PAGE_SIZE;
    if (region->closed * PAGE_SIZE == region->size) region_detach(region);
    upto = upto < end ? upto : end;
    *done = upto > va ? (upto - va) / PAGE_SIZE : 0;
    return STATUS_OK;
}

void region_detach(struct region *region) {
    struct space *space = region->space;
    tree_remove(&space->regions, &region->node);
    if (space->last_region == region) space->last_region = &region_none;
    if (region->port == NULL || region->port->object.dead)
        region_free(region);
    else
        port_tell_gone(region->port, region);
}

void region_free(struct region *region) {
    list_remove(&region->link);
    port_drop(region->port);
    port_drop(region->fallback);
    pool_give(region);
}
