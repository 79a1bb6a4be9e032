// SPDX-License-Identifier: MIT
// The door in, trap_entry, and the door out, trap_return.
//
// In user mode sscratch = this hart; in the kernel it is 0. The kernel keeps no stack for a thread: at the door, the
// registers that C does not preserve go to the thread's save area, and those that it does (s0 to s11) stay where they
// are until the hart goes on with another thread. The big kernel lock is held from the one door to the other.

#include "hart_layout.h"

.set CALL_COUNT, 0
#define CALL(name, arguments, results, what) .set CALL_COUNT, CALL_COUNT + 1
#include <abi/system_calls.def>

.macro store base, first, last:vararg
    sd x\first, REGISTER(\first)(\base)
    .ifnb \last
    store \base, \last
    .endif
.endm

.macro load base, first, last:vararg
    ld x\first, REGISTER(\first)(\base)
    .ifnb \last
    load \base, \last
    .endif
.endm

    .section .text
    .global trap_entry, trap_return
    .balign 4
trap_entry:
    csrrw tp, sscratch, tp          // tp = this hart, sscratch = the user's tp
    beqz tp, trap_from_kernel
    sd sp, HART_USER_SP(tp)
    ld sp, HART_REGISTERS(tp)       // sp = where the thread's registers are saved
    store sp, 1, 5
    csrr t0, scause
    addi t0, t0, -CAUSE_SYSTEM_CALL
    bnez t0, trap_fault
    not t0, a7
    sltiu t0, t0, CALL_COUNT
    beqz t0, trap_foreign

// A system call of ours. a0 to a6 = arguments, a7 = ~number; t1 to t6 are dead by the calling convention.
    ld t1, HART_USER_SP(tp)
    csrrw t2, sscratch, zero
    csrr t3, sepc
    addi t3, t3, 4
    sd t1, REGISTER(2)(sp)
    sd t2, REGISTER(4)(sp)
    sd t3, REGISTER_PC(sp)
    ld sp, HART_STACK(tp)
    la t1, kernel_lock
    li t2, 1
    amoswap.w.aq t2, t2, (t1)
    bnez t2, trap_call_waits
trap_call_locked:
    not t0, a7
    slli t0, t0, 3
    la t1, system_calls
    add t1, t1, t0
    ld t1, (t1)
    jalr t1                         // a0 = status, a1 = value; hart->next = who goes on, if not just the caller
    li t1, -1                       // MISUSED
    beq a0, t1, trap_misuse
    ld t0, HART_NEXT(tp)
    bnez t0, trap_call_switches

// The short way out: back to the caller with a result. What the kernel used is cleared.
    ld t0, HART_REGISTERS(tp)
    la t1, kernel_lock
    amoswap.w.rl zero, zero, (t1)
    ld t2, REGISTER_PC(t0)
    csrw sscratch, tp
    csrw sepc, t2
    load t0, 1, 2, 4
    .irp n, 5, 6, 7, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
    li x\n, 0
    .endr
    sret

trap_call_waits:                    // somebody else is in the kernel
    lw t2, (t1)
    bnez t2, trap_call_waits
    li t2, 1
    amoswap.w.aq t2, t2, (t1)
    bnez t2, trap_call_waits
    j trap_call_locked

// The caller waits, or somebody more urgent goes first: it finds its result in its registers, when it is let go on.
// t0 = hart->next
trap_call_switches:
    ld t1, HART_CURRENT(tp)
    beq t0, t1, trap_return
    ld t1, HART_REGISTERS(tp)       // NULL: it ended itself
    beqz t1, trap_return
    store t1, 10, 11
    j trap_return

trap_misuse:
    call trap_misused
    j trap_return

// A fault, an exception, an interrupt, or a system call that is not ours. sp = save area; x1, x5 are saved.
trap_foreign:
trap_fault:
    store sp, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
    ld t1, HART_USER_SP(tp)
    csrrw t2, sscratch, zero
    csrr t3, sepc
    sd t1, REGISTER(2)(sp)
    sd t2, REGISTER(4)(sp)
    sd t3, REGISTER_PC(sp)
    ld sp, HART_STACK(tp)
    la t1, kernel_lock
1:  li t2, 1
    amoswap.w.aq t2, t2, (t1)
    bnez t2, 1b
    csrr a0, scause
    csrr a1, stval
    call trap_fault_locked

// The door out. hart->next = who goes on; NULL: the current thread.
trap_return:
    ld t0, HART_NEXT(tp)
    beqz t0, trap_load              // the same thread: s0 to s11 and gp are in place
    sd zero, HART_NEXT(tp)
    ld t1, HART_CURRENT(tp)
    beq t0, t1, trap_load
    ld t2, HART_REGISTERS(tp)       // where the old thread's are saved; NULL: there was none
    ld t3, THREAD_REGISTERS(t0)
    sd t0, HART_CURRENT(tp)
    sd t3, HART_REGISTERS(tp)
    beqz t2, 2f
    store t2, 3, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
2:  beqz t3, trap_idle
    load t3, 3, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
trap_load:
    ld t0, HART_REGISTERS(tp)
    la t1, kernel_lock
    amoswap.w.rl zero, zero, (t1)
    ld t2, REGISTER_PC(t0)
    csrw sscratch, tp
    csrw sepc, t2
    load t0, 1, 2, 4, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31, 5
    sret

trap_idle:
    ld sp, HART_STACK(tp)
    call schedule_idle              // returns when there is somebody to go on with
    j trap_return

// A trap of the kernel's own. tp = 0, sscratch = the kernel's tp. Nothing else is trusted: the stack may be broken.
trap_from_kernel:
    csrrw tp, sscratch, zero
    addi tp, tp, HART_WRECK
    store tp, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    csrr t0, sepc
    sd t0, REGISTER_PC(tp)
    addi t0, tp, -HART_WRECK
    sd t0, REGISTER(4)(tp)
    mv tp, t0
    la sp, panic_stack_top
    tail panic_trap

// Floating point: f0 to f31 of the current thread, and fcsr. a0 = 32 dwords; sstatus.FS is on.
    .option arch, +f, +d
    .global float_save, float_load
float_save:                         // returns fcsr
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fsd f\n, 8 * \n(a0)
    .endr
    frcsr a0
    ret
float_load:                         // a1 = fcsr
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fld f\n, 8 * \n(a0)
    .endr
    fscsr a1
    ret

    .section .bss
    .balign 16
    .skip 4096
panic_stack_top:
