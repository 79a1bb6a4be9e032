// SPDX-License-Identifier: MIT
// Harts: how they call each other, and sleep.
#include "hart.h"

#include "interrupt.h"
#include "port.h"
#include "schedule.h"

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
struct hart harts[HARTS];
uint32_t hart_count;
uint32_t kernel_lock;

void hart_interrupt_others(void) {
    uint64_t mask = 0;
    for (uint32_t i = 0; i < hart_count; i++) {
        if (&harts[i] != hart_here() && harts[i].online) mask |= 1ull << harts[i].id;
    }
    if (mask != 0) sbi_call(SBI_INTERRUPT, 0, mask, 0, 0, 0);
}

void hart_interrupt(struct hart *hart) { sbi_call(SBI_INTERRUPT, 0, 1ull << hart->id, 0, 0, 0); }

void hart_sleep(void) {
    while (interrupt_pending() == 0 && schedule_occupied == 0 && object_destroy_some()) {
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
