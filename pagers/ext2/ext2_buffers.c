// SPDX-License-Identifier: MIT
// Blocks in memory: hashed by number, the clean ones in the order of their last use.
#include "ext2_buffers.h"

#include "string.h"

enum { OWN_BLOCKS = 3 }; // the two superblocks, and the scratch block

static struct buffer **head_of(struct ext2 *fs, uint32_t block) {
    return &fs->heads[(block * UINT32_C(0x9e3779b1) >> 12) & fs->head_mask];
}

bool buffers_open(struct ext2 *fs, uint8_t *memory, size_t bytes) {
    size_t each = fs->block_size + sizeof(struct buffer) + 2 * sizeof(struct buffer *);
    size_t count = bytes / each;
    if (count < EXT2_LEAST_BUFFERS) return false;
    if (count > UINT32_C(1) << 20) count = UINT32_C(1) << 20;
    size_t heads = 64;
    while (heads * 2 <= count) heads *= 2;
    // The blocks come first: they are aligned as the memory is.
    uint8_t *data = memory;
    fs->super_block = data;
    fs->journal_block = data + fs->block_size;
    fs->scratch = data + 2 * (size_t)fs->block_size;
    fs->buffers = (void *)(memory + count * fs->block_size);
    fs->buffer_count = (uint32_t)count - OWN_BLOCKS;
    fs->heads = (void *)(fs->buffers + count);
    fs->head_mask = (uint32_t)heads - 1;
    for (uint32_t i = 0; i < fs->buffer_count; i++)
        fs->buffers[i].data = data + (size_t)(i + OWN_BLOCKS) * fs->block_size;
    buffers_clear(fs);
    return true;
}

void buffers_clear(struct ext2 *fs) {
    link_init(&fs->recent);
    link_init(&fs->dirty);
    fs->dirty_count = 0;
    fs->super_dirty = false;
    memset(fs->spots, 0, sizeof(fs->spots));
    memset(fs->heads, 0, (fs->head_mask + 1) * sizeof(struct buffer *));
    for (uint32_t i = 0; i < fs->buffer_count; i++) {
        fs->buffers[i].block = NO_BLOCK;
        fs->buffers[i].dirty = false;
        list_add_last(&fs->recent, &fs->buffers[i].link);
    }
}

static struct buffer *find(struct ext2 *fs, uint32_t block) {
    struct buffer *buffer = *head_of(fs, block);
    while (buffer != NULL && buffer->block != block) buffer = buffer->next;
    return buffer;
}

// The buffer holds nothing afterwards, and is not in the hash.
static void let_go(struct ext2 *fs, struct buffer *buffer) {
    if (buffer->block == NO_BLOCK) return;
    struct buffer **place = head_of(fs, buffer->block);
    while (*place != buffer) place = &(*place)->next;
    *place = buffer->next;
    buffer->block = NO_BLOCK;
}

// => the clean buffer that was not used for longest, empty and as the latest used
static enum ext2_error take_oldest(struct ext2 *fs, struct buffer **buffer) {
    if (list_empty(&fs->recent)) {
        state_fail(fs, "an operation touches more blocks than it said");
        return EXT2_IO;
    }
    *buffer = container_of(fs->recent.next, struct buffer, link);
    let_go(fs, *buffer);
    buffer_used(fs, *buffer);
    return EXT2_OK;
}

static void hold(struct ext2 *fs, struct buffer *buffer, uint32_t block) {
    struct buffer **head = head_of(fs, block);
    buffer->block = block;
    buffer->next = *head;
    *head = buffer;
}

enum ext2_error buffer_get(struct ext2 *fs, uint32_t block, struct buffer **buffer) {
    *buffer = find(fs, block);
    if (*buffer != NULL) {
        buffer_used(fs, *buffer);
        return EXT2_OK;
    }
    if (block <= fs->super_at || block >= fs->blocks) return state_corrupt(fs, "a block number is past the end");
    TRY(take_oldest(fs, buffer));
    TRY(block_transfer(fs, false, block, (*buffer)->data));
    hold(fs, *buffer, block);
    return EXT2_OK;
}

enum ext2_error buffer_new(struct ext2 *fs, uint32_t block, enum buffer_kind kind, struct buffer **buffer) {
    *buffer = find(fs, block);
    if (*buffer == NULL) {
        TRY(take_oldest(fs, buffer));
        hold(fs, *buffer, block);
    }
    memset((*buffer)->data, 0, fs->block_size);
    buffer_dirty(fs, *buffer, kind);
    return EXT2_OK;
}

void buffer_dirty(struct ext2 *fs, struct buffer *buffer, enum buffer_kind kind) {
    fs->changed = true;
    if (buffer->block == NO_BLOCK) { // it was freed in the hands of who wanted it
        (void)state_corrupt(fs, "a block has two uses");
        return;
    }
    buffer->kind = (uint8_t)kind;
    if (buffer->dirty) return;
    buffer->dirty = true;
    list_take(&buffer->link);
    list_add_last(&fs->dirty, &buffer->link);
    fs->dirty_count++;
}

void super_dirty(struct ext2 *fs) {
    fs->changed = true;
    fs->dirty_count += fs->super_dirty ? 0 : 1;
    fs->super_dirty = true;
}

static void clean(struct ext2 *fs, struct buffer *buffer) {
    buffer->dirty = false;
    list_take(&buffer->link);
    list_add_last(&fs->recent, &buffer->link);
    fs->dirty_count--;
}

void buffer_forget(struct ext2 *fs, uint32_t block) {
    struct buffer *buffer = find(fs, block);
    if (buffer == NULL) return;
    if (buffer->dirty) clean(fs, buffer);
    let_go(fs, buffer);
}

void buffers_written(struct ext2 *fs) {
    while (!list_empty(&fs->dirty)) clean(fs, container_of(fs->dirty.next, struct buffer, link));
    fs->super_dirty = false;
    fs->dirty_count = 0;
}

struct ext2_transfer block_as_transfer(const struct ext2 *fs, uint32_t block, void *data) {
    return (struct ext2_transfer){(uint64_t)block << (fs->block_shift - 9), data, fs->block_size};
}

enum ext2_error block_transfer(struct ext2 *fs, bool write, uint32_t block, void *data) {
    struct ext2_transfer transfer = block_as_transfer(fs, block, data);
    return fs->device.transfer(fs->device.owner, write, &transfer, 1) ? EXT2_OK : EXT2_IO;
}

enum ext2_error block_list_write(struct ext2 *fs, const struct ext2_transfer *list, uint32_t count) {
    return count == 0 || fs->device.transfer(fs->device.owner, true, list, count) ? EXT2_OK : EXT2_IO;
}

enum ext2_error device_flush(struct ext2 *fs) { return fs->device.flush(fs->device.owner) ? EXT2_OK : EXT2_IO; }
