// SPDX-License-Identifier: MIT
// Mounting and unmounting; and what a file system does when it is damaged.
#include "ext2_buffers.h"
#include "ext2_journal.h"
#include "ext2_orphan.h"
#include "ext2_super.h"
#include "ext2_transaction.h"
#include "string.h"

// ---- damage ----

void state_fail(struct ext2 *fs, const char *why) {
    if (!fs->failed) fs->why = why;
    fs->failed = fs->read_only = true;
}

enum ext2_error state_corrupt(struct ext2 *fs, const char *why) {
    bool mark = !fs->read_only;
    state_fail(fs, why);
    // So that the next mount, and e2fsck, know. In the superblock of the disk: the one here is of a transaction that
    // ends.
    if (mark && block_transfer(fs, false, fs->super_at, fs->scratch) == EXT2_OK) {
        struct super *super = (void *)(fs->scratch + (SUPER_OFFSET & (fs->block_size - 1)));
        super->state |= SUPER_ERRORS;
        if (block_transfer(fs, true, fs->super_at, fs->scratch) == EXT2_OK) (void)device_flush(fs);
    }
    return EXT2_CORRUPT;
}

const char *ext2_why(const struct ext2 *fs) { return fs == NULL || fs->why == NULL ? "" : fs->why; }

const char *ext2_error_text(enum ext2_error error) {
    static const char *const names[] = {
#define EXT2_ERROR(name, sentence) #name,
#include "ext2_errors.def"
#undef EXT2_ERROR
    };
    return (unsigned)error < sizeof(names) / sizeof(*names) ? names[error] : "?";
}

void ext2_statistics(const struct ext2 *fs, struct ext2_statistics *statistics) {
    *statistics = (struct ext2_statistics){
        .blocks = fs->blocks,
        .free_blocks = fs->super->free_blocks,
        .available_blocks = transaction_available(fs),
        .file_limit = fs->file_blocks << fs->block_shift,
        .block_size = fs->block_size,
        .inodes = fs->inodes,
        .free_inodes = fs->super->free_inodes,
        .read_only = fs->read_only,
        .journal = fs->journal,
    };
}

// ---- mounting ----

static enum ext2_error write_super(struct ext2 *fs) {
    TRY(block_transfer(fs, true, fs->super_at, fs->super_block));
    return device_flush(fs);
}

// The superblock alone, before there are buffers: into memory that will be theirs.
static enum ext2_error read_first(struct ext2 *fs, uint8_t *memory, bool *only_read) {
    struct ext2_transfer transfer = {SUPER_OFFSET / EXT2_SECTOR, memory, SUPER_BYTES};
    if (fs->device.sectors < (SUPER_OFFSET + SUPER_BYTES) / EXT2_SECTOR) return EXT2_NOT_EXT2;
    if (!fs->device.transfer(fs->device.owner, false, &transfer, 1)) return EXT2_IO;
    return super_take(fs, (const void *)memory, only_read);
}

static enum ext2_error read_again(struct ext2 *fs, bool *only_read) {
    buffers_clear(fs);
    TRY(block_transfer(fs, false, fs->super_at, fs->super_block));
    fs->super = (void *)(fs->super_block + (SUPER_OFFSET & (fs->block_size - 1)));
    uint32_t block_size = fs->block_size;
    TRY(super_take(fs, fs->super, only_read));
    if (fs->block_size != block_size) return state_corrupt(fs, "the journal changes the size of blocks");
    return super_check_groups(fs);
}

static enum ext2_error bring_journal_home(struct ext2 *fs, bool wants_read_only, bool *only_read) {
    bool unclean;
    TRY(journal_open(fs, &unclean));
    if (!unclean || (fs->super->incompatible & INCOMPATIBLE_RECOVER) == 0) return EXT2_OK;
    if (wants_read_only || *only_read) {
        fs->why = "its journal must be replayed first";
        return EXT2_READ_ONLY;
    }
    TRY(journal_replay(fs));
    TRY(read_again(fs, only_read));
    return journal_set(fs, false);
}

static enum ext2_error make_writable(struct ext2 *fs) {
    if (fs->journal) {
        TRY(journal_set(fs, true));
        fs->super->incompatible |= INCOMPATIBLE_RECOVER;
    } else {
        fs->super->state &= (uint16_t)~SUPER_WHOLE;
    }
    fs->super->mount_time = (uint32_t)fs->device.now(fs->device.owner).seconds;
    fs->super->mounts++;
    TRY(write_super(fs));
    fs->read_only = false;
    TRY(super_count(fs));
    TRY(orphans_end(fs));
    return ext2_commit(fs);
}

static enum ext2_error mount(struct ext2 *fs, uint8_t *memory, size_t bytes, bool read_only) {
    bool only_read;
    TRY(read_first(fs, memory, &only_read));
    if (!buffers_open(fs, memory, bytes)) return EXT2_NO_MEMORY;
    fs->dirty_limit = fs->buffer_count - BUFFERS_LASTING;
    TRY(read_again(fs, &only_read));
    if (fs->journal) TRY(bring_journal_home(fs, read_only, &only_read));
    if (fs->failed) return EXT2_CORRUPT;
    if (read_only || only_read) return EXT2_OK;
    bool whole = fs->super->state & SUPER_WHOLE;
    bool damaged = (fs->super->state & SUPER_ERRORS) != 0 || fs->journal_error;
    if (damaged || (!fs->journal && !whole)) {
        fs->why = damaged ? "something was found damaged in it: e2fsck must mend it"
                          : "it was not unmounted: e2fsck must check it";
        return EXT2_OK;
    }
    return make_writable(fs);
}

enum ext2_error ext2_mount(struct ext2 **fs, const struct ext2_device *device, void *memory, size_t bytes,
                           bool read_only) {
    const size_t head = (sizeof(struct ext2) + 4095) & ~(size_t)4095;
    *fs = NULL;
    if (bytes < head + 4096) return EXT2_NO_MEMORY;
    *fs = memory;
    memset(memory, 0, sizeof(struct ext2));
    (*fs)->device = *device;
    (*fs)->read_only = true; // until all is well
    return mount(*fs, (uint8_t *)memory + head, bytes - head, read_only);
}

static enum ext2_error unmount(struct ext2 *fs) {
    TRY(orphans_end(fs));
    TRY(ext2_commit(fs));
    if (fs->journal) {
        TRY(journal_set(fs, false));
        fs->super->incompatible &= ~(uint32_t)INCOMPATIBLE_RECOVER;
    }
    fs->super->state |= SUPER_WHOLE;
    return write_super(fs);
}

enum ext2_error ext2_unmount(struct ext2 *fs) {
    if (fs->failed) return EXT2_IO;
    enum ext2_error error = fs->read_only ? EXT2_OK : unmount(fs);
    fs->failed = fs->read_only = true;
    return error;
}
