// SPDX-License-Identifier: MIT
// Files of memory alone: no disk is behind them. What they have is in the cache and nowhere else, so it stays there
// until it is cut off, or nobody has the file any more.
#pragma once

#include "node.h"

enum { MEMORY_FILES_MOST = 3072 };

struct memory_file {
    struct link in_named;      // or unused
    struct node *node;         // NULL: unused
    uint64_t number;           // told as its inode; never used again
    uint64_t pages;            // that it has
    uint64_t mapped, unmapped; // seconds: when a mapping of it began, and ended; 0: never
    uint32_t maker, last;      // clients: who made it, who mapped it or let go of it last
    uint32_t seals;
    uint16_t length; // of its name; 0: it has none
    bool was_named;  // it can be had by its number
    bool waits;      // its last user has gone, and no task was there to see to it
    char name[FILE_NAME_MOST + 1];
};

void memory_files_begin(void);
uint64_t memory_files_pages(void);

// A new one, which the caller is the user of. With a name it has one more, until that goes.
enum file_error memory_file_make(const char *name, uint64_t mode, uint32_t maker, struct node **node);
// => NULL: there is none
struct node *memory_file_find(const char *name);
struct node *memory_file_numbered(uint64_t number);
// The first whose number is above this one, of those with a name. => NULL: there is none
const struct memory_file *memory_file_after(uint64_t number);
// Its name goes.
void memory_file_unname(struct memory_file *file);
// Those that wait for that.
void memory_files_sweep(void);
// Of a node that nobody uses any more.
void memory_file_forget(struct memory_file *file);

// The page, and up to `count` from it on, in one chunk. Never waits. => NO_SPACE, such files have all that they may;
// OUT_OF_MEMORY, there is no frame now; BAD_ARGUMENT, the file ends before
enum file_error memory_file_fill(struct node *node, uint64_t page, uint64_t count, struct chunk **found);
// So many of its pages have gone.
void memory_file_lost(struct memory_file *file, uint64_t pages);

// A client maps it, or does so no more.
void memory_file_note(struct memory_file *file, uint32_t client, bool maps);
void memory_file_describe(const struct memory_file *file, struct os_file_stat *stat);

// By a task, with the node's lock.
enum file_error memory_file_resize(struct node *node, uint64_t size);

// More of them, if `seals` is not 0. => SEALED, there shall be no more; BUSY, somebody may write
enum file_error memory_file_seal(struct node *node, uint32_t seals);
