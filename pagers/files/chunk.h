// SPDX-License-Identifier: MIT
// The page cache: 16 pages in a row of a file are a chunk, whose pages have neighbouring addresses in our space, each
// with a frame while it is there. What is known of them are masks, bit n for page n.
#pragma once

#include <os/file_protocol.h>
#include <os/pager.h>
#include <stdbool.h>
#include <stddef.h>

#include "list.h"
#include "windows.h"

enum {
    CHUNK_PAGES = 16,
    CHUNK_SIZE = CHUNK_PAGES * 4096,
    CHUNKS_MOST = 65536,
    CHUNK_BUCKETS = 16384,
};

struct node;

struct chunk {
    _Alignas(128) struct chunk *next; // of the same bucket, or unused
    struct node *node;                // NULL: unused
    struct link in_node, in_dirty;
    uint64_t va;    // of its first page, in our space
    uint32_t index; // in the file
    uint32_t users; // who goes on with it after having waited: it stays
    uint16_t there; // has a frame
    uint16_t valid; // which holds what the file holds
    uint16_t dirty; // and the disk does not; no other page can be written anywhere without a fault
    uint16_t reading, writing;
    uint16_t wanted;   // threads wait for it
    uint16_t bad;      // it could not be read; the next who wants it is told
    uint16_t starved;  // there was no memory for it; the same
    uint16_t crowded;  // there was no room on the disk for it; the same
    uint16_t backed;   // the file has blocks for it
    uint16_t reserved; // it has not, but there will be some
    uint16_t mapped;   // may be seen somewhere
    uint16_t touched;  // was used since the hand came by
    uint16_t ahead;    // was read before anybody wanted it
    uint16_t failed;   // is dirty, and could not be written when that was tried last
    uint16_t kept;     // is of a file of memory alone: it is nowhere else
    bool singly;       // several pages at once could not be read, or written
};

_Static_assert(sizeof(struct chunk) == 128, "indexed by shifting");

extern struct os_file_counters file_counters;
extern struct chunk *chunk_buckets[CHUNK_BUCKETS];
extern uint64_t chunks_made; // places in the table that have memory

static inline struct chunk *chunk_at(uint64_t number) { return (struct chunk *)WINDOW_CHUNKS + number; }

static inline uint64_t chunk_page_va(const struct chunk *chunk, uint64_t page) {
    return chunk->va + page % CHUNK_PAGES * 4096;
}

static inline struct chunk **chunk_bucket(const struct node *node, uint64_t index) {
    return &chunk_buckets[((uint64_t)node / 64 * 31 + index) % CHUNK_BUCKETS];
}

// => NULL: no page of it is in the cache
static inline struct chunk *chunk_find(const struct node *node, uint64_t index) {
    struct chunk *chunk = *chunk_bucket(node, index);
    while (chunk != NULL && (chunk->node != node || chunk->index != index)) chunk = chunk->next;
    return chunk;
}

// One that is nobody's.
struct chunk *chunk_none(void);

// The same, made if there is none. => NULL: there is no room
struct chunk *chunk_get(struct node *node, uint64_t index);
// Its place is free, if it has no page any more and nobody uses it.
void chunk_leave(struct chunk *chunk);

static inline bool chunk_is_idle(const struct chunk *chunk) {
    return chunk->users == 0 && (chunk->reading | chunk->writing) == 0;
}

// A page as a bit of its chunk's masks.
static inline uint16_t chunk_bit(uint64_t page) { return (uint16_t)(1u << page % CHUNK_PAGES); }

// Page `page` and those above it, up to `end`, both of a chunk.
static inline uint16_t chunk_mask(uint64_t page, uint64_t end) {
    return (uint16_t)((UINT32_C(1) << end) - (UINT32_C(1) << page));
}

static inline unsigned chunk_count(uint64_t mask) {
    unsigned count = 0;
    for (; mask != 0; mask &= mask - 1) count++;
    return count;
}

// The lowest page of a mask that is not 0.
static inline unsigned chunk_first(uint64_t mask) {
    unsigned first = 0;
    while ((mask >> first & 1) == 0) first++;
    return first;
}

// How many pages in a row, from page 0 on.
static inline unsigned chunk_run(uint64_t mask) {
    unsigned run = 0;
    while ((mask >> run & 1) != 0) run++;
    return run;
}
