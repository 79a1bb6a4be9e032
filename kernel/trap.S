// SPDX-License-Identifier: MIT
// The door in, trap_entry, and the door out, trap_return.
//
// In user mode sscratch = this hart; in the kernel it is 0. The kernel keeps no stack for a thread: at the door, the
// registers that C does not preserve go to the thread's save area, and those that it does (s0 to s11) stay where they
// are until the hart goes on with another thread. The big kernel lock is held from the one door to the other.

#include "door.S"

.set CALL_COUNT, 0
#define CALL(name, count, arguments, results, what) .set CALL_COUNT, CALL_COUNT + 1
#include <abi/system_calls.def>

    .section .text
    .global trap_entry, trap_return, trap_load_from, space_owed
    .balign 4
trap_entry:
    csrrw tp, sscratch, tp                  // tp = this hart, sscratch = the user's tp
    beqz tp, trap_from_kernel
    sd t0, HART_T0(tp)
    csrr t0, scause; addi t0, t0, -CAUSE_SYSTEM_CALL; bnez t0, trap_fault
    not t0, a7; sltiu t0, t0, CALL_COUNT - 1
    beqz t0, trap_not_listed                // resume, or not one of ours, which loses no register

// A system call of ours. a0 to a6 = arguments, a7 = the number, inverted; t1 to t6 are dead by the calling convention.
trap_call:
    ld t1, HART_REGISTERS(tp)               // t1 = where the thread's registers are saved
    store t1, 1, 2
    csrrw t2, sscratch, zero; sd t2, REGISTER(4)(t1)
    csrr t3, sepc; addi t3, t3, 4; sd t3, REGISTER_PC(t1)
    ld t4, HART_LOCK(tp); ld sp, HART_STACK(tp)
1:  amoswap.w.aq t2, tp, (t4); bnez t2, trap_call_waits
    ld t6, HART_CALLS(tp); slli t5, a7, 3; sub t6, t6, t5; ld t6, -8(t6)
    jalr t6                                 // a0 = status, a1 = value; hart->next = who goes on, if not just the caller
    bltz a0, trap_misuse                    // MISUSED
    ld t0, HART_NEXT(tp); bnez t0, trap_call_switches

// The short way out: back to the caller with a result. What the kernel used is cleared.
    ld t0, HART_REGISTERS(tp); ld t1, HART_LOCK(tp)
    ld t2, REGISTER_PC(t0)
    amoswap.w.rl zero, zero, (t1)
    csrw sscratch, tp; csrw sepc, t2
    load t0, 1, 2, 4
    .irp n, 5, 6, 7, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
    li x\n, 0
    .endr
    sret

trap_call_waits:                            // somebody else is in the kernel
    lw t2, (t4); bnez t2, trap_call_waits
    j 1b

// The caller waits, or somebody more urgent goes first: it finds its result in its registers, when it is let go on.
// t0 = hart->next
trap_call_switches:
    ld t1, HART_CURRENT(tp); beq t0, t1, trap_same
    ld t1, HART_REGISTERS(tp); beqz t1, trap_switch // NULL: it ended itself
    store t1, 10, 11
    j trap_switch

trap_misuse:
    call trap_misused
    j trap_return

// a7 = a number that is not in the table's front. A plain resume is done here: the level below is where the thread goes
// on, and nothing that others may touch is touched.
trap_not_listed:
    addi t0, a7, CALL_COUNT; bnez t0, trap_fault
    bnez a0, trap_call
    ld t1, HART_CURRENT(tp); lbu t2, THREAD_LEVEL(t1)
    beqz t2, trap_call                      // in no upcall: misuse
    addi t2, t2, -1; sb t2, THREAD_LEVEL(t1)
    ld t0, HART_REGISTERS(tp); addi t0, t0, -REGISTERS_SIZE
    sd t0, THREAD_REGISTERS(t1); sd t0, HART_REGISTERS(tp)
    leave

