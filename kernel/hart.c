// SPDX-License-Identifier: MIT
// Harts: how they call each other, and sleep.
#include "hart.h"

#include "handle.h"
#include "interrupt.h"
#include "region.h"
#include "schedule.h"
#include "table.h"

#define AT(name, offset, type, member) _Static_assert(offsetof(struct type, member) == (offset), "as layout.def says");
#define IS(name, value)                _Static_assert((name) == (value), "as layout.def says");
#include "layout.def"
_Static_assert(sizeof(struct hart) == HART_SIZE && sizeof(struct upcall_registers) == REGISTERS_SIZE, "as said there");

enum { LET_OTHERS = 500 }; // so many instructions

struct hart harts[HARTS];
uint32_t hart_count, kernel_lock;

void hart_interrupt(struct hart *hart) { sbi_call(SBI_INTERRUPT, 0, 1ull << hart->id, 0, 0, 0); }

void hart_sleep(void) {
    while (interrupt_pending() == 0 && schedule_occupied == 0 && object_destroy_some()) {
        lock_release(); // another hart may have to do its part, and must be able to see that the lock is free
        for (unsigned i = 0; i < LET_OTHERS && hart_count > 1; i++) __asm__ volatile("nop");
        lock_acquire();
    }
    if (schedule_occupied != 0) return;
    lock_release();
    __asm__ volatile("wfi"); // wakes for an interrupt that is enabled in sie, though none is taken in the kernel
    lock_acquire();
    interrupt_serve();
}
