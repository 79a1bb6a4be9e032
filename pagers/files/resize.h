// SPDX-License-Identifier: MIT
// Where a file ends: cut, lengthened, and room taken for what is written into holes.
#pragma once

#include "node.h"

// All by a task, with the node's lock.

// Of the cache nothing is left behind this size, which is the file's from now on.
void resize_drop(struct node *node, uint64_t size);
enum file_error resize_node(struct node *node, uint64_t size);
// What the last page has behind the file's end is zero, also when the file becomes longer.
enum file_error resize_clean_end(struct node *node, uint64_t size);

// Room for these pages of the chunk, which has one more user; those that have blocks need none. => NO_SPACE
enum file_error resize_reserve(struct chunk *chunk, uint16_t mask);
// Pages that will not be written after all. Never waits.
void resize_give_back(struct chunk *chunk, uint16_t mask);
// Without waiting, not by a task. => false: that is not possible now
bool resize_reserve_now(struct chunk *chunk, uint16_t mask);
