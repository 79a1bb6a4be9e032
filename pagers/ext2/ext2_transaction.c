// SPDX-License-Identifier: MIT
// Calls that change something join a transaction; the commit puts it on the disk, through the journal if there is one.
#include "ext2_transaction.h"

#include "ext2_buffers.h"
#include "ext2_journal.h"

bool ext2_is_dirty(const struct ext2 *fs) { return !fs->failed && fs->dirty_count > 0; }

uint64_t transaction_available(const struct ext2 *fs) {
    uint64_t free = fs->super->free_blocks;
    return free > fs->reserved ? free - fs->reserved : 0;
}

uint64_t transaction_usable(const struct ext2 *fs) {
    uint64_t available = transaction_available(fs);
    return available > fs->freed_blocks ? available - fs->freed_blocks : 0;
}

enum ext2_error transaction_begin(struct ext2 *fs, uint32_t buffers, uint32_t blocks) {
    if (fs->read_only) return EXT2_READ_ONLY;
    if (!transaction_has_room(fs, buffers) || (fs->freed_blocks > 0 && transaction_usable(fs) < blocks))
        TRY(ext2_commit(fs));
    fs->changed = false;
    return EXT2_OK;
}

enum ext2_error transaction_end(struct ext2 *fs, enum ext2_error error) {
    if (error != EXT2_OK && fs->changed) state_fail(fs, "an operation failed half way");
    return error;
}

void transaction_freed(struct ext2 *fs, uint32_t first, uint32_t count) {
    struct freed_run *last = fs->freed_count > 0 ? &fs->freed[fs->freed_count - 1] : NULL;
    fs->freed_blocks += count;
    if (last != NULL && last->first + last->count == first) {
        last->count += count;
    } else if (last != NULL && first + count == last->first) {
        last->first = first;
        last->count += count;
    } else {
        fs->freed[fs->freed_count++] = (struct freed_run){first, count};
    }
}

uint32_t transaction_may_use(const struct ext2 *fs, uint32_t first, uint32_t count, uint32_t *skip) {
    for (uint32_t i = 0; i < fs->freed_count; i++) {
        const struct freed_run *run = &fs->freed[i];
        if (first >= run->first && first - run->first < run->count) {
            *skip = run->first + run->count - first;
            return 0;
        }
        if (run->first > first && run->first - first < count) count = run->first - first;
    }
    return count;
}

// To their own places. Without a journal the order lets e2fsck mend what a power cut leaves.
static enum ext2_error write_home(struct ext2 *fs, bool ordered) {
    for (unsigned kind = 0; kind < BUFFER_KINDS; kind++) {
        struct ext2_transfer list[EXT2_TRANSFERS];
        uint32_t count = 0;
        if (kind == KIND_BASE && fs->super_dirty) list[count++] = block_as_transfer(fs, fs->super_at, fs->super_block);
        for (struct link *link = fs->dirty.next; link != &fs->dirty; link = link->next) {
            const struct buffer *buffer = container_of(link, struct buffer, link);
            if (ordered && buffer->kind != kind) continue;
            list[count++] = block_as_transfer(fs, buffer->block, buffer->data);
            if (count < EXT2_TRANSFERS) continue;
            TRY(block_list_write(fs, list, count));
            count = 0;
        }
        TRY(block_list_write(fs, list, count));
        if (!ordered) break;
        if (kind + 1 < BUFFER_KINDS) TRY(device_flush(fs));
    }
    return device_flush(fs);
}

static enum ext2_error commit(struct ext2 *fs) {
    fs->device.settle(fs->device.owner);
    fs->super->write_time = (uint32_t)fs->device.now(fs->device.owner).seconds;
    super_dirty(fs);
    if (fs->journal) TRY(journal_write(fs));
    TRY(write_home(fs, !fs->journal));
    buffers_written(fs);
    fs->freed_count = 0;
    fs->freed_blocks = 0;
    return fs->journal ? journal_written(fs) : EXT2_OK;
}

enum ext2_error ext2_commit(struct ext2 *fs) {
    if (fs->failed) return EXT2_IO;
    if (fs->dirty_count == 0) return fs->read_only ? EXT2_OK : device_flush(fs);
    enum ext2_error error = commit(fs);
    if (error != EXT2_OK) state_fail(fs, "a commit failed");
    return error;
}
