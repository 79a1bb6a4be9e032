// SPDX-License-Identifier: MIT
// Writing dirty pages. Before a page goes to the disk the right to write it is taken from all who see it: who writes
// meanwhile makes it dirty again, by a fault. A hole that was written gets its blocks only now.
#include "flush.h"

#include <os/time.h>

#include "mapped.h"
#include "reclaim.h"
#include "storage.h"
#include "string.h"

enum {
    PAGE = 4096,
    PERIOD = 5, // seconds that something stays unwritten
    PARTS = 4,  // how often that is looked at, in that time
    ROUNDS = 3, // what was on its way may have been written to again before; what failed is tried page by page
};

static struct link idle; // where the task that writes in time waits
static bool hurry, due;
static uint64_t own_port, writing; // pages under way
static uint64_t dirty;             // chunks with such pages

uint64_t flush_dirty(void) { return dirty; }

// ---- what is dirty ----

// And neither under way, nor could it not be written.
static uint16_t to_write(const struct chunk *chunk) {
    return chunk->dirty & (uint16_t) ~(chunk->writing | chunk->failed);
}

void flush_mark(struct chunk *chunk, uint16_t mask) {
    if (mask == 0) return;
    if (chunk->dirty == 0) {
        list_add_last(&chunk->node->dirty, &chunk->in_dirty);
        dirty++;
    }
    chunk->dirty |= mask;
    node_note(chunk->node);
}

void flush_unmark(struct chunk *chunk, uint16_t mask) {
    if (chunk->dirty == 0) return;
    chunk->dirty &= (uint16_t)~mask;
    if (chunk->dirty != 0) return;
    list_remove(&chunk->in_dirty);
    dirty--;
}

void flush_done(struct chunk *chunk, uint16_t good, uint16_t bad, uint16_t unsure) {
    uint16_t lost = (bad | unsure) & chunk->valid;
    chunk->writing &= (uint16_t) ~(good | bad | unsure);
    writing -= chunk_count(good | bad | unsure);
    file_counters.written += chunk_count(good);
    file_counters.errors += (bad | unsure) != 0 ? 1 : 0;
    chunk->node->failures += bad != 0 ? 1 : 0;
    if (unsure != 0) chunk->singly = true;
    chunk->failed &= (uint16_t)~good;
    chunk->failed |= bad & chunk->valid;
    flush_mark(chunk, lost);
    reclaim_tell();
}

// ---- writing ----

// Blocks get their places from `offset` to `end` of the chunk. => how many bytes; 0: an error
static uint64_t write_run(struct batch *batch, uint64_t offset, uint64_t end, enum ext2_error *error) {
    struct chunk *chunk = batch->chunk;
    const struct node *node = chunk->node;
    uint64_t block = ((uint64_t)chunk->index * CHUNK_SIZE + offset) / storage_block;
    uint32_t count = (uint32_t)((end - offset) / storage_block);
    struct ext2_run run;
    *error = ext2_allocate(storage_fs, node->inode, block, count, node->size, &run);
    if (*error != EXT2_OK) return 0;
    uint64_t bytes = (uint64_t)(run.count < count ? run.count : count) * storage_block;
    storage_transfer(batch, offset, run.block * (storage_block / EXT2_SECTOR), bytes);
    return bytes;
}

// What was reserved for the pages is what they get now.
static void use_reserved(struct chunk *chunk, uint16_t mask) {
    uint32_t blocks = PAGE / storage_block;
    for (uint16_t left = chunk->reserved & mask; left != 0; left &= (uint16_t)(left - 1)) {
        uint64_t page = (uint64_t)chunk->index * CHUNK_PAGES + chunk_first(left);
        ext2_unreserve(storage_fs, page * blocks, blocks);
    }
    chunk->reserved &= (uint16_t)~mask;
}

// Up to where in the chunk, but not further than this, there is something to write: the file's last block.
static uint64_t end_of(const struct chunk *chunk, uint64_t stop) {
    uint64_t base = (uint64_t)chunk->index * CHUNK_SIZE, size = chunk->node->size;
    uint64_t end = size > base ? (size - base + storage_block - 1) / storage_block * storage_block : 0;
    return stop < end ? stop : end;
}

// Those that got no place will be tried again.
static void reserve_again(struct chunk *chunk, uint16_t mask) {
    uint32_t blocks = PAGE / storage_block;
    for (mask &= (uint16_t)~chunk->backed; mask != 0; mask &= (uint16_t)(mask - 1)) {
        uint64_t page = (uint64_t)chunk->index * CHUNK_PAGES + chunk_first(mask);
        if (ext2_reserve(storage_fs, page * blocks, blocks) == EXT2_OK) chunk->reserved |= chunk_bit(page);
    }
}

