// SPDX-License-Identifier: MIT
// Touches memory in a pattern, and tells what that came to: a checksum, and the faults it cost.
#include <os/arena.h>
#include <os/begin.h>
#include <os/parts.h>
#include <os/print.h>
#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <stddef.h>

#include "words.h"

enum { PAGE = 4096, BSS_SIZE = 1 << 20, STACK_PAGES = 16 };

#define REGION 0x70000000ul

static const char usage[] = "touch [heap|bss|stack|region] [sequential|backwards|random|stride] [write|read|both]\n"
                            "       [size=64K] [passes=1] [stride=4K] [seed=1]";

enum where { HEAP, BSS, STACK, REGION_OF_ITS_OWN };
enum pattern { SEQUENTIAL, BACKWARDS, RANDOM, STRIDE };
enum access { WRITE, READ, BOTH };

static const char *const wheres[] = {"heap", "bss", "stack", "region", NULL};
static const char *const patterns[] = {"sequential", "backwards", "random", "stride", NULL};
static const char *const accesses[] = {"write", "read", "both", NULL};

static unsigned where, pattern, access;
static uint64_t size = 64 << 10, passes = 1, stride = PAGE, seed = 1;
static volatile uint64_t bss[BSS_SIZE / 8];

static uint64_t random(void) {
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return seed >> 20;
}

// => the n-th place to touch, a multiple of 8 below `size`
static uint64_t place(uint64_t n) {
    uint64_t steps = size / stride, last = (steps - 1) * stride;
    switch ((enum pattern)pattern) {
    case BACKWARDS:
        return last - n * stride;
    case RANDOM:
        return random() % (size / 8) * 8;
    case SEQUENTIAL:
    case STRIDE:
        break;
    }
    return n * stride;
}

static uint64_t touch(volatile uint64_t *memory) {
    uint64_t sum = 0;
    for (uint64_t pass = 0; pass < passes; pass++) {
        for (uint64_t n = 0; n < size / stride; n++) {
            volatile uint64_t *word = &memory[place(n) / 8];
            if (access != WRITE) sum = sum * 31 + *word;
            if (access != READ) sum = sum * 31 + (*word = pass << 32 | n);
        }
    }
    return sum;
}

// What this program itself has there may make it overflow.
static volatile uint64_t *find_stack(void) {
    const struct os_object *stack = os_part(OS_PART_stack);
    uint64_t pages = stack != NULL ? stack->pages : STACK_PAGES;
    return size <= pages * PAGE ? (volatile uint64_t *)(OS_STACK_TOP - size) : NULL;
}

// A frame as large as what is to be touched.
static __attribute__((noinline)) uint64_t touch_stack(void) {
    volatile uint64_t *memory = __builtin_alloca(size);
    return touch(memory);
}

static volatile uint64_t *find_region(void) {
    static struct os_object object;
    const struct os_object *heap = os_part(OS_PART_heap);
    if (heap == NULL) return NULL;
    enum pager_error error =
        os_attach(&object, heap->pager, os_start->part[OS_PART_heap].kind, REGION, (size + PAGE - 1) / PAGE,
                  RIGHT_READ | RIGHT_WRITE | (os_start->pays != 0 ? PAGER_CLIENT_PAYS : 0), 0);
    if (error == PAGER_OK) return (volatile uint64_t *)REGION;
    os_print("touch: %s\n", pager_error_sentence(error));
    return NULL;
}

// => NULL: there is not so much, and that was said
static volatile uint64_t *find_memory(void) {
    volatile uint64_t *memory = NULL;
    struct result heap;
    switch ((enum where)where) {
    case HEAP:
        heap = os_heap_grow((int64_t)((size + PAGE - 1) / PAGE));
        if (heap.status == STATUS_OK) memory = (volatile uint64_t *)heap.value;
        break;
    case BSS:
        if (size <= BSS_SIZE) memory = bss;
        break;
    case REGION_OF_ITS_OWN:
        memory = find_region();
        break;
    case STACK:
        memory = find_stack(); // about there: touch_stack() takes it
        break;
    }
    if (memory == NULL)
        os_print("touch: there are no %lu bytes of %s; the system description says how much there is\n", size,
                 wheres[where]);
    return memory;
}

static struct space_counters counters(void) {
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    return *(const struct space_counters *)os_self()->message;
}

int main(void) {
    const struct words_choice choices[] = {{wheres, &where}, {patterns, &pattern}, {accesses, &access}};
    const struct words_setting settings[] = {{"size", &size, PAGE, UINT64_C(1) << 30},
                                             {"passes", &passes, 1, 1000000},
                                             {"stride", &stride, 8, UINT64_C(1) << 30},
                                             {"seed", &seed, 0, UINT64_MAX}};
    if (!words_read(usage, choices, 3, settings, 4)) return 2;
    stride = (stride + 7) / 8 * 8;
    if (stride > size) stride = size;
    volatile uint64_t *memory = find_memory();
    if (memory == NULL) return 3;
    struct space_counters before = counters();
    uint64_t sum = where == STACK ? touch_stack() : touch(memory);
    struct space_counters after = counters();
    os_print("touch: %s, %s, %s, %lu bytes, checksum %016lx\n", wheres[where], patterns[pattern], accesses[access],
             size, sum);
    os_print("touch: faults: %lu read, %lu write, %lu execute; %lu went to a pager, %lu to nobody\n",
             after.faults[FAULT_READ] - before.faults[FAULT_READ],
             after.faults[FAULT_WRITE] - before.faults[FAULT_WRITE],
             after.faults[FAULT_EXECUTE] - before.faults[FAULT_EXECUTE], after.faults_paged - before.faults_paged,
             after.faults_spurious - before.faults_spurious);
    return 0;
}
