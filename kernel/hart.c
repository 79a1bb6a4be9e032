// SPDX-License-Identifier: MIT
// Harts: their numbers, their start, their sleep.
#include "hart.h"

#include <stddef.h>

#include "csr.h"
#include "frame.h"
#include "interrupt.h"
#include "lock.h"
#include "machine.h"
#include "port.h"
#include "sbi.h"
#include "schedule.h"
#include "space.h"
#include "thread.h"
#include "timer.h"
#include "trap.h"
#include "window.h"

_Static_assert(offsetof(struct hart, stack) == HART_STACK, "as hart_layout.h says");
_Static_assert(offsetof(struct hart, current) == HART_CURRENT, "as hart_layout.h says");
_Static_assert(offsetof(struct hart, registers) == HART_REGISTERS, "as hart_layout.h says");
_Static_assert(offsetof(struct hart, next) == HART_NEXT, "as hart_layout.h says");
_Static_assert(offsetof(struct hart, t0) == HART_T0, "as hart_layout.h says");
_Static_assert(offsetof(struct hart, lock) == HART_LOCK, "as hart_layout.h says");
_Static_assert(offsetof(struct hart, calls) == HART_CALLS, "as hart_layout.h says");
_Static_assert(offsetof(struct hart, space) == HART_SPACE, "as hart_layout.h says");
_Static_assert(offsetof(struct hart, bit) == HART_BIT, "as hart_layout.h says");
_Static_assert(offsetof(struct thread, space) == THREAD_SPACE, "as hart_layout.h says");
_Static_assert(offsetof(struct space, satp) == SPACE_SATP, "as hart_layout.h says");
_Static_assert(offsetof(struct space, stale) == SPACE_STALE, "as hart_layout.h says");
_Static_assert(offsetof(struct space, switches) == SPACE_SWITCHES, "as hart_layout.h says");
_Static_assert(offsetof(struct hart, id) == HART_ID && sizeof(struct hart) == HART_SIZE, "as hart_layout.h says");
_Static_assert(offsetof(struct hart, wreck) == HART_WRECK, "as hart_layout.h says");
_Static_assert(offsetof(struct thread, registers) == THREAD_REGISTERS, "as hart_layout.h says");
_Static_assert(offsetof(struct upcall_registers, pc) == REGISTER_PC, "as hart_layout.h says");
_Static_assert(HARTS == MACHINE_HARTS, "the device tree is read for as many harts as there are");

struct hart harts[HARTS];

static union {
    struct event_ring ring;
    char pages[RING_PAGES * PAGE_SIZE];
} rings[HARTS] __attribute__((aligned(PAGE_SIZE)));
uint32_t hart_count;
uint32_t kernel_lock;

extern const char entry_secondary[];

void hart_init(const struct machine *machine, uint64_t boot_id) {
    uint32_t index = 1;
    for (uint32_t i = 0; i < machine->hart_count; i++) {
        struct hart *hart = &harts[machine->hart_id[i] == boot_id ? 0 : index++];
        hart->id = machine->hart_id[i];
        hart->context = machine->hart_context[i];
    }
    hart_count = machine->hart_count;
    for (uint32_t i = 0; i < hart_count; i++) {
        harts[i].index = i;
        harts[i].bit = 1ull << i;
        harts[i].current = &thread_idle;
        harts[i].ring = &rings[i].ring;
        harts[i].lock = &kernel_lock;
        harts[i].calls = system_calls;
        harts[i].stack = (uint64_t)stacks_start + (i + 1ull) * (STACK_GUARD + STACK_SIZE);
    }
}

// The firmware may itself be bringing the hart up, and refuse for as long: asked again for a second.
static bool start_hart(struct hart *hart, uint64_t entry) {
    uint64_t deadline = timer_now() + timer_frequency;
    while (!sbi_start_hart(hart->id, entry, (uint64_t)hart)) {
        if (timer_now() > deadline) return false;
    }
    return true;
}

const char *hart_start_others(struct pa image) {
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

void hart_interrupt_others(void) {
    uint64_t mask = 0;
    for (uint32_t i = 0; i < hart_count; i++) {
        if (&harts[i] != hart_here() && harts[i].online) mask |= 1ull << harts[i].id;
    }
    if (mask != 0) sbi_send_interrupt(mask);
}

void hart_interrupt(struct hart *hart) { sbi_send_interrupt(1ull << hart->id); }

void hart_sleep(void) {
    while (interrupt_pending() == 0 && schedule_occupied == 0 && (space_destroy_some() || port_tell_some())) {
        lock_release(); // another hart may have to do its part
        lock_acquire();
    }
    while (interrupt_pending() == 0 && schedule_occupied == 0 && frame_zero_ahead())
        ;
    if (schedule_occupied != 0) return;
    lock_release();
    __asm__ volatile("wfi"); // wakes for an interrupt that is enabled in sie, though none is taken in the kernel
    lock_acquire();
    interrupt_serve();
}