// Pages in a row, marked as being written. With the storage locked.
static void write_pages(struct chunk *chunk, unsigned first, unsigned end) {
    struct node *node = chunk->node;
    struct batch *batch = storage_begin(chunk, chunk_mask(first, end), true);
    uint64_t base = (uint64_t)chunk->index * CHUNK_SIZE, offset = (uint64_t)first * PAGE, stop = (uint64_t)end * PAGE;
    enum ext2_error error = EXT2_OK;
    if (base + stop > node->size) { // the last page
        uint64_t length = node->size > base ? node->size - base : 0;
        if (length < offset) length = offset;
        memset((void *)(chunk->va + length), 0, stop - length);
    }
    use_reserved(chunk, batch->mask);
    while (offset < (stop = end_of(chunk, stop))) { // it may be cut meanwhile
        uint64_t bytes = write_run(batch, offset, stop, &error);
        if (bytes == 0) break;
        offset += bytes;
    }
    if (offset < stop) {
        batch->bad |= chunk_mask(offset / PAGE, end);
        node->error = (uint16_t)storage_error(error);
        reserve_again(chunk, batch->bad);
    }
    if (stop / PAGE > first) // those that have all their blocks
        chunk->backed |= chunk_mask(first, stop / PAGE) & (uint16_t)~batch->bad;
    storage_end(batch);
}

// The dirty pages of `mask`; the chunk has one more user, for the caller.
static void write_chunk(struct chunk *chunk, uint16_t mask) {
    storage_lock();
    mask &= to_write(chunk);
    mapping_protect(chunk, mask);
    flush_unmark(chunk, mask);
    chunk->writing |= mask;
    writing += chunk_count(mask);
    while (mask != 0) {
        unsigned first = chunk_first(mask), run = chunk->singly ? 1 : chunk_run(mask >> first);
        mask &= (uint16_t)~chunk_mask(first, first + run);
        write_pages(chunk, first, first + run);
    }
    storage_unlock();
}

// What of a chunk lies between two pages of the file.
static uint16_t part(const struct chunk *chunk, uint64_t page, uint64_t end) {
    uint64_t base = (uint64_t)chunk->index * CHUNK_PAGES;
    uint64_t from = page > base ? page - base : 0, to = end < base + CHUNK_PAGES ? end - base : CHUNK_PAGES;
    return page < base + CHUNK_PAGES && end > base ? chunk_mask(from, to) : 0;
}

// => NULL: nothing of it is dirty there, except what is under way, and what could not be written
static struct chunk *find_dirty(const struct node *node, uint64_t page, uint64_t end) {
    for (const struct link *link = node->dirty.next; link != &node->dirty; link = link->next) {
        struct chunk *chunk = container_of(link, struct chunk, in_dirty);
        if ((to_write(chunk) & part(chunk, page, end)) != 0) return chunk;
    }
    return NULL;
}

static bool is_writing(const struct node *node, uint64_t page, uint64_t end) {
    for (const struct link *link = node->chunks.next; link != &node->chunks; link = link->next) {
        const struct chunk *chunk = container_of(link, struct chunk, in_node);
        if ((chunk->writing & part(chunk, page, end)) != 0) return true;
    }
    return false;
}

// What could not be written is tried again.
static void forgive(const struct node *node, uint64_t page, uint64_t end) {
    for (const struct link *link = node->dirty.next; link != &node->dirty; link = link->next) {
        struct chunk *chunk = container_of(link, struct chunk, in_dirty);
        chunk->failed &= (uint16_t)~part(chunk, page, end);
    }
}

// What is dirty now goes on its way.
static void write_dirty(struct node *node, uint64_t page, uint64_t end) {
    uint64_t most = dirty; // who writes all the time does not keep us for ever
    struct chunk *chunk;
    while (most-- > 0 && (chunk = find_dirty(node, page, end)) != NULL) {
        uint16_t mask = part(chunk, page, end);
        chunk->users++;
        write_chunk(chunk, mask);
        chunk->users--;
        chunk_leave(chunk);
    }
}

