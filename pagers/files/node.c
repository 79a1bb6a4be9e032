// SPDX-License-Identifier: MIT
// The table of nodes.
#include "node.h"

#include <os/time.h>

#include "memory_file.h"
#include "reclaim.h"
#include "resize.h"
#include "storage.h"

enum { BUCKETS = 1024 };

struct link nodes_dirty;

static struct link buckets[BUCKETS], unused;
static uint64_t top = WINDOW_NODES, made, used;

static struct node *node_at(uint64_t index) { return (struct node *)WINDOW_NODES + index; }

void nodes_begin(void) {
    for (unsigned i = 0; i < BUCKETS; i++) link_init(&buckets[i]);
    link_init(&unused);
    link_init(&nodes_dirty);
}

uint64_t nodes_used(void) { return used; }

struct node *node_find(uint32_t inode) {
    struct link *head = &buckets[inode % BUCKETS];
    for (struct link *link = head->next; link != head; link = link->next) {
        struct node *node = container_of(link, struct node, in_bucket);
        if (node->inode == inode) return node;
    }
    return NULL;
}

// Nobody uses it, and nothing of it is to be written.
static bool is_idle(const struct node *node) {
    if (node->inode == 0 || node->users > 0 || node->orphan || !list_empty(&node->in_dirty)) return false;
    for (const struct link *link = node->chunks.next; link != &node->chunks; link = link->next) {
        const struct chunk *chunk = container_of(link, struct chunk, in_node);
        if (!chunk_is_idle(chunk) || chunk->dirty != 0) return false;
    }
    return true;
}

static void forget(struct node *node) {
    reclaim_node(node);
    list_remove(&node->in_bucket);
    list_remove(&node->in_dirty);
    node->inode = 0;
    used--;
    list_add_last(&unused, &node->in_bucket);
}

// One that only has pages in the cache gives its place.
static struct node *take_from_others(void) {
    static uint64_t hand;
    for (uint64_t steps = 0; steps < made; steps++) {
        struct node *node = node_at(hand++ % made);
        if (!is_idle(node)) continue;
        forget(node);
        return node;
    }
    return NULL;
}

static struct node *take(void) {
    struct node *node;
    if (!list_empty(&unused)) {
        node = container_of(unused.next, struct node, in_bucket);
    } else if (made < NODES_MOST && window_grow(&top, (uint64_t)node_at(made + 1))) {
        return node_at(made++);
    } else {
        node = take_from_others();
    }
    if (node != NULL) list_remove(&node->in_bucket);
    return node;
}

static void begin(struct node *node, uint32_t inode, uint16_t mode) {
    *node = (struct node){.inode = inode, .mode = mode};
    link_init(&node->in_bucket);
    link_init(&node->in_dirty);
    link_init(&node->chunks);
    link_init(&node->mappings);
    link_init(&node->dirty);
    lock_init(&node->lock);
    used++;
}

struct node *node_make_memory(struct memory_file *memory, uint16_t mode) {
    struct node *node = take();
    if (node == NULL) return NULL;
    begin(node, NODE_NO_INODE, mode); // in no bucket
    node->memory = memory;
    node->orphan = true;
    node->users = 1;
    return node;
}

uint64_t node_number(const struct node *node) { return node->memory != NULL ? node->memory->number : node->inode; }

bool node_limit(const struct node *node, uint64_t *limit) {
    struct ext2_statistics statistics;
    *limit = MEMORY_FILE_LIMIT;
    if (node->memory != NULL) return true;
    ext2_statistics(storage_fs, &statistics);
    *limit = statistics.file_limit;
    return !statistics.read_only;
}

enum file_error node_open(uint32_t inode, struct node **found) {
    struct ext2_attributes attributes;
    struct ext2_statistics limits;
    struct node *node = node_find(inode);
    if (node == NULL) {
        enum ext2_error error = ext2_attributes(storage_fs, inode, &attributes);
        if (error != EXT2_OK) return storage_error(error);
        ext2_statistics(storage_fs, &limits);
        if (attributes.size > limits.file_limit) return FILE_CORRUPT;
        node = take();
        if (node == NULL) return FILE_FULL;
        begin(node, inode, attributes.mode);
        node_set_size(node, attributes.size);
        list_add_last(&buckets[inode % BUCKETS], &node->in_bucket);
    }
    node->users++;
    *found = node;
    return FILE_OK;
}

void node_note(struct node *node) {
    if (!list_empty(&node->in_dirty) || node->memory != NULL) return;
    node->since = os_now();
    list_add_last(&nodes_dirty, &node->in_dirty);
}

// The last user of a file without a name: nobody can come to it any more.
static void discard(struct node *node) {
    node->users++;
    lock_take(&node->lock);
    resize_drop(node, 0);
    lock_give(&node->lock);
    storage_lock();
    list_remove(&node->in_dirty);
    node->orphan = node->users > 1; // whoever has it still, to read or to write pages of it, does this then
    if (!node->orphan && node->memory == NULL)
        ext2_discard(storage_fs, node->inode); // what fails here the next mount does
    node->users--;
    if (!node->orphan && node->memory != NULL) memory_file_forget(node->memory);
    if (!node->orphan) forget(node);
    storage_unlock();
}

void node_close(struct node *node) {
    if (node->users == 1 && node->orphan) {
        node->orphan = false; // once
        node->users--;
        discard(node);
    } else {
        node->users--;
    }
}

static void close_later(struct task *task) { node_close((struct node *)task->request.word[0]); }

void node_let_go(struct node *node) {
    if (node->users > 1 || !node->orphan) {
        node->users--;
        return;
    }
    const struct message message = {.word = {(uint64_t)node}};
    bool started = task_start(close_later, &message);
    if (!started && node->memory != NULL) node->memory->waits = true;
    if (!started && node->memory == NULL) node->users--; // the next mount ends it
    os_notify(pager_port(), NODE_BITS);
}
