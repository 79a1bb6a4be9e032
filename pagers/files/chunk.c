// SPDX-License-Identifier: MIT
// The table of chunks.
#include "chunk.h"

#include "node.h"

struct os_file_counters file_counters;
struct chunk *chunk_buckets[CHUNK_BUCKETS];
uint64_t chunks_made;

static struct chunk *unused; // linked by `next`
static uint64_t top = WINDOW_CHUNKS;

static struct chunk *take(void) {
    struct chunk *chunk = unused;
    if (chunk != NULL) {
        unused = chunk->next;
        return chunk;
    }
    if (chunks_made == CHUNKS_MOST || !window_grow(&top, (uint64_t)chunk_at(chunks_made + 1))) return NULL;
    return chunk_at(chunks_made++);
}

static uint64_t place_of(const struct chunk *chunk) {
    return WINDOW_PAGES + ((uint64_t)chunk - WINDOW_CHUNKS) / sizeof(struct chunk) * CHUNK_SIZE;
}

struct chunk *chunk_none(void) {
    static struct chunk none;
    return &none;
}

struct chunk *chunk_get(struct node *node, uint64_t index) {
    struct chunk *chunk = chunk_find(node, index);
    if (chunk != NULL) return chunk;
    chunk = take();
    if (chunk == NULL) return NULL;
    struct chunk **bucket = chunk_bucket(node, index);
    *chunk = (struct chunk){.next = *bucket, .node = node, .va = place_of(chunk), .index = (uint32_t)index};
    *bucket = chunk;
    list_add_last(&node->chunks, &chunk->in_node);
    link_init(&chunk->in_dirty);
    return chunk;
}

void chunk_leave(struct chunk *chunk) {
    if ((chunk->there | chunk->wanted | chunk->bad | chunk->starved | chunk->crowded) != 0 || !chunk_is_idle(chunk))
        return;
    struct chunk **link = chunk_bucket(chunk->node, chunk->index);
    while (*link != chunk) link = &(*link)->next;
    *link = chunk->next;
    list_remove(&chunk->in_node);
    list_remove(&chunk->in_dirty);
    chunk->node = NULL;
    chunk->next = unused;
    unused = chunk;
}

bool window_grow(uint64_t *end, uint64_t wanted) {
    while (*end < wanted) {
        if (os_alloc(*end, 1, RIGHT_READ | RIGHT_WRITE, 0, 0).status != STATUS_OK) return false;
        *end += 4096;
    }
    return true;
}
