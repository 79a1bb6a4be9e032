// SPDX-License-Identifier: MIT
// file: pages of a file, from the one cache that read and write use too.
//
//   entry   cache        fault                   then
//   none    valid        read                    the cache's own pages, without the right to write, and those behind
//   source none    valid        write, shared           the page is dirty, and writable until it is written back reuse
//   none    valid        write, private          a frame of its own with the same content copy none    not valid    any
//   it is read; the fault waits                                           later frame private.c: the object's own page
//
// A page of the cache that anybody may write without a fault is dirty; that is the whole of what write-back relies on.
#include "kind_file.h"

#include <os/ranges.h>

#include "../kinds.h"
#include "../private.h"
#include "file_server.h"
#include "fill.h"
#include "flush.h"
#include "reclaim.h"
#include "request.h"
#include "resize.h"
#include "storage.h"

#define LIKELY(condition)   __builtin_expect((condition), 1)
#define UNLIKELY(condition) __builtin_expect((condition), 0)

enum {
    PAGE = 4096,
    COPIES = 16, // frames that are made free for copies at a time
};

static struct pager_verdict fault_file(struct pager_object *object, uint64_t page, uint64_t label, uint64_t neighbours);

// ---- what may have to wait ----

static struct pager_verdict told_bad(struct pager_object *object, struct chunk *chunk, uint16_t bit) {
    enum pager_error error = (chunk->bad & bit) != 0       ? PAGER_SOURCE_FAILED
                             : (chunk->crowded & bit) != 0 ? PAGER_NO_ROOM
                                                           : PAGER_OUT_OF_MEMORY;
    chunk->bad &= (uint16_t)~bit;
    chunk->crowded &= (uint16_t)~bit;
    chunk->starved &= (uint16_t)~bit;
    chunk_leave(chunk);
    return pager_fail(object, error);
}

static bool is_bad(const struct chunk *chunk, uint16_t bit) {
    return ((chunk->bad | chunk->starved | chunk->crowded) & bit) != 0;
}

// Is there nothing to wait for? dirties: the page will be dirty, and needs room on the disk.
static bool is_settled(const struct chunk *chunk, uint16_t bit, bool dirties) {
    return is_bad(chunk, bit) ||
           ((chunk->valid & bit) != 0 && (!dirties || ((chunk->backed | chunk->reserved) & bit) != 0));
}

static void reserve(struct task *task) {
    struct node *node = (struct node *)task->request.word[0];
    uint64_t place = task->request.word[1];
    struct chunk *chunk = chunk_find(node, place / CHUNK_PAGES);
    if (chunk != NULL) {
        chunk->users++;
        if (resize_reserve(chunk, chunk_bit(place)) != FILE_OK) chunk->crowded |= chunk_bit(place);
        chunk->users--;
        mapping_ready(chunk, chunk_bit(place));
    }
    node_close(node);
}

// => false: there are too many tasks
static bool reserve_later(struct node *node, uint64_t place) {
    const struct message message = {.word = {(uint64_t)node, place}};
    if (!task_start(reserve, &message)) return false;
    node->users++;
    return true;
}

// What the page lacks is asked for. => false: not now
static bool ask(struct mapping *mapping, const struct chunk *chunk, uint64_t place) {
    uint16_t bit = chunk_bit(place);
    if ((chunk->valid & bit) != 0) return reserve_later(mapping->node, place);
    return (chunk->reading & bit) != 0 || fill_ask(mapping->node, place, fill_wish(place, &mapping->next));
}

static __attribute__((noinline)) struct pager_verdict fault_slowly(struct pager_object *object, uint64_t page,
                                                                   uint64_t label, uint64_t neighbours) {
    struct mapping *mapping = mapping_of(object);
    struct node *node = mapping->node;
    uint64_t place = mapping->first + page;
    uint16_t bit = chunk_bit(place);
    bool dirties = mapping->shared && pager_is_write(label), was_valid;
    if (place >= node->pages) return pager_fail(object, PAGER_OUTSIDE);
    struct chunk *chunk = chunk_get(node, place / CHUNK_PAGES);
    if (chunk == NULL) return reclaim_some(COPIES) ? pager_retry(object) : pager_no_frame(object, page, label);
    if (is_bad(chunk, bit)) return told_bad(object, chunk, bit);
    if ((chunk->valid & bit) != 0 && resize_reserve_now(chunk, bit)) return fault_file(object, page, label, neighbours);
    was_valid = (chunk->valid & bit) != 0;
    if (!ask(mapping, chunk, place)) return pager_retry(object);
    chunk->wanted |= bit;
    tasks_run(); // not everything needs the disk
    if (place >= node->pages) return pager_fail(object, PAGER_OUTSIDE);
    chunk = chunk_find(node, place / CHUNK_PAGES);
    if (chunk == NULL) return pager_retry(object);
    if (is_settled(chunk, bit, dirties)) return fault_file(object, page, label, neighbours);
    if (!was_valid && (chunk->valid & bit) != 0) return fault_slowly(object, page, label, neighbours); // room is next
    chunk->wanted |= bit;
    return pager_later(object, page, label, neighbours);
}

