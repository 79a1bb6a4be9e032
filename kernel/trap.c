// SPDX-License-Identifier: MIT
// Faults, exceptions, interrupts, and calls that are not ours: sorted.
#include "trap.h"

#include "fault.h"
#include "float.h"
#include "interrupt.h"
#include "schedule.h"
#include "sys/system_calls.h"

#define CALL(name, arguments, results, what) [CALL_##name] = sys_##name,
const void *const system_calls[CALL_COUNT] = {
#include <abi/system_calls.def>
};

// With the straight ways.
#define sys_call       straight_call
#define sys_reply_recv straight_reply
#define sys_resume     straight_resume
const void *const straight_calls[CALL_COUNT] = {
#include <abi/system_calls.def>
};
#undef sys_call
#undef sys_reply_recv
#undef sys_resume
#undef CALL

void trap_choose_ways(struct hart *hart) {
    bool straight = !hart->tracing && !hart->float_in_use;
    hart->calls = straight ? straight_calls : system_calls;
    hart->fault = straight ? straight_fault : fault_general;
}

enum {
    CAUSE_ILLEGAL_INSTRUCTION = 2,
    CAUSE_CALL = 8,
    CAUSE_EXECUTE_FAULT = 12,
    CAUSE_READ_FAULT = 13,
    CAUSE_WRITE_FAULT = 15,
    CALL_SIZE = 4, // bytes of an ecall
};

static __attribute__((noinline)) void interrupt(void) {
    interrupt_serve();
    struct thread *thread = thread_current();
    if (hart_here()->next != NULL) return;
    if (thread == &thread_gone) // what was served was its end
        schedule_next();
    else if (thread->stopping)
        thread_stop(thread);
    else
        schedule_tick();
}

void trap_fault_locked(uint64_t cause, uint64_t value) {
    struct upcall_registers *registers = thread_current()->registers;
    if (cause == CAUSE_WRITE_FAULT) {
        fault_page(FAULT_WRITE, value);
    } else if (cause == CAUSE_READ_FAULT || cause == CAUSE_EXECUTE_FAULT) {
        fault_page(cause == CAUSE_READ_FAULT ? FAULT_READ : FAULT_EXECUTE, value);
    } else if (cause == CAUSE_CALL) { // not ours: resumed behind it, where its result is wanted
        registers->pc += CALL_SIZE;
        fault_other(FAULT_CALL, 0, registers->x[REGISTER_A0 + 7]);
    } else if ((cause & CAUSE_INTERRUPT) != 0) {
        interrupt();
    } else if (cause != CAUSE_ILLEGAL_INSTRUCTION || !float_use(thread_current())) {
        fault_other(FAULT_EXCEPTION, value, cause);
    }
}

void trap_misused(void) {
    thread_current()->registers->pc -= CALL_SIZE; // at the instruction
    fault_other(FAULT_MISUSE, 0, 0);
}
