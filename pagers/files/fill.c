// SPDX-License-Identifier: MIT
// Reading pages. One task asks the file system where they are and submits the transfers; it does not wait for them.
#include "fill.h"

#include "mapped.h"
#include "reclaim.h"
#include "storage.h"
#include "string.h"

enum { JOBS = 256, PAGE = 4096 };

struct job {
    struct node *node; // has one more user
    uint64_t page, count;
};

static struct job jobs[JOBS];
static uint64_t asked, taken;
static struct link idle; // where the task waits

bool fill_ask(struct node *node, uint64_t page, uint64_t count) {
    for (uint64_t i = taken; i != asked; i++) {
        const struct job *job = &jobs[i % JOBS];
        if (job->node == node && page >= job->page && page - job->page < job->count) return true;
    }
    if (asked - taken == JOBS) return false;
    jobs[asked++ % JOBS] = (struct job){node, page, count};
    node->users++;
    task_wake(&idle);
    return true;
}

uint64_t fill_wish(uint64_t page, uint64_t *next) {
    uint64_t count = page == *next ? FILL_MANY : FILL_SOME;
    *next = page + count;
    return count;
}

void fill_follow(struct chunk *chunk, uint16_t mask, uint64_t *next) {
    mask &= chunk->ahead;
    uint64_t page = (uint64_t)chunk->index * CHUNK_PAGES + chunk_first(mask);
    chunk->ahead &= (uint16_t)~mask;
    file_counters.read_ahead_hits += chunk_count(mask);
    if (page >= *next || page + FILL_MANY / 2 < *next || *next >= chunk->node->pages) return;
    if (fill_ask(chunk->node, *next, FILL_MANY)) *next += FILL_MANY;
}

// What is behind the file's end is zero, whatever the disk has there.
static void clean_end(const struct chunk *chunk, uint16_t mask) {
    uint64_t size = chunk->node->size;
    if (size % PAGE == 0 || size / CHUNK_SIZE != chunk->index || (mask & chunk_bit(size / PAGE)) == 0) return;
    memset((void *)(chunk->va + size % CHUNK_SIZE), 0, PAGE - size % PAGE);
}

void fill_done(struct chunk *chunk, uint16_t good, uint16_t bad, uint16_t unsure) {
    uint16_t all = good | bad | unsure;
    clean_end(chunk, good);
    chunk->reading &= (uint16_t)~all;
    chunk->valid |= good;
    chunk->touched |= good;
    chunk->bad |= bad;
    file_counters.read += chunk_count(good);
    file_counters.errors += (bad | unsure) != 0 ? 1 : 0;
    if (unsure != 0) chunk->singly = true;
    mapping_ready(chunk, all);
}

// ---- the task ----

// Blocks from a place on, up to another, one page at most where the disk has failed. => how many bytes; 0: an error
static uint64_t read_run(struct batch *batch, uint64_t offset, uint64_t end) {
    struct chunk *chunk = batch->chunk;
    uint64_t block = ((uint64_t)chunk->index * CHUNK_SIZE + offset) / storage_block;
    struct ext2_run run;
    if (chunk->singly && end > (offset / PAGE + 1) * PAGE) end = (offset / PAGE + 1) * PAGE;
    uint32_t count = (uint32_t)((end - offset) / storage_block);
    if (ext2_map(storage_fs, chunk->node->inode, block, count, &run) != EXT2_OK) return 0;
    uint64_t bytes = (uint64_t)(run.count < count ? run.count : count) * storage_block;
    if (run.block == 0) {
        memset((void *)(chunk->va + offset), 0, bytes);
        chunk->backed &= (uint16_t)~chunk_mask(offset / PAGE, (offset + bytes + PAGE - 1) / PAGE);
    } else {
        storage_transfer(batch, offset, run.block * (storage_block / EXT2_SECTOR), bytes);
    }
    return bytes;
}

// Pages in a row, which are marked as being read.
static void read_pages(struct chunk *chunk, unsigned first, unsigned end) {
    struct batch *batch = storage_begin(chunk, chunk_mask(first, end), false);
    uint64_t offset = (uint64_t)first * PAGE, stop = (uint64_t)end * PAGE, bytes;
    chunk->backed |= batch->mask; // those in holes will not be
    storage_lock();
    for (; offset < stop; offset += bytes) {
        bytes = read_run(batch, offset, stop);
        if (bytes == 0) break;
    }
    storage_unlock();
    if (offset < stop) batch->bad |= chunk_mask(offset / PAGE, end);
    storage_end(batch);
}

// The pages of one chunk. Where there is no memory for them, who wants one is told.
static void read_chunk(struct node *node, uint64_t page, uint64_t end, uint64_t wanted) {
    struct chunk *chunk = chunk_get(node, page / CHUNK_PAGES);
    if (chunk == NULL) return;
    uint64_t base = page - page % CHUNK_PAGES;
    uint16_t mask = chunk_mask(page - base, end - base);
    chunk->users++;
    bool enough = reclaim_frames(chunk, mask);
    if (enough && base + CHUNK_PAGES > node->pages) // it may have become shorter
        mask &= node->pages > base ? chunk_mask(0, node->pages - base) : 0;
    mask &= (uint16_t) ~(chunk->valid | chunk->reading | chunk->bad);
    if (enough) chunk->reading |= mask;
    if (enough) chunk->ahead |= wanted == page ? mask & (uint16_t)~chunk_bit(page) : mask;
    file_counters.read_ahead += enough ? chunk_count(mask & chunk->ahead) : 0;
    while (enough && mask != 0) {
        unsigned first = chunk_first(mask), run = chunk_run(mask >> first);
        mask &= (uint16_t)~chunk_mask(first, first + run);
        read_pages(chunk, first, first + run);
    }
    chunk->starved |= enough ? 0 : chunk->wanted & mask;
    mapping_ready(chunk, (uint16_t)~chunk->reading);
    chunk->users--; // not before: who is told might let go of it
    chunk_leave(chunk);
}

static void fill_for_ever(struct task *task) {
    (void)task;
    for (;;) {
        while (taken == asked) task_wait(&idle);
        struct job job = jobs[taken++ % JOBS];
        uint64_t end = job.page + job.count;
        if (end > job.node->pages) end = job.node->pages;
        for (uint64_t page = job.page; page < end;) {
            uint64_t next = page - page % CHUNK_PAGES + CHUNK_PAGES;
            read_chunk(job.node, page, next < end ? next : end, job.page);
            page = next;
        }
        node_close(job.node);
        task_wake(&storage_changed);
    }
}

void fill_begin(void) {
    link_init(&idle);
    task_start(fill_for_ever, NULL);
}

enum file_error fill_page(struct node *node, uint64_t page, uint64_t count, struct chunk **found) {
    for (unsigned attempts = 0;; attempts++) {
        if (page >= node->pages) return FILE_BAD_ARGUMENT;
        struct chunk *chunk = chunk_find(node, page / CHUNK_PAGES);
        uint16_t bit = chunk_bit(page);
        if (chunk != NULL && (chunk->valid & bit) != 0) {
            chunk->users++;
            chunk->touched |= bit;
            *found = chunk;
            return FILE_OK;
        }
        if (chunk != NULL && (chunk->bad & bit) != 0) {
            chunk->bad &= (uint16_t)~bit;
            return FILE_IO;
        }
        bool reading = chunk != NULL && (chunk->reading & bit) != 0;
        if (!reading && attempts > 1000) return FILE_OUT_OF_MEMORY;
        if (!reading) fill_ask(node, page, count);
        task_wait(&storage_changed);
    }
}
