// SPDX-License-Identifier: MIT
// Frames of the cache: how many there are, and which go when they are short.
#pragma once

#include "node.h"

// Of the frames that the server may have, the cache takes most.
void reclaim_begin(void);

// By a task: frames for these pages of the chunk, as far as they have none. It may wait until dirty pages are written.
// => false: there are none to be had
bool reclaim_frames(struct chunk *chunk, uint16_t mask);

// Frames, zeroed, for these pages of the chunk, which have none; without waiting, and nothing goes for them. => how
// many
uint64_t reclaim_take(struct chunk *chunk, unsigned first, uint64_t pages);

// By a task: until some have gone. => false: there are none to be had
bool reclaim_wait(void);

// For others than the cache, without waiting: so many frames go back. => false: not one
bool reclaim_some(uint64_t count);
// This page is asked for again when dirty pages have been written. => false: there are none
bool reclaim_hungry(const struct pager_object *object, uint64_t page);
// Some memory is free again, or some page is clean.
void reclaim_tell(void);

// Pages of a chunk, which nobody sees and the disk has, or shall not have: their frames go back.
void reclaim_pages(struct chunk *chunk, uint16_t mask);
// All that a node has in the cache; it is clean.
void reclaim_node(struct node *node);

uint64_t reclaim_used(void);
// That the cache may have.
uint64_t reclaim_most(void);
// Should dirty pages be written now, because they are many?
bool reclaim_is_dirty(void);
