// SPDX-License-Identifier: MIT
// The harts: numbered, then started.
#include "wakeup.h"

#include "firmware.h"
#include "hart.h"
#include "machine.h"
#include "map.h"
#include "schedule.h"
#include "timer.h"
#include "trap.h"

_Static_assert(HARTS == MACHINE_HARTS, "the device tree is read for as many harts as there are");

extern const char entry_secondary[];

static union {
    struct event_ring ring;
    char pages[RING_PAGES * PAGE_SIZE];
} rings[HARTS] __attribute__((aligned(PAGE_SIZE)));

void wakeup_prepare(const struct machine *machine, uint64_t boot_id, struct pa image) {
    uint32_t index = 1;
    for (uint32_t i = 0; i < machine->hart_count; i++) {
        struct hart *hart = &harts[machine->hart_id[i] == boot_id ? 0 : index++];
        hart->id = machine->hart_id[i];
        hart->context = machine->hart_context[i];
    }
    hart_count = machine->hart_count;
    for (uint32_t i = 0; i < hart_count; i++) {
        harts[i].bit = 1ull << i;
        harts[i].others = hart_all() & ~harts[i].bit;
        harts[i].token_step = TOKEN_STEP;
        harts[i].current = &thread_idle;
        harts[i].ring = direct(pa(image.bits + (uint64_t)((const char *)&rings[i] - kernel_start)));
        harts[i].lock = &kernel_lock;
        trap_choose_ways(&harts[i]);
        harts[i].stack = (uint64_t)stacks_start + (i + 1ull) * (STACK_GUARD + STACK_SIZE);
    }
}

// The firmware may itself be bringing the hart up, and refuse for as long: asked again for a second.
static bool start_hart(struct hart *hart, uint64_t entry) {
    uint64_t deadline = timer_now() + timer_frequency;
    while (!firmware_start_hart(hart->id, entry, (uint64_t)hart)) {
        if (timer_now() > deadline) return false;
    }
    return true;
}

const char *wakeup_others(struct pa image) {
    uint64_t entry = image.bits + (uint64_t)(entry_secondary - kernel_start);
    for (uint32_t i = 1; i < hart_count; i++) {
        if (!start_hart(&harts[i], entry)) return "the firmware does not start every hart: start with --harts 1";
    }
    for (uint32_t i = 1; i < hart_count; i++) {
        while (!__atomic_load_n(&harts[i].online, __ATOMIC_ACQUIRE)) {
            timer_set(timer_now() + 100); // give way: an emulator may run the harts in turns
            __asm__ volatile("wfi");
        }
    }
    return NULL;
}
