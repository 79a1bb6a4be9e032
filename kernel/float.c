// SPDX-License-Identifier: MIT
// Floating-point registers: saved when a thread that changed them is left, loaded when they are used again.
#include "float.h"

#include "trap.h"

uint64_t float_save(uint64_t *registers);
void float_load(const uint64_t *registers, uint64_t control);

void float_leave(struct hart *hart) {
    hart->current->float_control = (uint32_t)float_save(hart->current->float_registers);
    csr_clear(sstatus, SSTATUS_FS);
    hart->float_in_use = false;
    trap_choose_ways(hart);
}

bool float_use(struct thread *thread) {
    struct hart *hart = hart_here();
    if ((csr_read(sstatus) & SSTATUS_FS) != 0) return false;
    csr_set(sstatus, SSTATUS_FS); // all of the field: changed
    hart->float_in_use = true;
    trap_choose_ways(hart);
    if (hart->float_owner != thread || thread->float_hart != hart) {
        float_load(thread->float_registers, thread->float_control);
        hart->float_owner = thread;
        thread->float_hart = hart;
    }
    return true;
}

void float_forget(struct thread *thread) {
    for (uint32_t i = 0; i < hart_count; i++) {
        if (harts[i].float_owner == thread) harts[i].float_owner = NULL;
    }
}