// ---- pages that are there ----

static __attribute__((noinline)) struct pager_verdict copy_slowly(struct pager_object *object, uint64_t page,
                                                                  uint64_t label, uint64_t neighbours, uint64_t from) {
    if (pager_fill(object, page, 1, false) == 0) {
        if (reclaim_some(COPIES)) return pager_retry(object);
        return reclaim_hungry(object, page) ? pager_later(object, page, label, neighbours)
                                            : pager_no_frame(object, page, label);
    }
    uint64_t own = pager_frame_va(object->entries[page]);
    pager_copy(own, from);
    return pager_map(object, own, 1, PAGER_CASE_copy);
}

static struct pager_verdict copy(struct pager_object *object, uint64_t page, uint64_t label, uint64_t neighbours,
                                 uint64_t from) {
    uint64_t own = pager_take(object, page);
    mapping_of(object)->copies++;
    if (UNLIKELY(own == 0)) return copy_slowly(object, page, label, neighbours, from);
    object->account->room--;
    pager_copy(own, from);
    return pager_map(object, own, 1, PAGER_CASE_copy);
}

// The pages from this one on that are in the chunk, and that the client does not see yet.
static uint64_t row(const struct pager_object *object, uint64_t page, uint64_t neighbours, uint64_t valid) {
    uint64_t most = object->ready - page, present = neighbours >> (object->first + page) % 64;
    uint64_t more = valid & ~(present & ~UINT64_C(1)), pages = 1;
    while (pages < most && (more >> pages & 1) != 0) pages++;
    if (UNLIKELY(mapping_of(object)->copies != 0)) {
        const uint32_t *entry = &object->entries[page];
        for (most = pages, pages = 1; pages < most && entry[pages] == 0;) pages++;
    }
    return pages;
}

static __attribute__((noinline)) void follow(struct mapping *mapping, struct chunk *chunk, uint16_t mask) {
    fill_follow(chunk, mask, &mapping->next);
    chunk->users++; // it stays as it is
    tasks_run();
    chunk->users--;
}

static struct pager_verdict fault_file(struct pager_object *object, uint64_t page, uint64_t label,
                                       uint64_t neighbours) {
    struct mapping *mapping = mapping_of(object);
    uint64_t entry = object->entries[page], place = mapping->first + page, n = place % CHUNK_PAGES;
    if (UNLIKELY(entry != 0)) return private_fault(object, page, label, entry);
    struct chunk *chunk = chunk_find(mapping->node, place / CHUNK_PAGES);
    if (UNLIKELY(chunk == NULL || (chunk->valid >> n & 1) == 0)) return fault_slowly(object, page, label, neighbours);
    uint64_t va = chunk_page_va(chunk, place), bit = UINT64_C(1) << n;
    chunk->touched |= (uint16_t)bit;
    if (pager_is_write(label)) {
        if (!mapping->shared) return copy(object, page, label, neighbours, va);
        if (UNLIKELY(((chunk->backed | chunk->reserved) & bit) == 0))
            return fault_slowly(object, page, label, neighbours);
        if ((chunk->dirty & bit) == 0) flush_mark(chunk, (uint16_t)bit);
        chunk->mapped |= (uint16_t)bit;
        return pager_map(object, va, 1, PAGER_CASE_reuse);
    }
    uint64_t pages = row(object, page, neighbours, chunk->valid >> n);
    uint16_t mask = (uint16_t)((bit << pages) - bit);
    chunk->mapped |= mask;
    if (UNLIKELY((chunk->ahead & mask) != 0)) follow(mapping, chunk, mask);
    return pager_map_to_read(object, va, pages, PAGER_CASE_source);
}

// ---- the kind ----

// By the request `map` only, which says of what.
static enum pager_error attach(struct pager_object *object, uint64_t source) {
    (void)object;
    (void)source;
    return PAGER_UNSUPPORTED;
}

static void detach(struct pager_object *object) {
    struct mapping *mapping = mapping_of(object);
    if (mapping == NULL) return;
    if (object->seen) os_unmap_range(object->space, object->va, object->pages);
    if (mapping->writable) flush_soon(mapping->node);
    mapping_end(mapping);
}

static bool fork(const struct pager_object *parent, uint64_t first, struct pager_object *child) {
    const struct mapping *mapping = mapping_of(parent);
    struct mapping *made = mapping_make(mapping->node, child, mapping->first + first, mapping->shared);
    if (made != NULL) made->copies = mapping->copies;
    return made != NULL;
}

const struct pager_ops kind_file = {
    .name = "file",
    .attach = attach,
    .fault = fault_file,
    .stored = true,
    .detach = detach,
    .fork = fork,
    .wake = server_wake,
    .request = request_take,
};
