// SPDX-License-Identifier: MIT
// Blocks in memory: a bounded cache, and the dirty ones, which stay until the commit.
#pragma once

#include "ext2_state.h"

// Shares out what follows struct ext2 in its memory. => false: too little
bool buffers_open(struct ext2 *fs, uint8_t *memory, size_t bytes);

// Forgets all that is cached; nothing is dirty.
void buffers_clear(struct ext2 *fs);

// => stays where it is until BUFFERS_LASTING - 1 others were asked for, or for the whole transaction once it is dirty
enum ext2_error buffer_get(struct ext2 *fs, uint32_t block, struct buffer **buffer);

// One that is held, as if by buffer_get.
static inline void buffer_used(struct ext2 *fs, struct buffer *buffer) {
    if (buffer->dirty || fs->recent.previous == &buffer->link) return;
    list_take(&buffer->link);
    list_add_last(&fs->recent, &buffer->link);
}

// The same without reading: all zero, and dirty.
enum ext2_error buffer_new(struct ext2 *fs, uint32_t block, enum buffer_kind kind, struct buffer **buffer);

void buffer_dirty(struct ext2 *fs, struct buffer *buffer, enum buffer_kind kind);
void super_dirty(struct ext2 *fs);

// The block means nothing any more.
void buffer_forget(struct ext2 *fs, uint32_t block);

// All are clean from now on.
void buffers_written(struct ext2 *fs);

// One transfer of a whole block, at once.
enum ext2_error block_transfer(struct ext2 *fs, bool write, uint32_t block, void *data);
enum ext2_error block_list_write(struct ext2 *fs, const struct ext2_transfer *list, uint32_t count);
struct ext2_transfer block_as_transfer(const struct ext2 *fs, uint32_t block, void *data);
enum ext2_error device_flush(struct ext2 *fs);
