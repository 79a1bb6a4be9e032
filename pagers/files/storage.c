// SPDX-License-Identifier: MIT
// The disk, and the file system on it.
//
// The file system's own blocks go through its device functions, in which the task that called it waits. Pages go
// straight between the disk and the cache, and nobody waits unless the ring is full.
#include "storage.h"

#include <os/begin.h>
#include <os/disk.h>
#include <os/print.h>
#include <os/time.h>

#include "fill.h"
#include "flush.h"

enum { BATCHES = 96, SLOTS = OS_DISK_REQUESTS, PAGE = 4096 };

struct ext2 *storage_fs;
uint32_t storage_block = PAGE;
struct link storage_changed;

// Blocks of the file system, for which one task waits.
struct blocks {
    struct link waiting;
    uint32_t left;
    bool failed;
};

// What a request in flight is for: one of the two.
struct slot {
    struct blocks *blocks;
    struct batch *batch;
    uint16_t mask; // pages of the batch
    bool taken;
};

static struct os_disk disk;
static struct lock lock;
static struct slot slots[SLOTS];
static struct batch batches[BATCHES];
static struct link unused; // batches
static struct link room;   // who waits for a slot, or a batch
static uint64_t writes;    // of pages, under way: transfers

void storage_lock(void) { lock_take(&lock); }

void storage_unlock(void) { lock_give(&lock); }

bool storage_is_free(void) { return !lock.taken; }

// ---- requests ----

static void submit(const struct slot *what, uint32_t kind, uint64_t sector, uint64_t va, uint64_t bytes) {
    unsigned i = 0;
    for (;;) {
        for (i = 0; i < SLOTS && slots[i].taken; i++) {
        }
        if (i < SLOTS) break;
        os_disk_kick(&disk);
        task_wait(&room);
    }
    slots[i] = *what;
    slots[i].taken = true;
    const struct os_disk_request request = {i, sector, va, (uint32_t)bytes, kind};
    os_disk_submit(&disk, &request); // there are as many slots there
}

static void batch_put(struct batch *batch) {
    if (--batch->left > 0) return;
    struct chunk *chunk = batch->chunk;
    uint16_t unsure = batch->unsure & (uint16_t)~batch->bad, good = batch->mask & (uint16_t) ~(batch->bad | unsure);
    chunk->users--;
    if (batch->write) {
        flush_done(chunk, good, batch->bad, unsure);
    } else {
        fill_done(chunk, good, batch->bad, unsure);
    }
    list_add_last(&unused, &batch->link);
    task_wake(&room);
    task_wake(&storage_changed);
}

static void ended(struct slot *slot, bool good) {
    struct slot was = *slot;
    slot->taken = false;
    task_wake(&room);
    if (was.blocks != NULL) {
        was.blocks->failed = was.blocks->failed || !good;
        if (--was.blocks->left == 0) task_wake(&was.blocks->waiting);
        return;
    }
    writes -= was.batch->write ? 1 : 0;
    if (!good && (was.mask & (was.mask - 1)) != 0) was.batch->unsure |= was.mask;
    if (!good && (was.mask & (was.mask - 1)) == 0) was.batch->bad |= was.mask;
    batch_put(was.batch);
    task_wake(&storage_changed);
}

void storage_collect(void) {
    uint64_t id;
    enum os_disk_error error;
    while (os_disk_collect(&disk, &id, &error)) ended(&slots[id], error == OS_DISK_OK);
    if (!disk.gone) return;
    // Whoever starts the server again mounts again: what was committed is there.
    os_print("files: the disk is gone\n");
    os_exit(1);
}

struct batch *storage_begin(struct chunk *chunk, uint16_t mask, bool write) {
    while (list_empty(&unused)) task_wait(&room);
    struct batch *batch = container_of(unused.next, struct batch, link);
    list_take(&batch->link);
    *batch = (struct batch){.chunk = chunk, .left = 1, .mask = mask, .write = write};
    chunk->users++;
    return batch;
}

void storage_transfer(struct batch *batch, uint64_t offset, uint64_t sector, uint64_t bytes) {
    uint64_t va = batch->chunk->va + offset;
    const struct slot slot = {.batch = batch, .mask = chunk_mask(offset / PAGE, (offset + bytes + PAGE - 1) / PAGE)};
    batch->left++;
    writes += batch->write ? 1 : 0;
    submit(&slot, batch->write ? OS_DISK_WRITE : OS_DISK_READ, sector, va, bytes);
}

