// SPDX-License-Identifier: MIT
// Ranges of free addresses: a bit for each page, first fit.
#include <os/arena.h>

#include <os/mutex.h>
#include <os/ranges.h>
#include <os/start_block.h>
#include <os/stubs.h>

#include <stdbool.h>

enum { ARENA_PAGES = (OS_ARENA_END - OS_ARENA_START) / OS_PAGE, WORD = 64 };

static struct os_mutex mutex;
static uint64_t taken[ARENA_PAGES / WORD];
static uint64_t top; // words of it that were ever in use

_Static_assert(ARENA_PAGES % WORD == 0, "whole words");

static bool is_taken(uint64_t page) { return (taken[page / WORD] >> page % WORD & 1) != 0; }

static void mark(uint64_t first, uint64_t pages, bool take) {
    uint64_t end = (first + pages - 1) / WORD + 1;
    if (end > top) top = end;
    for (uint64_t page = first; page < first + pages; page++) {
        if (take)
            taken[page / WORD] |= UINT64_C(1) << page % WORD;
        else
            taken[page / WORD] &= ~(UINT64_C(1) << page % WORD);
    }
}

// => how many pages from `first` on, up to `pages`, are free
static uint64_t free_run(uint64_t first, uint64_t pages) {
    uint64_t run = 0;
    while (run < pages && first + run < ARENA_PAGES && !is_taken(first + run)) run++;
    return run;
}

void os_arena_start(void) {
    for (uint64_t i = 0; i < top; i++) taken[i] = 0;
    top = 0;
    os_mutex_start(&mutex);
}

uint64_t os_range_take(uint64_t pages, uint64_t alignment) {
    uint64_t found = 0;
    os_mutex_lock(&mutex);
    for (uint64_t first = 0, step; pages <= ARENA_PAGES && first <= ARENA_PAGES - pages; first += step) {
        bool full = taken[first / WORD] == UINT64_MAX;
        step = full && alignment < WORD ? WORD - first % WORD : alignment;
        if (full) continue;
        if (free_run(first, pages) == pages) {
            mark(first, pages, true);
            found = OS_BASE + OS_ARENA_START + first * OS_PAGE;
            break;
        }
    }
    os_mutex_unlock(&mutex);
    return found;
}

void os_range_give(uint64_t va, uint64_t pages) {
    os_unprot_range(0, va, pages, RIGHTS_ACCESS);
    os_mutex_lock(&mutex);
    mark((va - OS_BASE - OS_ARENA_START) / OS_PAGE, pages, false);
    os_mutex_unlock(&mutex);
}

uint64_t os_pages_take(uint64_t pages) {
    uint64_t va = os_range_take(pages, 1);
    if (va == 0) return 0;
    if (os_alloc_range(va, pages, RIGHT_READ | RIGHT_WRITE, 0, 0).status == STATUS_OK) return va;
    os_pages_give(va, pages);
    return 0;
}

void os_pages_give(uint64_t va, uint64_t pages) {
    os_unmap_range(0, va, pages);
    os_range_give(va, pages);
}
