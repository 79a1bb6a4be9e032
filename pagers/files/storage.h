// SPDX-License-Identifier: MIT
// The disk, and the file system on it: of that, one call at a time, between storage_lock() and storage_unlock().
#pragma once

#include "../ext2/ext2.h"
#include "chunk.h"
#include "task.h"

#include <os/file_protocol.h>

// The bits of the server's port by which the disk tells.
#define STORAGE_BITS (UINT64_C(1) << 40)

extern struct ext2 *storage_fs;     // NULL: nothing is mounted
extern uint32_t storage_block;      // bytes of a block
extern struct link storage_changed; // who waits for a change in the cache: any transfer's end, any memory

// By a task: opens the disk of this name, and mounts what is on it. => NULL, or what is wrong
const char *storage_mount(const char *disk, uint64_t port, uint64_t metadata_pages);
void storage_unmount(void);

void storage_lock(void);
void storage_unlock(void);
// May the file system be called without waiting?
bool storage_is_free(void);

// The disk has told: what has ended is seen to.
void storage_collect(void);

// Pages of one chunk, on their way in as many transfers as they have pieces on the disk.
struct batch {
    struct chunk *chunk;
    struct link link; // unused ones
    uint32_t left;    // transfers, and 1 while there may be more
    uint16_t mask;    // its pages
    uint16_t bad;     // of them: it could not be done
    uint16_t unsure;  // of them: it could not be done for all in a row
    bool write;
};

// By a task, which may wait for room. The pages are marked as reading or writing; fill_done() or flush_done() hears of
// the end, of all at once.
struct batch *storage_begin(struct chunk *chunk, uint16_t mask, bool write);
// Bytes at this place in the chunk.
void storage_transfer(struct batch *batch, uint64_t offset, uint64_t sector, uint64_t bytes);
// There are no more; those that there are go.
void storage_end(struct batch *batch);
// Until all writes of pages that are under way have ended.
void storage_settle(void);

enum file_error storage_error(enum ext2_error error);
