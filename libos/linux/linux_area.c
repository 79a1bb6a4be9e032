// SPDX-License-Identifier: MIT
// Areas: a tree by address. A page that differs from its area has a byte of its own, so that a program which protects
// its heap page by page makes no areas by that.
#include "linux_area.h"

#include "string.h"

#include <stddef.h>

enum {
    SMALL = 1024, // pages whose protection is changed without splitting their area
};

#define PLACE_TOP   (LINUX_END - 0x10000000) // the stack is above
#define PLACE_LEAST UINT64_C(0x10000)

LINUX_HUGE uint8_t area_pages[LINUX_END / PAGE];

LINUX_HUGE static struct linux_area areas[AREAS];
static struct linux_area *unused; // linked by node.left
static uint64_t made, count;
static struct tree tree;
static struct linux_area nothing;
struct linux_area *area_last[2] = {&nothing, &nothing};

static struct linux_area *of_node(struct tree_node *node) {
    return (struct linux_area *)((char *)node - offsetof(struct linux_area, node));
}

struct linux_area *area_look(uint64_t va) {
    struct linux_area *first = area_last[0];
    if (area_has(area_last[1], va)) {
        area_last[0] = area_last[1];
        area_last[1] = first;
        return area_last[0];
    }
    struct tree_node *node = tree_floor(&tree, va);
    if (node == NULL || !area_has(of_node(node), va)) return NULL;
    area_last[1] = first;
    area_last[0] = of_node(node);
    return area_last[0];
}

struct linux_area *area_from(uint64_t va) {
    struct linux_area *area = area_find(va);
    if (area != NULL) return area;
    struct tree_node *node = tree_floor(&tree, va);
    node = node == NULL ? tree_first(&tree) : tree_next(node);
    return node == NULL ? NULL : of_node(node);
}

struct linux_area *area_next(const struct linux_area *area) {
    struct tree_node *node = tree_next(&area->node);
    return node == NULL ? NULL : of_node(node);
}

bool area_room(uint64_t more) { return count + more <= AREAS; }

static struct linux_area *take(void) {
    struct linux_area *area = unused;
    if (area != NULL)
        unused = (struct linux_area *)area->node.left;
    else if (made < AREAS)
        area = &areas[made++];
    if (area != NULL) count++;
    return area;
}

static void forget(struct linux_area *area) {
    area_last[0] = area_last[1] = &nothing;
    tree_remove(&tree, &area->node);
    area->node.left = (struct tree_node *)unused;
    unused = area;
    count--;
}

static bool are_alike(const struct linux_area *one, const struct linux_area *other) {
    return one->backing == NULL && other->backing == NULL && one->protection == other->protection &&
           one->terms.most == other->terms.most && one->terms.is_shared == other->terms.is_shared &&
           one->terms.manner == other->terms.manner && area_end(one) == area_start(other);
}

// The upper of two becomes part of the lower.
static struct linux_area *join(struct linux_area *lower, struct linux_area *upper) {
    lower->pages += upper->pages;
    lower->differs |= upper->differs;
    forget(upper);
    return lower;
}

struct linux_area *area_add(uint64_t va, uint64_t pages, uint64_t protection, const struct linux_terms *terms,
                            struct linux_backing *backing) {
    struct linux_area *area = take();
    if (area == NULL) return NULL;
    *area = (struct linux_area){
        .node.key = va, .pages = pages, .backing = backing, .protection = protection, .terms = *terms};
    tree_insert(&tree, &area->node);
    struct linux_area *before = area_find(va - 1), *after = area_next(area);
    if (before != NULL && are_alike(before, area)) area = join(before, area);
    if (after != NULL && are_alike(area, after)) area = join(area, after);
    return area;
}

bool area_split(uint64_t va) {
    struct linux_area *area = area_find(va);
    if (area == NULL || area_start(area) == va) return true;
    struct linux_area *upper = take();
    if (upper == NULL) return false;
    *upper = *area;
    upper->node.key = va;
    upper->pages = (area_end(area) - va) / PAGE;
    area->pages -= upper->pages;
    if (upper->backing != NULL) upper->backing->areas++;
    tree_insert(&tree, &upper->node);
    return true;
}

void area_remove(struct linux_area *area) {
    if (area->differs) memset(&area_pages[area_start(area) / PAGE], 0, area->pages);
    forget(area);
}

void area_protect(struct linux_area *area, uint64_t va, uint64_t end, uint64_t protection) {
    uint64_t pages = (end - va) / PAGE;
    bool whole = pages == area->pages;
    if (!whole && pages > SMALL && area_room(2) && area_split(va) && area_split(end)) {
        area = area_find(va);
        whole = true;
    }
    if (!whole) {
        memset(&area_pages[va / PAGE], (int)(AREA_OWN | protection), pages);
        area->differs = true;
        return;
    }
    if (area->differs) memset(&area_pages[va / PAGE], 0, pages);
    area->differs = false;
    area->protection = protection;
}

uint64_t area_run(const struct linux_area *area, uint64_t va, uint64_t end) {
    if (end > area_end(area)) end = area_end(area);
    if (!area->differs) return end;
    uint64_t first = area_protection(area, va);
    do va += PAGE;
    while (va < end && area_protection(area, va) == first);
    return va;
}

// Does a file's area go on in the one behind it? Then Linux has one mapping for both.
static bool goes_on(const struct linux_area *lower, const struct linux_area *upper) {
    const struct linux_backing *one = lower->backing, *other = upper->backing;
    bool is_file = lower->terms.is_file || upper->terms.is_file || area_number(lower) != 0 || area_number(upper) != 0;
    if (lower == upper || !is_file) return true;
    return area_number(lower) != 0 && area_number(lower) == area_number(upper) &&
           one->first + (area_end(lower) - one->va) / PAGE == other->first + (area_start(upper) - other->va) / PAGE;
}

uint64_t area_alike(uint64_t va, uint64_t end) {
    const struct linux_area *first = area_find(va), *before = first;
    if (first == NULL) return va;
    uint64_t protection = area_protection(first, va);
    for (const struct linux_area *area = first; area != NULL && va < end; before = area, area = area_find(va)) {
        if (area->terms.is_file != first->terms.is_file || area->terms.is_shared != first->terms.is_shared ||
            area_protection(area, va) != protection || !goes_on(before, area))
            break;
        va = area_run(area, va, end);
    }
    return va;
}

uint64_t area_place(uint64_t hint, uint64_t size) {
    uint64_t end = PLACE_TOP;
    if (hint != 0 && hint >= PLACE_LEAST && user_is_range(hint, size)) {
        const struct linux_area *there = area_from(hint);
        if (there == NULL || area_start(there) >= hint + size) return hint;
    }
    for (;;) { // the gap below `end`
        struct tree_node *node = tree_floor(&tree, end - 1);
        uint64_t floor = node == NULL ? PLACE_LEAST : node->key + of_node(node)->pages * PAGE;
        if (floor < PLACE_LEAST) floor = PLACE_LEAST;
        if (end >= floor && end - floor >= size) return end - size;
        if (node == NULL || node->key <= PLACE_LEAST) return 0;
        end = node->key < end ? node->key : end;
    }
}
