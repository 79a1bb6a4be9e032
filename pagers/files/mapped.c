// SPDX-License-Identifier: MIT
// Mappings. A node has a list of them, so that whatever becomes of a page becomes of it in all places.
#include "mapped.h"

#include <os/ranges.h>
#include <os/threads.h>

#include "memory_file.h"

enum { PAGE = 4096, MAPPINGS_MOST = 8192 };

static struct link unused;
static uint64_t top = WINDOW_MAPPINGS, made, used;

void mappings_begin(void) { link_init(&unused); }

uint64_t mappings_used(void) { return used; }

struct mapping *mapping_make(struct node *node, struct pager_object *object, uint64_t first, bool shared) {
    struct mapping *mapping = (struct mapping *)WINDOW_MAPPINGS + made;
    if (!list_empty(&unused)) {
        mapping = container_of(unused.next, struct mapping, in_node);
        list_take(&mapping->in_node);
    } else if (made < MAPPINGS_MOST && window_grow(&top, (uint64_t)(mapping + 1))) {
        made++;
    } else {
        return NULL;
    }
    bool writable = shared && (object->rights & RIGHT_WRITE) != 0;
    *mapping = (struct mapping){.node = node,
                                .chunk = chunk_none(),
                                .object = object,
                                .first = first,
                                .next = first,
                                .shared = shared,
                                .writable = writable};
    list_add_last(&node->mappings, &mapping->in_node);
    node->users++;
    node->shared = node->shared || writable;
    used++;
    object->word = (uint64_t)mapping;
    if (node->memory != NULL) memory_file_note(node->memory, (uint32_t)object->client->number, true);
    return mapping;
}

void mapping_end(struct mapping *mapping) {
    struct node *node = mapping->node;
    if (node->memory != NULL) memory_file_note(node->memory, (uint32_t)mapping->object->client->number, false);
    list_take(&mapping->in_node);
    list_add_first(&unused, &mapping->in_node);
    used--;
    node_let_go(node);
}

// Where the pages from `page` to `end` of the file are seen in it. => false: nowhere
static bool place(const struct mapping *mapping, uint64_t page, uint64_t end, uint64_t *va, uint64_t *pages) {
    const struct pager_object *object = mapping->object;
    uint64_t first = mapping->first, last = first + object->pages;
    if (!object->seen || end <= first || page >= last) return false;
    page = page > first ? page : first;
    end = end < last ? end : last;
    *va = object->va + (page - first) * PAGE;
    *pages = end - page;
    return true;
}

static struct mapping *at(struct link *link) { return container_of(link, struct mapping, in_node); }

void mapping_hide(struct chunk *chunk, uint16_t mask) {
    uint64_t base = (uint64_t)chunk->index * CHUNK_PAGES, va, pages;
    struct link *head = &chunk->node->mappings;
    mask &= chunk->mapped;
    chunk->mapped &= (uint16_t)~mask;
    while (mask != 0) {
        unsigned first = chunk_first(mask), run = chunk_run(mask >> first);
        mask &= (uint16_t)~chunk_mask(first, first + run);
        for (struct link *link = head->next; link != head; link = link->next) {
            const struct mapping *mapping = at(link);
            if (place(mapping, base + first, base + first + run, &va, &pages))
                os_unmap_range(mapping->object->space, va, pages);
        }
    }
}

void mapping_protect(const struct chunk *chunk, uint16_t mask) {
    uint64_t base = (uint64_t)chunk->index * CHUNK_PAGES, va, pages;
    struct link *head = &chunk->node->mappings;
    mask &= chunk->mapped;
    if (!chunk->node->shared) return;
    while (mask != 0) {
        unsigned first = chunk_first(mask), run = chunk_run(mask >> first);
        mask &= (uint16_t)~chunk_mask(first, first + run);
        for (struct link *link = head->next; link != head; link = link->next) {
            const struct mapping *mapping = at(link);
            if (mapping->writable && place(mapping, base + first, base + first + run, &va, &pages))
                os_prot_range(mapping->object->space, va, pages, RIGHT_READ | RIGHT_EXECUTE);
        }
    }
}

uint16_t mapping_touched(const struct chunk *chunk, uint16_t mask) {
    uint64_t base = (uint64_t)chunk->index * CHUNK_PAGES, va, pages;
    struct link *head = &chunk->node->mappings;
    uint16_t touched = 0;
    if ((mask & chunk->mapped) == 0) return 0;
    for (struct link *link = head->next; link != head; link = link->next) {
        const struct mapping *mapping = at(link);
        if (!place(mapping, base, base + CHUNK_PAGES, &va, &pages)) continue;
        uint64_t shift = mapping->first > base ? mapping->first - base : 0;
        *(uint64_t *)os_self()->message = 0;
        os_dirty(mapping->object->space, va, pages, DIRTY_ACCESSED);
        touched |= (uint16_t)(*(const uint64_t *)os_self()->message << shift);
    }
    return touched & mask;
}

void mapping_ready(struct chunk *chunk, uint16_t mask) {
    struct link *head = &chunk->node->mappings;
    uint64_t base = (uint64_t)chunk->index * CHUNK_PAGES;
    mask &= chunk->wanted;
    chunk->wanted &= (uint16_t)~mask;
    for (; mask != 0; mask &= (uint16_t)(mask - 1)) {
        uint64_t page = base + chunk_first(mask);
        for (struct link *link = head->next, *next; link != head; link = next) {
            const struct mapping *mapping = at(link);
            next = link->next;
            if (page >= mapping->first && page - mapping->first < mapping->object->pages)
                pager_ready(mapping->object, page - mapping->first);
        }
    }
}

void mapping_cut(const struct node *node) {
    const struct link *head = &node->mappings;
    for (const struct link *link = head->next; link != head; link = link->next) {
        const struct mapping *mapping = container_of(link, struct mapping, in_node);
        const struct pager_object *object = mapping->object;
        uint64_t page = node->pages > mapping->first ? node->pages - mapping->first : 0;
        if (page >= object->pages) continue;
        if (mapping->copies > 0) pager_drop(mapping->object, page, object->pages - page);
        if (object->seen) os_unmap_range(object->space, object->va + page * PAGE, object->pages - page);
    }
}
