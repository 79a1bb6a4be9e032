// SPDX-License-Identifier: MIT
// Nodes: files that are open, mapped, or have pages in the cache; each stands for an inode, once.
#pragma once

#include "chunk.h"
#include "task.h"

#include <os/file_protocol.h>

enum { NODES_MOST = 8192 };

#define MEMORY_FILE_LIMIT (UINT64_C(1) << 43) // bytes of a file of memory alone

struct memory_file;

struct node {
    _Alignas(64) struct link in_bucket; // or unused
    struct link in_dirty;               // among those that have something to write
    struct link chunks, mappings;
    struct link dirty;          // its chunks with dirty pages, in the order in which they became so
    struct lock lock;           // who changes its size has it, and who writes
    uint64_t size;              // as everybody sees it; the disk may know a smaller one yet
    uint64_t pages;             // of that
    uint64_t modified;          // seconds; 0: as on the disk
    uint64_t since;             // ticks: something is to be written since then
    struct memory_file *memory; // it is of memory alone; else NULL
    uint32_t inode;             // 0: unused
    uint32_t users;             // open, mapped, or in some task's hands
    uint16_t mode;
    uint16_t error;    // enum file_error: why the last write failed, if not because of the disk
    uint32_t failures; // how many did
    bool orphan;       // it has no name any more
    bool shared;       // some mapping of it may be written to
};

#define NODE_NO_INODE UINT32_C(1) // one that no file has: of a file of memory alone

extern struct link nodes_dirty; // the longest first

void nodes_begin(void);
uint64_t nodes_used(void);

// The node of an inode, with one more user. With the storage locked. => an error, FULL too
enum file_error node_open(uint32_t inode, struct node **node);
// Of a file of memory alone, with one user. => NULL: there is no room
struct node *node_make_memory(struct memory_file *memory, uint16_t mode);
// By which it is told from all others.
uint64_t node_number(const struct node *node);
// How large it can be, and whether it can be written to. => false: it cannot
bool node_limit(const struct node *node, uint64_t *limit);
// => NULL: this inode has none
struct node *node_find(uint32_t inode);
// One user less; with the last one a file without a name goes. By a task, not with the storage locked.
void node_close(struct node *node);
// The same from where one may not wait: if more is to be done, a task does it, when the server's port is told
// NODE_BITS.
#define NODE_BITS (UINT64_C(1) << 42)
void node_let_go(struct node *node);

static inline bool node_is_regular(const struct node *node) { return FILE_TYPE(node->mode) == FILE_TYPE_REGULAR; }

static inline void node_set_size(struct node *node, uint64_t size) {
    node->size = size;
    node->pages = (size + 4095) / 4096;
}

// It has something to write.
void node_note(struct node *node);
