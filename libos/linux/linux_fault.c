// SPDX-License-Identifier: MIT
// Faults and exceptions of the program.
//
//   the page may be had    its block of the grid is populated        the program goes on
//   nothing is there       SIGSEGV, SEGV_MAPERR
//   not allowed            SIGSEGV, SEGV_ACCERR
//   its pager has none     SIGBUS, BUS_ADRERR; out of memory: the process ends as by SIGNAL_KILL
#include "linux_fault.h"

#include <os/pager_protocol.h>
#include <os/print.h>

#include "linux_grid.h"
#include "linux_memory.h"
#include "linux_signal.h"
#include "linux_thread.h"

enum {
    CAUSE_ILLEGAL = 2,
    CAUSE_BREAKPOINT = 3,
    CAUSE_READ_MISALIGNED = 4,
    CAUSE_WRITE_MISALIGNED = 6,
    STATUS_INTERNAL = 126,
};

extern const char linux_user_begin[], linux_user_end[], linux_user_failed[];

static uint64_t error_of(uint64_t tag) { return FAULT_ERROR(TAG_LABEL(tag)); }

// What the pager or the kernel would not do, though the program may.
static bool is_refused(uint64_t error) {
    return error == FAULT_DEAD || error == FAULT_LATE ||
           (error >= FAULT_FAILED && error != FAULT_FAILED + PAGER_NO_RIGHT);
}

static __attribute__((noreturn)) void out_of_memory(uint64_t va) {
    os_print("linux: out of memory at 0x%lx\n", va);
    linux_signal_die(SIGNAL_KILL);
}

// Allowed, and yet withheld: another thread has changed that meanwhile, or it is to be corrected.
static void correct(uint64_t va) {
    uint64_t page = va & ~UINT64_C(4095);
    memory_lock();
    const struct linux_area *area = area_find(va);
    if (area != NULL) pages_protect(page, page + PAGE, 0, 0, area_protection(area, va));
    memory_unlock();
}

static void memory_fault(uint64_t tag, uint64_t va) {
    uint64_t error = error_of(tag);
    struct linux_cause cause;
    cause.code = CODE_SEGV_MAPERR;
    cause.error = 0;
    cause.va = va;
    cause.field[1] = cause.field[2] = cause.field[3] = 0;
    if (error == FAULT_FAILED + PAGER_OUT_OF_MEMORY) out_of_memory(va);
    if (is_refused(error)) {
        cause.code = CODE_BUS_ADRERR;
        linux_signal_force(SIGNAL_BUS, &cause);
        return;
    }
    enum memory_fault answer =
        user_is_range(va, 1) ? memory_resolve(va, UINT64_C(1) << FAULT_ACCESS(TAG_LABEL(tag))) : MEMORY_NOTHING;
    if (answer == MEMORY_FINE) {
        if (error == FAULT_NONE) correct(va);
        return;
    }
    if (answer == MEMORY_FULL) out_of_memory(va);
    if (answer == MEMORY_FORBIDDEN) cause.code = CODE_SEGV_ACCERR;
    linux_signal_force(SIGNAL_SEGV, &cause);
}

static void exception(uint64_t number, uint64_t value, uint64_t pc) {
    struct linux_cause cause = {.code = CODE_ILL_OPCODE, .va = pc};
    int signal = SIGNAL_ILL;
    if (number == CAUSE_BREAKPOINT) {
        signal = SIGNAL_TRAP;
        cause.code = CODE_TRAP_BREAKPOINT;
    } else if (number == CAUSE_READ_MISALIGNED || number == CAUSE_WRITE_MISALIGNED) {
        signal = SIGNAL_BUS;
        cause.code = CODE_BUS_ADRALN;
        cause.va = value;
    } else if (number != CAUSE_ILLEGAL) { // an address that is none
        signal = SIGNAL_SEGV;
        cause.code = CODE_SEGV_MAPERR;
        cause.va = value;
    }
    linux_signal_force(signal, &cause);
}

void linux_fault(struct upcall_registers *level, uint64_t tag, uint64_t va, uint64_t detail) {
    struct linux_thread *self = linux_self();
    uint64_t access = FAULT_ACCESS(TAG_LABEL(tag));
    if (va == LINUX_KICK && self->kicked != 0) {
        level->pc = self->kicked;
        self->kicked = 0;
    } else if (access <= FAULT_EXECUTE) {
        memory_fault(tag, va);
    } else if (access == FAULT_EXCEPTION) {
        exception(detail, va, level->pc);
    } else { // a native call, which a program of Linux's does not make
        struct linux_cause cause = {.code = CODE_ILL_OPCODE, .va = level->pc};
        linux_signal_force(SIGNAL_ILL, &cause);
    }
}

void linux_nested(struct upcall_registers *level, uint64_t tag, uint64_t va, uint64_t pc) {
    uint64_t access = FAULT_ACCESS(TAG_LABEL(tag));
    bool is_memory = access <= FAULT_EXECUTE && user_is_range(va, 1);
    if (is_memory && !is_refused(error_of(tag))) {
        if (memory_resolve(va, UINT64_C(1) << access) == MEMORY_FINE) {
            if (error_of(tag) == FAULT_NONE) correct(va);
            return;
        }
    }
    if (pc >= (uint64_t)linux_user_begin && pc < (uint64_t)linux_user_end) {
        level->pc = (uint64_t)linux_user_failed;
        return;
    }
    if (is_memory) linux_signal_die(SIGNAL_SEGV); // taken away by another thread, just now
    os_print("linux: the personality is at fault: tag 0x%lx, address 0x%lx, pc 0x%lx, ra 0x%lx\n", tag, va, pc,
             level->x[0]);
    linux_exit(STATUS_INTERNAL);
}
