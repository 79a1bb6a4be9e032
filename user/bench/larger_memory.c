// SPDX-License-Identifier: MIT
// What memory costs that is larger than there are frames: guest instructions for a page that is touched in its turn, so
// that it comes in and another one goes out; the disk server's work counted, and the kernel's. A line "bench swap
// INSTRUCTIONS SWITCHES SHOOTDOWNS TIME".
//
// What nobody needs is not counted: a thread of the lowest priority spends it, in a loop whose turns it counts.
#include <os/begin.h>
#include <os/parts.h>
#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>

#include "cost.h"

enum { PAGE = 4096, PAGES = 8192, ROUNDS = 2, LOOP = 4 };

static volatile uint64_t turns;

static void spend(uint64_t counter) {
    __asm__ volatile("1: ld t0, 0(%0); addi t0, t0, 1; sd t0, 0(%0); j 1b" : : "r"(counter) : "t0", "memory");
}

static void write_pages(uint64_t va) {
    for (uint64_t i = 0; i < PAGES; i++, va += PAGE) *(volatile uint64_t *)va = i;
}

// The first round brings the pages into being, and the frames into use; by then all that can be is away.
static struct cost measure(uint64_t va) {
    struct cost cost = {0};
    for (uint64_t round = 0; round < ROUNDS; round++) {
        uint64_t idle = turns, start = now();
        write_pages(va);
        cost.spent += now() - start;
        if (by_clock == 0) cost.spent -= (turns - idle) * LOOP;
        cost.operations += PAGES;
    }
    return cost;
}

int main(void) {
    struct result heap = os_heap_grow(PAGES);
    if (heap.status != STATUS_OK || os_thread_run(spend, (uint64_t)&turns, 0) == NULL) {
        os_print("# there is no memory for %u pages and a thread\n", PAGES);
        return 1;
    }
    write_pages(heap.value);
    struct cost costs[2];
    for (by_clock = 0; by_clock < 2; by_clock++) costs[by_clock] = measure(heap.value);
    return cost_tell("swap", &costs[0], &costs[1]) ? 0 : 1;
}