// A fault, an exception, an interrupt, or a system call that is not ours. t0 is in HART_T0.
trap_fault:
    ld t0, HART_REGISTERS(tp)
    store t0, 1, 2
    store t0, CLOBBERED
    ld t1, HART_T0(tp); sd t1, REGISTER(5)(t0)
    csrrw t2, sscratch, zero; sd t2, REGISTER(4)(t0)
    csrr a5, sepc; sd a5, REGISTER_PC(t0)
    ld t4, HART_LOCK(tp)
1:  amoswap.w.aq t2, tp, (t4); bnez t2, 1b
    csrr a0, scause
    ld t1, HART_FAULT(tp)
    jalr t1                                 // straight_fault or fault_general

// The door out. hart->next = who goes on; NULL: the current thread.
trap_return:
    ld t0, HART_NEXT(tp); beqz t0, trap_load
    ld t1, HART_CURRENT(tp); beq t0, t1, trap_same

// t0 = another thread than before.
trap_switch:
    csrr t4, sstatus; bltz t4, trap_float   // the old thread's floating-point registers are in use
    sd zero, HART_NEXT(tp)
    ld t2, HART_REGISTERS(tp); beqz t2, 1f  // NULL: there was none
    store t2, PRESERVED
1:  ld t3, THREAD_REGISTERS(t0); beqz t3, trap_idle // to sleep: the page table may stay
    ld t2, HART_SPACE(tp)
    enter t0, t2, t3
    mv t0, t3
    load t0, PRESERVED
    j trap_load_from

trap_float:
    mv a0, tp
    call trap_leave_float
    ld t0, HART_NEXT(tp)
    j trap_switch

trap_idle:
    ld sp, HART_STACK(tp)
    call schedule_idle                      // returns when there is somebody to go on with
    j trap_return

// t5 = a space that is entered, and that some hart owes a fence. => t6 = its satp, which is set; s0, s1 scratch
space_owed:
    ld t6, SPACE_WHOLE_SATP(t5); csrw satp, t6
    ld s0, SPACE_STALE(t5); ld s1, HART_BIT(tp); and s1, s0, s1; beqz s1, 1f
    slli s1, t6, 4; srli s1, s1, 48; sfence.vma zero, s1 // by its address-space number
    ld s1, HART_SETTLES(tp); not s1, s1; and s0, s0, s1; sd s0, SPACE_STALE(t5)
    bnez s0, 1f
    sd t6, SPACE_SATP(t5)
1:  ret

// The same thread, with all its registers: s0 to s11 and gp are in place.
trap_same:
    sd zero, HART_NEXT(tp)
trap_load:
    ld t0, HART_REGISTERS(tp)
trap_load_from:
    ld t1, HART_LOCK(tp); amoswap.w.rl zero, zero, (t1)
    leave

// A trap of the kernel's own. tp = 0, sscratch = the kernel's tp. Nothing else is trusted: the stack may be broken.
trap_from_kernel:
    csrrw tp, sscratch, zero; addi tp, tp, HART_WRECK
    store tp, 1, 2, 5
    store tp, PRESERVED
    store tp, CLOBBERED
    csrr t0, sepc; sd t0, REGISTER_PC(tp)
    addi t0, tp, -HART_WRECK; sd t0, REGISTER(4)(tp)
    mv tp, t0; la sp, panic_stack_top
    tail panic_trap

// Floating point: f0 to f31 of the current thread, and fcsr. a0 = 32 dwords; sstatus.FS is on.
    .option arch, +f, +d
#define FLOATS 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    .global float_save, float_load
float_save:                         // returns fcsr
    .irp n, FLOATS
    fsd f\n, 8 * \n(a0)
    .endr
    frcsr a0
    ret
float_load:                         // a1 = fcsr
    .irp n, FLOATS
    fld f\n, 8 * \n(a0)
    .endr
    fscsr a1
    ret

    .section .bss
    .balign 16
    .skip 4096
panic_stack_top:
