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
#include "memory_file.h"
#include "reclaim.h"
#include "request.h"
#include "resize.h"
#include "storage.h"

#define UNLIKELY(condition) __builtin_expect((condition), 0)

enum {
    PAGE = 4096,
    COPIES = 16, // frames that are made free for copies at a time
};

// ---- what may have to wait ----

static struct pager_verdict told_bad(struct pager_object *object, struct chunk *chunk, uint16_t bit) {
    enum pager_error error = (chunk->bad & bit) != 0       ? PAGER_IO_ERROR
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
    if (chunk != NULL && (chunk->valid & chunk_bit(place)) == 0) {
        mapping_ready(chunk, chunk_bit(place));
    } else if (chunk != NULL) {
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

// Of memory alone: there is nothing to read.
static __attribute__((noinline)) struct pager_verdict fill_memory(struct pager_object *object, uint64_t page,
                                                                  uint64_t label, uint64_t neighbours) {
    const struct mapping *mapping = mapping_of(object);
    uint64_t place = mapping->first + page, wanted = mapping->shared ? pager_ahead(object, page, neighbours) : 1;
    struct chunk *chunk;
    enum file_error error = memory_file_fill(mapping->node, place, wanted, &chunk);
    while (error == FILE_OUT_OF_MEMORY && reclaim_some(COPIES))
        error = memory_file_fill(mapping->node, place, wanted, &chunk);
    if (error == FILE_OUT_OF_MEMORY)
        return reclaim_hungry(object, page) ? pager_later(object, page, label, neighbours)
                                            : pager_no_frame(object, page, label);
    if (error == FILE_BAD_ARGUMENT) return pager_fail(object, PAGER_OUTSIDE);
    if (error != FILE_OK) return pager_fail(object, PAGER_NO_ROOM);
    return object->fault(object, page, label, neighbours);
}

static __attribute__((noinline)) struct pager_verdict fault_slowly(struct pager_object *object, uint64_t page,
                                                                   uint64_t label, uint64_t neighbours) {
    struct mapping *mapping = mapping_of(object);
    struct node *node = mapping->node;
    uint64_t place = mapping->first + page;
    uint16_t bit = chunk_bit(place);
    bool dirties = mapping->shared && pager_is_write(label), was_valid;
    if (node->memory != NULL) return fill_memory(object, page, label, neighbours);
    if (place >= node->pages) return pager_fail(object, PAGER_OUTSIDE);
    struct chunk *chunk = chunk_get(node, place / CHUNK_PAGES);
    if (chunk == NULL) return reclaim_some(COPIES) ? pager_retry(object) : pager_no_frame(object, page, label);
    if (is_bad(chunk, bit)) return told_bad(object, chunk, bit);
    if ((chunk->valid & bit) != 0 && resize_reserve_now(chunk, bit))
        return object->fault(object, page, label, neighbours);
    was_valid = (chunk->valid & bit) != 0;
    if (!ask(mapping, chunk, place)) return pager_retry(object);
    chunk->wanted |= bit;
    tasks_run(); // not everything needs the disk
    if (place >= node->pages) return pager_fail(object, PAGER_OUTSIDE);
    chunk = chunk_find(node, place / CHUNK_PAGES);
    if (chunk == NULL) return pager_retry(object); // it came, and has gone again
    if (is_settled(chunk, bit, dirties)) return object->fault(object, page, label, neighbours);
    if (!was_valid && (chunk->valid & bit) != 0) return fault_slowly(object, page, label, neighbours); // room is next
    if ((chunk->wanted & bit) == 0) return pager_retry(object);
    return pager_later(object, page, label, neighbours);
}

// ---- pages that are there ----

static __attribute__((noinline)) struct pager_verdict copy_slowly(struct pager_object *object, uint64_t page,
                                                                  uint64_t label, uint64_t neighbours, uint64_t from) {
    const struct mapping *mapping = mapping_of(object);
    struct chunk *chunk = mapping->chunk;
    bool has_one = pager_fill(object, page, 1, false) != 0;
    if (!has_one) {
        uint16_t wanted = chunk->wanted;
        chunk->wanted |= chunk_bit(mapping->first + page); // or it would go, to make room for its own copy
        while (!has_one && reclaim_some(COPIES)) has_one = pager_fill(object, page, 1, false) != 0;
        chunk->wanted = wanted;
    }
    if (!has_one)
        return reclaim_hungry(object, page) ? pager_later(object, page, label, neighbours)
                                            : pager_no_frame(object, page, label);
    uint64_t own = pager_frame_va(object->entries[page]);
    pager_copy(own, from);
    return pager_map(object, own, 1, PAGER_CASE_copy);
}

static __attribute__((noinline)) struct pager_verdict copy(struct pager_object *object, uint64_t page, uint64_t label,
                                                           uint64_t neighbours, uint64_t from) {
    mapping_of(object)->copies++;
    if (UNLIKELY(!pager_has_one(object))) return copy_slowly(object, page, label, neighbours, from);
    object->account->room--;
    uint64_t own = pager_take_one(object, page);
    pager_copy(own, from);
    return pager_map(object, own, 1, PAGER_CASE_copy);
}

// The mapping's chunk is another one now.
static __attribute__((noinline)) struct pager_verdict find(struct pager_object *object, uint64_t page, uint64_t label,
                                                           uint64_t neighbours) {
    struct mapping *mapping = mapping_of(object);
    struct chunk *chunk = chunk_find(mapping->node, (mapping->first + page) / CHUNK_PAGES);
    if (chunk == NULL) return fault_slowly(object, page, label, neighbours);
    mapping->chunk = chunk;
    return object->fault(object, page, label, neighbours);
}

// The client has come to pages that were read ahead.
static __attribute__((noinline)) struct pager_verdict follow(struct pager_object *object, uint64_t page, uint64_t label,
                                                             uint64_t neighbours) {
    struct mapping *mapping = mapping_of(object);
    uint64_t n = (mapping->first + page) % CHUNK_PAGES;
    fill_follow(mapping->chunk, chunk_mask(n, CHUNK_PAGES), &mapping->next);
    tasks_run();
    return object->fault(object, page, label, neighbours);
}

static __attribute__((noinline)) struct pager_verdict first_write(struct pager_object *object, uint64_t page,
                                                                  uint64_t label, uint64_t neighbours) {
    const struct mapping *mapping = mapping_of(object);
    flush_mark(mapping->chunk, chunk_bit(mapping->first + page));
    return object->fault(object, page, label, neighbours);
}

// The pages from this one on that are in the chunk, and that the client does not see yet.
static inline uint64_t row(const struct pager_object *object, uint64_t page, uint64_t neighbours, uint64_t valid) {
    uint64_t most = pager_row(object, page), present = neighbours >> (object->first + page) % 64;
    uint64_t more = valid & ~(present & ~UINT64_C(1)), pages = 1;
    while (pages < most && (more >> pages & 1) != 0) pages++;
    return pages;
}

static inline bool is_in(const struct mapping *mapping, const struct chunk *chunk, uint64_t place) {
    return chunk->node == mapping->node && chunk->index == place / CHUNK_PAGES;
}

static struct pager_verdict fault_shared(struct pager_object *object, uint64_t page, uint64_t label,
                                         uint64_t neighbours) {
    const struct mapping *mapping = mapping_of(object);
    struct chunk *chunk = mapping->chunk;
    uint64_t place = mapping->first + page, n = place % CHUNK_PAGES;
    if (UNLIKELY(!is_in(mapping, chunk, place))) return find(object, page, label, neighbours);
    uint64_t valid = (uint64_t)chunk->valid >> n, va = chunk->va + n * PAGE;
    if (UNLIKELY((valid & 1) == 0)) return fault_slowly(object, page, label, neighbours);
    if (pager_is_write(label)) {
        if (UNLIKELY(((chunk->backed | chunk->reserved) >> n & 1) == 0))
            return fault_slowly(object, page, label, neighbours);
        if (UNLIKELY(chunk->dirty == 0)) return first_write(object, page, label, neighbours);
        unsigned bit = 1u << n;
        chunk->dirty = (uint16_t)(chunk->dirty | bit);
        chunk->mapped = (uint16_t)(chunk->mapped | bit);
        return pager_map(object, va, 1, PAGER_CASE_reuse);
    }
    uint64_t pages = row(object, page, neighbours, valid), mask = ((UINT64_C(1) << pages) - 1) << n;
    chunk->mapped |= (uint16_t)mask;
    if (UNLIKELY((chunk->ahead & mask) != 0)) return follow(object, page, label, neighbours);
    return pager_map_to_read(object, va, pages, PAGER_CASE_source);
}

static struct pager_verdict fault_private(struct pager_object *object, uint64_t page, uint64_t label,
                                          uint64_t neighbours) {
    const struct mapping *mapping = mapping_of(object);
    struct chunk *chunk = mapping->chunk;
    const uint32_t *entry = &object->entries[page];
    uint64_t place = mapping->first + page, n = place % CHUNK_PAGES;
    if (UNLIKELY(*entry != 0)) return private_fault(object, page, label, *entry);
    if (UNLIKELY(!is_in(mapping, chunk, place))) return find(object, page, label, neighbours);
    uint64_t valid = (uint64_t)chunk->valid >> n, va = chunk->va + n * PAGE;
    if (UNLIKELY((valid & 1) == 0)) return fault_slowly(object, page, label, neighbours);
    if (pager_is_write(label)) return copy(object, page, label, neighbours, va);
    uint64_t pages = row(object, page, neighbours, valid);
    if (UNLIKELY(mapping->copies != 0)) {
        uint64_t most = pages;
        for (pages = 1; pages < most && entry[pages] == 0;) pages++;
    }
    uint64_t mask = ((UINT64_C(1) << pages) - 1) << n;
    chunk->mapped |= (uint16_t)mask;
    if (UNLIKELY((chunk->ahead & mask) != 0)) return follow(object, page, label, neighbours);
    return pager_map_to_read(object, va, pages, PAGER_CASE_source);
}

// Of memory alone, shared: what is written needs no room, and nobody need hear of it.
static struct pager_verdict fault_memory(struct pager_object *object, uint64_t page, uint64_t label,
                                         uint64_t neighbours) {
    const struct mapping *mapping = mapping_of(object);
    struct chunk *chunk = mapping->chunk;
    uint64_t place = mapping->first + page, n = place % CHUNK_PAGES;
    if (UNLIKELY(!is_in(mapping, chunk, place))) return find(object, page, label, neighbours);
    uint64_t valid = (uint64_t)chunk->valid >> n;
    if (UNLIKELY((valid & 1) == 0)) return fill_memory(object, page, label, neighbours);
    uint64_t pages = row(object, page, neighbours, valid), mask = ((UINT64_C(1) << pages) - 1) << n;
    chunk->mapped |= (uint16_t)mask;
    return pager_map(object, chunk->va + n * PAGE, pages, PAGER_CASE_source);
}

static struct pager_verdict fault_file(struct pager_object *object, uint64_t page, uint64_t label,
                                       uint64_t neighbours) {
    const struct mapping *mapping = mapping_of(object);
    object->fault = !mapping->shared ? fault_private : mapping->node->memory != NULL ? fault_memory : fault_shared;
    return object->fault(object, page, label, neighbours);
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
    if (made != NULL && made->node->memory != NULL) // as if who forks had mapped it
        memory_file_note(made->node->memory, (uint32_t)parent->client->number, true);
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