void storage_end(struct batch *batch) {
    os_disk_kick(&disk);
    batch_put(batch);
}

void storage_settle(void) {
    os_disk_kick(&disk);
    while (writes > 0) task_wait(&storage_changed);
}

// ---- the file system's device ----

static bool finish(struct blocks *blocks) {
    os_disk_kick(&disk);
    if (--blocks->left > 0) task_wait(&blocks->waiting);
    return !blocks->failed;
}

static bool transfer(void *owner, bool write, const struct ext2_transfer *list, uint32_t count) {
    struct blocks blocks = {.left = 1};
    const struct slot slot = {.blocks = &blocks};
    (void)owner;
    link_init(&blocks.waiting);
    for (uint32_t i = 0; i < count; i++) {
        blocks.left++;
        submit(&slot, write ? OS_DISK_WRITE : OS_DISK_READ, list[i].sector, (uint64_t)list[i].data, list[i].bytes);
    }
    return finish(&blocks);
}

static bool flush(void *owner) {
    struct blocks blocks = {.left = 2};
    const struct slot slot = {.blocks = &blocks};
    (void)owner;
    link_init(&blocks.waiting);
    submit(&slot, OS_DISK_FLUSH, 0, 0, 0);
    return finish(&blocks);
}

static void settle(void *owner) {
    (void)owner;
    storage_settle();
}

static struct ext2_time now(void *owner) {
    (void)owner;
    return (struct ext2_time){.seconds = (int64_t)os_seconds()};
}

const char *storage_mount(const char *name, uint64_t port, uint64_t metadata_pages) {
    lock_init(&lock);
    link_init(&unused);
    link_init(&room);
    link_init(&storage_changed);
    for (unsigned i = 0; i < BATCHES; i++) list_add_last(&unused, &batches[i].link);
    uint64_t status = os_disk_open(&disk, name, port, STORAGE_BITS);
    if (status != STATUS_OK) return os_status_name(status);
    uint64_t top = WINDOW_METADATA;
    if (!window_grow(&top, WINDOW_METADATA + metadata_pages * PAGE)) return "there is no memory for its tables";
    const struct ext2_device device = {
        .sectors = disk.sectors, .transfer = transfer, .flush = flush, .settle = settle, .now = now};
    struct ext2 *fs = NULL;
    storage_lock();
    enum ext2_error error = ext2_mount(&fs, &device, (void *)WINDOW_METADATA, metadata_pages * PAGE, disk.read_only);
    storage_unlock();
    if (error != EXT2_OK) return fs != NULL ? ext2_why(fs) : ext2_error_text(error);
    struct ext2_statistics statistics;
    ext2_statistics(fs, &statistics);
    storage_block = statistics.block_size;
    storage_fs = fs;
    return NULL;
}

void storage_unmount(void) {
    storage_lock();
    storage_settle();
    enum ext2_error error = ext2_unmount(storage_fs);
    if (error != EXT2_OK) os_print("files: the disk is not whole: %s\n", ext2_error_text(error));
    storage_fs = NULL;
    storage_unlock();
}

enum file_error storage_error(enum ext2_error error) {
    static const enum file_error errors[] = {
        [EXT2_OK] = FILE_OK,
        [EXT2_NOT_FOUND] = FILE_NOT_FOUND,
        [EXT2_EXISTS] = FILE_EXISTS,
        [EXT2_NOT_DIRECTORY] = FILE_NOT_DIRECTORY,
        [EXT2_IS_DIRECTORY] = FILE_IS_DIRECTORY,
        [EXT2_NOT_EMPTY] = FILE_NOT_EMPTY,
        [EXT2_NAME_TOO_LONG] = FILE_NAME_TOO_LONG,
        [EXT2_INVALID] = FILE_BAD_ARGUMENT,
        [EXT2_NO_SPACE] = FILE_NO_SPACE,
        [EXT2_TOO_MANY_LINKS] = FILE_TOO_MANY_LINKS,
        [EXT2_TOO_BIG] = FILE_TOO_LARGE,
        [EXT2_READ_ONLY] = FILE_READ_ONLY,
        [EXT2_IO] = FILE_IO,
        [EXT2_CORRUPT] = FILE_CORRUPT,
        [EXT2_FEATURE] = FILE_UNSUPPORTED,
        [EXT2_NOT_EXT2] = FILE_UNSUPPORTED,
        [EXT2_NO_MEMORY] = FILE_OUT_OF_MEMORY,
    };
    return errors[error];
}
