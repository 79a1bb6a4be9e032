// SPDX-License-Identifier: MIT
// What a booted kernel stands on, tested in the kernel.
#include "check.h"
#include "console.h"
#include "csr.h"
#include "hart.h"
#include "interrupt.h"
#include "ktest.h"
#include "map.h"
#include "string.h"
#include "timer.h"

enum {
    PATIENCE_SECONDS = 5,
};

KTEST(every_other_hart_takes_an_interrupt_when_asked) {
    uint64_t before[HARTS];
    for (uint32_t i = 0; i < hart_count; i++) before[i] = harts[i].ring->count;
    for (uint32_t i = 1; i < hart_count; i++) hart_interrupt(&harts[i]);
    lock_release();
    uint64_t deadline = timer_now() + PATIENCE_SECONDS * timer_frequency;
    for (uint32_t i = 1; i < hart_count; i++) {
        while (__atomic_load_n(&harts[i].ring->count, __ATOMIC_RELAXED) == before[i] && timer_now() < deadline)
            ;
    }
    lock_acquire();
    for (uint32_t i = 1; i < hart_count; i++) EXPECT(harts[i].ring->count != before[i]);
}

KTEST(the_timer_wakes_a_sleeping_hart_not_before_its_time) {
    uint64_t before = hart_here()->ring->count, deadline = timer_now() + timer_frequency / 1000;
    timer_set(deadline);
    while (hart_here()->ring->count == before) hart_sleep();
    EXPECT(timer_now() >= deadline);
}

KTEST(the_pages_under_the_stacks_are_not_mapped) {
    for (uint32_t i = 0; i < hart_count; i++) {
        EXPECT(check_mapped(harts[i].stack - STACK_SIZE) != 0);
        EXPECT(check_mapped(harts[i].stack - STACK_SIZE - 8) == 0);
    }
}

KTEST(an_address_in_a_function_has_its_name) {
    uint64_t offset = 0;
    EXPECT(string_equal(symbol_find((uint64_t)check_frames + 2, &offset), "check_frames"));
    EXPECT(offset == 2);
    EXPECT(string_equal(symbol_find(0, &offset), "?"));
}

KTEST(this_hart_runs_on_its_own_stack) {
    uint64_t here = (uint64_t)__builtin_frame_address(0), top = hart_here()->stack;
    EXPECT(here < top && here > top - STACK_SIZE);
}
