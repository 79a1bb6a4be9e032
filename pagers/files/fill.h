// SPDX-License-Identifier: MIT
// Reading pages from the disk into the cache.
#pragma once

#include "node.h"

void fill_begin(void);

// These pages of the file shall be read, unless they are there: by a task. The first of them is wanted, the others are
// read ahead. => false: too much is to be read already
bool fill_ask(struct node *node, uint64_t page, uint64_t count);

enum { FILL_SOME = 4, FILL_MANY = 4 * CHUNK_PAGES };

// How many pages to read for who wants this one: few, or many for who reads in order; *next is where it goes on then.
uint64_t fill_wish(uint64_t page, uint64_t *next);
// It has come to a page that was read ahead: those behind it follow.
void fill_follow(struct chunk *chunk, uint16_t mask, uint64_t *next);

// A batch has ended: these pages are good, these cannot be read, these must be tried one by one.
void fill_done(struct chunk *chunk, uint16_t good, uint16_t bad, uint16_t unsure);

// By a task: the page, there and valid; the chunk has one more user. Read, with as many as `count` from it on, unless
// it is there. => OUT_OF_MEMORY, IO; BAD_ARGUMENT: the file ends before
enum file_error fill_page(struct node *node, uint64_t page, uint64_t count, struct chunk **chunk);
