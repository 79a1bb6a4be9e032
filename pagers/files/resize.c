// SPDX-License-Identifier: MIT
// Where a file ends.
#include "resize.h"

#include "fill.h"
#include "flush.h"
#include "mapped.h"
#include "reclaim.h"
#include "storage.h"
#include "string.h"

enum { PAGE = 4096 };

// ---- room ----

// Page by page, for so it is given back. => the pages that have none
static uint16_t reserve(struct chunk *chunk, uint16_t mask, enum ext2_error *error) {
    uint32_t blocks = PAGE / storage_block;
    *error = EXT2_OK;
    for (mask &= (uint16_t) ~(chunk->backed | chunk->reserved); mask != 0; mask &= (uint16_t)(mask - 1)) {
        unsigned n = chunk_first(mask);
        *error = ext2_reserve(storage_fs, ((uint64_t)chunk->index * CHUNK_PAGES + n) * blocks, blocks);
        if (*error != EXT2_OK) break;
        chunk->reserved |= chunk_bit(n);
    }
    return mask;
}

bool resize_reserve_now(struct chunk *chunk, uint16_t mask) {
    enum ext2_error error;
    if ((mask & (uint16_t) ~(chunk->backed | chunk->reserved)) == 0) return true;
    return storage_is_free() && reserve(chunk, mask, &error) == 0;
}

enum file_error resize_reserve(struct chunk *chunk, uint16_t mask) {
    enum ext2_error error;
    for (bool again = true;; again = false) {
        storage_lock();
        reserve(chunk, mask, &error);
        storage_unlock();
        if (error != EXT2_NO_SPACE || !again) return storage_error(error);
        flush_all(); // what is reserved is more than what is needed
    }
}

void resize_give_back(struct chunk *chunk, uint16_t mask) {
    uint32_t blocks = PAGE / storage_block;
    for (mask &= chunk->reserved; mask != 0; mask &= (uint16_t)(mask - 1)) {
        unsigned n = chunk_first(mask);
        ext2_unreserve(storage_fs, ((uint64_t)chunk->index * CHUNK_PAGES + n) * blocks, blocks);
        chunk->reserved &= (uint16_t)~chunk_bit(n);
    }
}

// ---- the end ----

// The pages of a chunk that are behind the file's.
static uint16_t behind(const struct chunk *chunk) {
    uint64_t base = (uint64_t)chunk->index * CHUNK_PAGES, pages = chunk->node->pages;
    if (pages >= base + CHUNK_PAGES) return 0;
    return pages > base ? chunk_mask(pages - base, CHUNK_PAGES) : UINT16_MAX;
}

// => false: some are on their way
static bool drop(struct node *node) {
    bool complete = true;
    for (struct link *link = node->chunks.next, *next; link != &node->chunks; link = next) {
        struct chunk *chunk = container_of(link, struct chunk, in_node);
        uint16_t mask = behind(chunk);
        next = link->next;
        if (mask == 0) continue;
        if (!chunk_is_idle(chunk)) {
            complete = false;
            continue;
        }
        flush_unmark(chunk, mask);
        mapping_hide(chunk, mask); // a fault before the end may have shown them again, as neighbours
        chunk->bad &= (uint16_t)~mask;
        chunk->failed &= (uint16_t)~mask;
        chunk->backed &= (uint16_t)~mask;
        chunk->starved &= (uint16_t)~mask;
        chunk->crowded &= (uint16_t)~mask;
        chunk->touched &= (uint16_t)~mask;
        reclaim_pages(chunk, mask);
        mapping_ready(chunk, mask); // who waits is told that the file ends before
        chunk_leave(chunk);
    }
    return complete;
}

void resize_drop(struct node *node, uint64_t size) {
    node_set_size(node, size);
    mapping_cut(node);
    for (;;) {
        storage_lock();
        bool complete = drop(node);
        storage_unlock();
        if (complete) return;
        task_wait(&storage_changed);
    }
}

// Has the disk nothing of where the file is to end, and will have nothing?
static enum file_error is_hole(const struct node *node, const struct chunk *chunk, uint64_t size, bool *hole) {
    uint16_t unsure = (uint16_t) ~(chunk->backed | chunk->dirty | chunk->writing);
    struct ext2_run run = {.block = 0};
    enum ext2_error error = EXT2_OK;
    *hole = (unsure & chunk_bit(size / PAGE)) != 0;
    if (!*hole) return FILE_OK;
    storage_lock(); // of a page with several blocks some may be there
    error = ext2_map(storage_fs, node->inode, size / storage_block, 1, &run);
    storage_unlock();
    *hole = run.block == 0;
    return storage_error(error);
}

enum file_error resize_clean_end(struct node *node, uint64_t size) {
    struct chunk *chunk;
    uint64_t page = size / PAGE;
    bool hole;
    if (size % PAGE == 0 || page >= node->pages) return FILE_OK;
    if (node->memory != NULL) {
        chunk = chunk_find(node, page / CHUNK_PAGES);
        if (chunk != NULL && (chunk->valid & chunk_bit(page)) != 0)
            memset((void *)(chunk_page_va(chunk, page) + size % PAGE), 0, PAGE - size % PAGE);
        return FILE_OK;
    }
    enum file_error error = fill_page(node, page, 1, &chunk);
    if (error != FILE_OK) return error;
    uint16_t bit = chunk_bit(page);
    error = is_hole(node, chunk, size, &hole);
    if (error == FILE_OK && !hole) error = resize_reserve(chunk, bit);
    if (error == FILE_NO_SPACE) error = FILE_OK; // the block itself is there
    if (error == FILE_OK) {
        memset((void *)(chunk_page_va(chunk, page) + size % PAGE), 0, PAGE - size % PAGE);
        if (!hole) flush_mark(chunk, bit);
    }
    chunk->users--;
    return error;
}

enum file_error resize_node(struct node *node, uint64_t size) {
    enum file_error error = resize_clean_end(node, size < node->size ? size : node->size);
    if (error != FILE_OK) return error;
    if (size < node->size) resize_drop(node, size);
    storage_lock();
    error = storage_error(ext2_resize(storage_fs, node->inode, size));
    if (error == FILE_OK) node_set_size(node, size);
    node->modified = 0;
    storage_unlock();
    return error;
}
