// SPDX-License-Identifier: MIT
// The table of files of memory alone, and their pages.
#include "memory_file.h"

#include <os/time.h>

#include "mapped.h"
#include "reclaim.h"
#include "resize.h"
#include "string.h"

#define NUMBER_FIRST (UINT64_C(1) << 32) // above all inodes of a disk

static struct link named, unused; // the former in the order of their numbers
static uint64_t top = WINDOW_MEMORY_FILES, made, all_pages, last_number = NUMBER_FIRST;

static struct memory_file *at(uint64_t index) { return (struct memory_file *)WINDOW_MEMORY_FILES + index; }

void memory_files_begin(void) {
    link_init(&named);
    link_init(&unused);
}

uint64_t memory_files_pages(void) { return all_pages; }

static struct memory_file *take(void) {
    if (!list_empty(&unused)) {
        struct memory_file *file = container_of(unused.next, struct memory_file, in_named);
        list_take(&file->in_named);
        return file;
    }
    if (made == MEMORY_FILES_MOST || !window_grow(&top, (uint64_t)at(made + 1))) return NULL;
    return at(made++);
}

static void leave(struct memory_file *file) {
    file->node = NULL;
    list_add_last(&unused, &file->in_named);
}

enum file_error memory_file_make(const char *name, uint64_t mode, uint32_t maker, struct node **node) {
    size_t length = string_length(name);
    if (length > FILE_NAME_MOST) return FILE_NAME_TOO_LONG;
    struct memory_file *file = take();
    if (file == NULL) return FILE_FULL;
    *node = node_make_memory(file, (uint16_t)(FILE_TYPE_REGULAR | (mode & 07777)));
    if (*node == NULL) {
        leave(file);
        return FILE_FULL;
    }
    *file = (struct memory_file){
        .node = *node, .number = ++last_number, .maker = maker, .length = (uint16_t)length, .was_named = length != 0};
    (*node)->modified = os_seconds();
    link_init(&file->in_named);
    if (length == 0) return FILE_OK;
    memcpy(file->name, name, length + 1);
    list_add_last(&named, &file->in_named);
    (*node)->users++;
    return FILE_OK;
}

struct node *memory_file_find(const char *name) {
    size_t length = string_length(name);
    for (struct link *link = named.next; link != &named; link = link->next) {
        struct memory_file *file = container_of(link, struct memory_file, in_named);
        if (file->length == length && memcmp(file->name, name, length) == 0) return file->node;
    }
    return NULL;
}

struct node *memory_file_numbered(uint64_t number) {
    for (uint64_t i = 0; i < made; i++) {
        if (at(i)->node != NULL && at(i)->number == number && at(i)->was_named && at(i)->node->orphan)
            return at(i)->node;
    }
    return NULL;
}

const struct memory_file *memory_file_after(uint64_t number) {
    for (struct link *link = named.next; link != &named; link = link->next) {
        struct memory_file *file = container_of(link, struct memory_file, in_named);
        if (file->number > number) return file;
    }
    return NULL;
}

void memory_file_unname(struct memory_file *file) {
    if (file->length == 0) return;
    file->length = 0;
    list_take(&file->in_named);
    link_init(&file->in_named);
    node_let_go(file->node);
}

void memory_files_sweep(void) {
    for (uint64_t i = 0; i < made; i++) {
        if (at(i)->node == NULL || !at(i)->waits) continue;
        at(i)->waits = false;
        node_let_go(at(i)->node);
    }
}

void memory_file_forget(struct memory_file *file) { leave(file); }

// ---- pages ----

// Of the row of `count` pages from the first of them on, those that are not there.
static uint64_t missing(const struct chunk *chunk, unsigned first, uint64_t count) {
    uint64_t run = 0;
    while (run < count && first + run < CHUNK_PAGES && (chunk->there >> (first + run) & 1) == 0) run++;
    return run;
}

enum file_error memory_file_fill(struct node *node, uint64_t page, uint64_t count, struct chunk **found) {
    uint64_t left = reclaim_most() / 2; // the rest is for what can go to a disk
    unsigned first = page % CHUNK_PAGES;
    if (page >= node->pages) return FILE_BAD_ARGUMENT;
    struct chunk *chunk = chunk_get(node, page / CHUNK_PAGES);
    if (chunk == NULL) return FILE_OUT_OF_MEMORY;
    *found = chunk;
    if ((chunk->valid & chunk_bit(page)) != 0) return FILE_OK;
    left = left > all_pages ? left - all_pages : 0;
    if (count > node->pages - page) count = node->pages - page;
    count = missing(chunk, first, count);
    if (count > left) count = left;
    uint64_t got = count != 0 ? reclaim_take(chunk, first, count) : 0;
    if (got == 0) {
        chunk_leave(chunk);
        return count == 0 ? FILE_NO_SPACE : FILE_OUT_OF_MEMORY;
    }
    uint16_t mask = chunk_mask(first, first + got);
    chunk->valid |= mask;
    chunk->backed |= mask;
    chunk->kept |= mask;
    node->memory->pages += got;
    all_pages += got;
    return FILE_OK;
}

void memory_file_lost(struct memory_file *file, uint64_t pages) {
    file->pages -= pages;
    all_pages -= pages;
}

enum file_error memory_file_resize(struct node *node, uint64_t size) {
    uint32_t seals = node->memory->seals;
    if (size > MEMORY_FILE_LIMIT) return FILE_TOO_LARGE;
    if ((size < node->size && (seals & FILE_SEAL_SHRINK) != 0) || (size > node->size && (seals & FILE_SEAL_GROW) != 0))
        return FILE_SEALED;
    resize_clean_end(node, size < node->size ? size : node->size);
    if (size < node->size) resize_drop(node, size);
    node_set_size(node, size);
    return FILE_OK;
}

// ---- what is known of them ----

void memory_file_note(struct memory_file *file, uint32_t client, bool maps) {
    file->last = client;
    *(maps ? &file->mapped : &file->unmapped) = os_seconds();
}

static uint32_t mappings(const struct node *node) {
    uint32_t count = 0;
    for (const struct link *link = node->mappings.next; link != &node->mappings; link = link->next) count++;
    return count;
}

void memory_file_describe(const struct memory_file *file, struct os_file_stat *stat) {
    const struct node *node = file->node;
    *stat = (struct os_file_stat){.inode = file->number,
                                  .size = node->size,
                                  .blocks = file->pages * (4096 / 512),
                                  .mode = node->mode,
                                  .links = file->length != 0 ? 1 : 0,
                                  .accessed = node->modified,
                                  .modified = node->modified,
                                  .changed = node->modified,
                                  .block_size = 4096,
                                  .mapped = file->mapped,
                                  .unmapped = file->unmapped,
                                  .mappings = mappings(node),
                                  .maker = file->maker,
                                  .last = file->last,
                                  .seals = file->seals};
}

// ---- seals ----

enum file_error memory_file_seal(struct node *node, uint32_t seals) {
    if (seals == 0) return FILE_OK;
    if ((node->memory->seals & FILE_SEAL_SEAL) != 0) return FILE_SEALED;
    for (const struct link *link = node->mappings.next; link != &node->mappings; link = link->next) {
        const struct mapping *mapping = container_of(link, struct mapping, in_node);
        if ((seals & FILE_SEAL_WRITE) != 0 && mapping->writable) return FILE_BUSY;
    }
    node->memory->seals |= seals;
    return FILE_OK;
}
