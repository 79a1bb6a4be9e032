// SPDX-License-Identifier: MIT
// Frames of the cache. A hand goes over the chunks: a page that was touched since it came by last stays, clean ones
// that were not go, dirty ones are written and go the next time.
#include "reclaim.h"

#include <os/ranges.h>
#include <os/threads.h>

#include "flush.h"
#include "mapped.h"
#include "memory_file.h"
#include "resize.h"
#include "storage.h"

enum {
    PAGE = 4096,
    PART = 4,      // of what we may have the cache leaves one part for copies and tables
    BATCH = 32,    // frames that go at a time
    HUNGRY = 64,   // faults that wait for memory
    ROUNDS = 2,    // of the hand, before dirty pages must be waited for
    PATIENCE = 64, // times that a task waits for them
};

struct hungry {
    uint64_t cookie, page;
};

static struct hungry hungry[HUNGRY];
static unsigned hungry_count;
static uint64_t used, most, hand;

void reclaim_begin(void) {
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    const struct space_counters *own = os_self()->message;
    uint64_t left = own->quota - own->used;
    most = left - left / PART;
    file_counters.pages_most = most;
}

uint64_t reclaim_used(void) { return used; }

uint64_t reclaim_most(void) { return most; }

bool reclaim_is_dirty(void) { return flush_dirty() * CHUNK_PAGES > most / 2; }

void reclaim_pages(struct chunk *chunk, uint16_t mask) {
    mask &= chunk->there;
    resize_give_back(chunk, mask); // a write that was awaited has not come
    chunk->there &= (uint16_t)~mask;
    chunk->valid &= (uint16_t)~mask;
    chunk->ahead &= (uint16_t)~mask;
    if ((chunk->kept & mask) != 0) memory_file_lost(chunk->node->memory, chunk_count(chunk->kept & mask));
    chunk->kept &= (uint16_t)~mask;
    used -= chunk_count(mask);
    while (mask != 0) {
        unsigned first = chunk_first(mask), run = chunk_run(mask >> first);
        mask &= (uint16_t)~chunk_mask(first, first + run);
        os_unmap(0, chunk->va + (uint64_t)first * PAGE, run);
    }
}

void reclaim_node(struct node *node) {
    for (struct link *link = node->chunks.next, *next; link != &node->chunks; link = next) {
        struct chunk *chunk = container_of(link, struct chunk, in_node);
        next = link->next;
        mapping_hide(chunk, chunk->mapped);
        reclaim_pages(chunk, chunk->there);
        chunk->bad = chunk->wanted = chunk->starved = chunk->crowded = 0;
        chunk_leave(chunk);
    }
}

// => how many pages of the chunk went
static unsigned look(struct chunk *chunk) {
    if (chunk->node == NULL || !chunk_is_idle(chunk)) return 0;
    uint16_t touched = chunk->touched,
             victims = chunk->there & (uint16_t) ~(chunk->dirty | chunk->wanted | chunk->kept);
    chunk->touched = 0;
    touched |= mapping_touched(chunk, victims & (uint16_t)~touched);
    victims &= (uint16_t)~touched;
    if (victims != 0) {
        mapping_hide(chunk, victims);
        reclaim_pages(chunk, victims);
        file_counters.evicted += chunk_count(victims);
    }
    chunk_leave(chunk);
    return chunk_count(victims);
}

static uint64_t go_round(uint64_t wanted) {
    uint64_t gone = 0;
    for (uint64_t steps = 0; steps < chunks_made * ROUNDS && gone < wanted; steps++)
        gone += look(chunk_at(hand++ % chunks_made));
    return gone;
}

bool reclaim_some(uint64_t count) {
    if (go_round(count) > 0) return true;
    flush_hurry();
    return false;
}

bool reclaim_hungry(const struct pager_object *object, uint64_t page) {
    if (hungry_count == HUNGRY || !flush_hurry()) return false;
    hungry[hungry_count++] = (struct hungry){object->cookie, page};
    os_notify(pager_port(), NODE_BITS); // what is to be written is so after this fault, and not at the next message
    return true;
}

void reclaim_tell(void) {
    struct hungry all[HUNGRY];
    unsigned count = hungry_count;
    for (unsigned i = 0; i < count; i++) all[i] = hungry[i];
    hungry_count = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct pager_object *object = pager_find(all[i].cookie);
        if (object != NULL) pager_ready(object, all[i].page);
    }
}

// Frames for a row of pages. => how many
static uint64_t take(uint64_t va, uint64_t pages) {
    return os_alloc_range(va, pages, RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE, 0, 0).value;
}

uint64_t reclaim_take(struct chunk *chunk, unsigned first, uint64_t pages) {
    if (used + pages > most) return 0;
    uint64_t got = take(chunk->va + (uint64_t)first * PAGE, pages);
    chunk->there |= chunk_mask(first, first + got);
    used += got;
    return got;
}

static bool wait_for_some(uint64_t wanted) {
    for (unsigned times = 0; times < PATIENCE; times++) {
        if (go_round(wanted) > 0) return true;
        if (!flush_hurry()) return go_round(wanted) > 0;
        task_wait(&storage_changed);
    }
    return false;
}

bool reclaim_wait(void) { return wait_for_some(BATCH); }

bool reclaim_frames(struct chunk *chunk, uint16_t mask) {
    chunk->users++;
    while ((mask &= (uint16_t)~chunk->there) != 0) {
        unsigned first = chunk_first(mask), run = chunk_run(mask >> first);
        uint64_t got = reclaim_take(chunk, first, run);
        if (got < run && !wait_for_some(BATCH)) break;
    }
    chunk->users--;
    return mask == 0;
}
