// SPDX-License-Identifier: MIT
// Faults, exceptions, interrupts, and calls that are not ours: sorted.
#include "trap.h"

#include "fault.h"
#include "interrupt.h"
#include "schedule.h"
#include "sys/system_calls.h"

// In assembler; called with what only the doors know.
void straight_fault(void), fault_general(void), straight_call(void), straight_reply(void), straight_resume(void);
uint64_t float_save(uint64_t *registers);
void float_load(const uint64_t *registers, uint64_t control);

// A thread that goes back to what it did leaves no other behind: always straight.
#define sys_resume                                  straight_resume
#define CALL(name, count, arguments, results, what) [CALL_##name] = sys_##name,
const void *const system_calls[CALL_COUNT] = {
#include <abi/system_calls.def>
};

// With the straight ways.
#define sys_call       straight_call
#define sys_reply_recv straight_reply
const void *const straight_calls[CALL_COUNT] = {
#include <abi/system_calls.def>
};

void trap_choose_ways(struct hart *hart) {
    hart->calls = hart->tracing || hart->float_in_use ? system_calls : straight_calls;
    hart->fault = hart->tracing ? fault_general : straight_fault;
}

void trap_leave_float(struct hart *hart) {
    hart->current->float_control = (uint32_t)float_save(hart->current->float_registers);
    csr_clear(sstatus, SSTATUS_FS);
    hart->float_in_use = false;
    trap_choose_ways(hart);
}

// The current thread used them while they were off: give it its own. => false: they were on, so that is not what is
// wrong
static bool use_float(struct hart *hart) {
    if (hart->float_in_use) return false;
    csr_set(sstatus, SSTATUS_FS); // all of the field: changed
    hart->float_in_use = true;
    hart->current->retry_pc = hart->current->retry_pc ?: 1; // not 0: a fault to a pager does not go straight
    trap_choose_ways(hart);
    float_load(hart->current->float_registers, hart->current->float_control);
    return true;
}

enum { CAUSE_ILLEGAL_INSTRUCTION = 2, CAUSE_CALL = 8, CAUSE_EXECUTE_FAULT = 12, CAUSE_READ_FAULT = 13 };
enum { CAUSE_WRITE_FAULT = 15, CALL_SIZE = 4 }; // bytes of an ecall

static __attribute__((noinline)) void interrupt(void) {
    interrupt_serve();
    if (thread_current()->stopping)
        thread_stop(thread_current());
    else
        schedule_preempt();
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
    } else if (cause != CAUSE_ILLEGAL_INSTRUCTION || !use_float(hart_here())) {
        fault_other(FAULT_EXCEPTION, value, cause);
    }
}

void trap_misused(void) {
    thread_current()->registers->pc -= CALL_SIZE; // at the instruction
    fault_other(FAULT_MISUSE, 0, 0);
}