// Size and times, as far as the pages on the disk allow.
static enum file_error write_attributes(struct node *node) {
    enum ext2_error error = EXT2_OK;
    struct ext2_attributes attributes;
    storage_lock();
    if (node->modified != 0) {
        struct ext2_change change = {.what = EXT2_SET_MODIFIED, .modified = {.seconds = (int64_t)node->modified}};
        node->modified = 0;
        error = ext2_change(storage_fs, node->inode, &change);
    }
    if (error == EXT2_OK && list_empty(&node->dirty) && node_is_regular(node)) {
        error = ext2_attributes(storage_fs, node->inode, &attributes);
        if (error == EXT2_OK && attributes.size < node->size) error = ext2_resize(storage_fs, node->inode, node->size);
    }
    bool is_clean = list_empty(&node->dirty) && node->modified == 0 && !is_writing(node, 0, UINT64_MAX);
    if (is_clean) list_remove(&node->in_dirty);
    storage_unlock();
    return storage_error(error);
}

enum file_error flush_node(struct node *node, uint64_t page, uint64_t end) {
    uint32_t failures = node->failures;
    node->users++;
    node->error = FILE_OK;
    forgive(node, page, end);
    for (unsigned round = 0; round < ROUNDS; round++) {
        write_dirty(node, page, end);
        while (is_writing(node, page, end)) task_wait(&storage_changed);
    }
    enum file_error error = node->failures == failures ? FILE_OK
                            : node->error == FILE_OK   ? FILE_IO
                                                       : (enum file_error)node->error;
    enum file_error attributes = write_attributes(node);
    node_close(node);
    return error != FILE_OK ? error : attributes;
}

enum file_error flush_commit(void) {
    storage_lock();
    enum ext2_error error = ext2_commit(storage_fs);
    storage_unlock();
    file_counters.commits++;
    return storage_error(error);
}

// ---- in time ----

void flush_soon(struct node *node) {
    if (list_empty(&node->in_dirty)) return;
    node->since = 0;
    list_remove(&node->in_dirty);
    list_add_first(&nodes_dirty, &node->in_dirty);
}

static uint64_t dirty_nodes(void) {
    uint64_t count = 0;
    for (const struct link *link = nodes_dirty.next; link != &nodes_dirty; link = link->next) count++;
    return count;
}

// Files that are dirty since then. Each stays among them until nothing of it is under way: another who looks at the
// same time must find it. => the first error
static enum file_error write_older(uint64_t since, bool wait) {
    enum file_error first = FILE_OK;
    for (uint64_t count = dirty_nodes(); count > 0 && !list_empty(&nodes_dirty); count--) {
        struct node *node = container_of(nodes_dirty.next, struct node, in_dirty);
        if (node->since > since) break;
        enum file_error error = FILE_OK;
        node->users++;
        list_remove(&node->in_dirty);
        node_note(node); // at the end: who else looks for files to write waits for this one too
        if (wait) {
            error = flush_node(node, 0, UINT64_MAX);
        } else {
            if (since != UINT64_MAX) forgive(node, 0, UINT64_MAX); // in time: not at once again
            write_dirty(node, 0, UINT64_MAX);
            write_attributes(node);
        }
        node_close(node);
        first = first != FILE_OK ? first : error;
    }
    return first;
}

enum file_error flush_all(void) {
    enum file_error first = write_older(UINT64_MAX, true);
    storage_lock(); // with it no other write begins
    storage_settle();
    storage_unlock();
    enum file_error error = flush_commit();
    return first != FILE_OK ? first : error;
}

static void write_for_ever(struct task *task) {
    (void)task;
    for (;;) {
        while (!hurry && !due) task_wait(&idle);
        bool in_time = due, all = hurry;
        hurry = due = false;
        uint64_t period = PERIOD * os_ticks_per_second, now = os_now();
        write_older(all ? UINT64_MAX : now > period ? now - period : 0, false);
        if (in_time && storage_fs != NULL && ext2_is_dirty(storage_fs)) flush_commit();
        if (writing > 0) continue; // the end of that tells them; before it they would only ask for the same again
        reclaim_tell();
        task_wake(&storage_changed);
    }
}

static bool is_any_to_write(void) {
    for (uint64_t i = 0; i < chunks_made && dirty > 0; i++) {
        if (to_write(chunk_at(i)) != 0) return true;
    }
    return false;
}

bool flush_hurry(void) {
    hurry = true;
    task_wake(&idle);
    return writing > 0 || is_any_to_write();
}

void flush_tick(void) {
    due = true;
    task_wake(&idle);
    os_timer(own_port, FLUSH_BITS, os_now() + PERIOD * os_ticks_per_second / PARTS);
}

void flush_begin(uint64_t port) {
    own_port = port;
    link_init(&idle);
    task_start(write_for_ever, NULL);
    os_timer(own_port, FLUSH_BITS, os_now() + PERIOD * os_ticks_per_second / PARTS);
}
