// SPDX-License-Identifier: MIT
// Writing dirty pages to the disk.
#pragma once

#include "node.h"

// The bits of the server's port by which its timer tells.
#define FLUSH_BITS (UINT64_C(1) << 41)

void flush_begin(uint64_t port);
// The timer has told.
void flush_tick(void);

// How many chunks have dirty pages.
uint64_t flush_dirty(void);

// These pages become dirty; each is valid, and has a block or room reserved for one.
void flush_mark(struct chunk *chunk, uint16_t mask);
// They are not any more, and nobody writes them.
void flush_unmark(struct chunk *chunk, uint16_t mask);

// Nobody is likely to write to it again soon.
void flush_soon(struct node *node);

// By a task: what the file has that is dirty in these pages is written when it returns. => an error: something of it
// could not be, and stays dirty
enum file_error flush_node(struct node *node, uint64_t page, uint64_t end);
// And its size and times, and what is known of where it is.
enum file_error flush_commit(void);
// All files.
enum file_error flush_all(void);

// A batch has ended: these pages are on the disk, these could not be written, these must be tried one by one.
void flush_done(struct chunk *chunk, uint16_t good, uint16_t bad, uint16_t unsure);

// Memory is short: dirty pages are to be written. => false: there are none that can be, and none are under way
bool flush_hurry(void);
