// SPDX-License-Identifier: MIT
// The personality's one door: where the upcall enters for foreign system calls and faults, and where it leaves.
//
// A thread in its program has the program's registers. At the door a0 = the level that holds them but for s0 to s11 and
// gp, which are live; sp = the thread's handler stack, and its struct linux_thread stands right above that.
#include "linux_layout.h"

#define LEVEL(n) (8 * (n))

// The registers that C preserves, to and from the level in t0.
.macro preserved what
        \what   gp, LEVEL(2)(t0)
        \what   s0, LEVEL(7)(t0)
        \what   s1, LEVEL(8)(t0)
        \what   s2, LEVEL(17)(t0)
        \what   s3, LEVEL(18)(t0)
        \what   s4, LEVEL(19)(t0)
        \what   s5, LEVEL(20)(t0)
        \what   s6, LEVEL(21)(t0)
        \what   s7, LEVEL(22)(t0)
        \what   s8, LEVEL(23)(t0)
        \what   s9, LEVEL(24)(t0)
        \what   s10, LEVEL(25)(t0)
        \what   s11, LEVEL(26)(t0)
.endm

        .text
        .globl linux_entry
// a1 = tag, a3 = address, a4 = number of the call, a5 = pc; t1, t2 are free.
linux_entry:
        slli    t1, a0, 52                      // level 0 is at the beginning of its page
        bnez    t1, nested
        mv      tp, sp
        li      t1, 1
        sw      t1, THREAD_INSIDE(tp)
        fence   rw, rw                          // who wants to stop this thread either sees that, or is seen
        lw      t2, THREAD_HALT(tp)
        bnez    t2, halted
entered:
        srli    t1, a1, 32
        addi    t1, t1, -ACCESS_CALL
        bnez    t1, fault
        li      t1, CALL_NUMBERS
        bgeu    a4, t1, missing
        la      t1, linux_calls
        slli    t2, a4, 3
        add     t1, t1, t2
        ld      t1, 0(t1)
        beqz    t1, missing
        ld      a5, LEVEL(REGISTER_A0 + 5)(a0)
        ld      a4, LEVEL(REGISTER_A0 + 4)(a0)
        ld      a3, LEVEL(REGISTER_A0 + 3)(a0)
        ld      a2, LEVEL(REGISTER_A0 + 2)(a0)
        ld      a1, LEVEL(REGISTER_A0 + 1)(a0)
        ld      a0, LEVEL(REGISTER_A0)(a0)
        jalr    t1
// a0 = the result
answered:
        ld      t0, THREAD_AREA(tp)
        sd      a0, LEVEL(REGISTER_A0)(t0)
        .globl  linux_leave, linux_left
linux_leave:
leave:
        sw      zero, THREAD_INSIDE(tp)
        fence   rw, rw                          // the same for who has a signal for it
        lw      t1, THREAD_ATTENTION(tp)
        bnez    t1, attend
        li      a0, 0
        li      a7, ~CALL_RESUME
linux_left:
        ecall

// Another thread is about to stop this one, if it has not yet: nothing may be begun that it would break.
halted: lw      t2, THREAD_HALT(tp)
        bnez    t2, halted
        j       entered

// Only a page is to be raised: the kernel does that on the way.
attend: li      t2, ATTENTION_RAISE
        bne     t1, t2, 1f
        addi    t1, tp, THREAD_ATTENTION
        amoand.w t1, zero, (t1)                 // nobody else clears it; what somebody set meanwhile is in t1
        .globl  linux_raise, linux_raised
linux_raise:
        li      a0, 1                           // RESUME_UNPROT
        ld      a1, THREAD_RAISE(tp)
        li      a2, 1
        ld      a3, THREAD_RIGHTS(tp)
        bne     t1, t2, 2f
        li      a7, ~CALL_RESUME
linux_raised:
        ecall
        ld      t0, THREAD_AREA(tp)             // refused
        li      a0, -12                         // -ENOMEM
        sd      a0, LEVEL(REGISTER_A0)(t0)
        j       leave
2:      addi    t0, tp, THREAD_ATTENTION
        amoor.w zero, t1, (t0)
        lw      t1, THREAD_ATTENTION(tp)
1:      li      t1, 1
        sw      t1, THREAD_INSIDE(tp)
        ld      t0, THREAD_AREA(tp)
        preserved sd
        call    linux_attend
back:   ld      t0, THREAD_AREA(tp)
        preserved ld
        j       leave

fault:  mv      t0, a0
        preserved sd
        mv      a2, a3
        mv      a3, a4
        call    linux_fault
        j       back

missing:
        li      t1, CALL_BEGIN
        beq     a4, t1, begin
        mv      a0, a4
        call    linux_missing
        j       answered

begin:  call    linux_thread_registers
        j       back

// Calls whose work needs all the program's registers, or gives it others: these do without `answered`.
        .globl linux_sys_rt_sigreturn, linux_sys_clone, linux_sys_execve, linux_sys_exit, linux_sys_exit_group
        .globl linux_sys_setpgid, linux_sys_setsid
linux_sys_setpgid:
        la      t1, process_group
        j       1f
linux_sys_setsid:
        la      t1, process_session
        j       1f
linux_sys_exit:
        la      t1, linux_thread_exit
        j       1f
linux_sys_exit_group:
        la      t1, linux_thread_exit_group
        j       1f
linux_sys_execve:
        la      t1, linux_exec
        j       1f
linux_sys_rt_sigreturn:
        la      t1, linux_signal_return
        j       1f
linux_sys_clone:
        la      t1, linux_thread_clone
1:      ld      t0, THREAD_AREA(tp)
        preserved sd
        jalr    t1
        j       back

// A fault in the personality itself. a0 = the level; its stack goes on below, and tp is right.
nested:
        mv      a2, a3
        mv      a3, a5
        call    linux_nested
        li      a0, 0
        li      a7, ~CALL_RESUME
        ecall

// ---- the program's memory: what faults here and cannot be helped ends in `failed`, with a3 as the result ----

        .globl linux_user_begin, linux_user_end, linux_user_failed
        .globl linux_user_copy, linux_user_text, linux_user_load, linux_user_store, linux_user_exchange
linux_user_begin:
// a0 = to, a1 = from, a2 = bytes => bytes that were not copied
linux_user_copy:
        mv      a3, a2
        or      t0, a0, a1
        andi    t0, t0, 7
        bnez    t0, 2f
        li      t1, 16
1:      bltu    a3, t1, 2f
        ld      t0, 0(a1)
        ld      t2, 8(a1)
        sd      t0, 0(a0)
        addi    a3, a3, -8
        sd      t2, 8(a0)
        addi    a3, a3, -8
        addi    a0, a0, 16
        addi    a1, a1, 16
        j       1b
2:      beqz    a3, 3f
        lbu     t0, 0(a1)
        sb      t0, 0(a0)
        addi    a0, a0, 1
        addi    a1, a1, 1
        addi    a3, a3, -1
        j       2b
3:      li      a0, 0
        ret
// a0 = to, a1 = from, a2 = most bytes => bytes before the zero byte, a2: there is none; -1: a fault
linux_user_text:
        li      a3, -1
        li      t1, 0
1:      beq     t1, a2, 2f
        lbu     t0, 0(a1)
        sb      t0, 0(a0)
        beqz    t0, 2f
        addi    a0, a0, 1
        addi    a1, a1, 1
        addi    t1, t1, 1
        j       1b
2:      mv      a0, t1
        ret
// a0 = of 32 bits => the value, -1: a fault
linux_user_load:
        li      a3, -1
        lwu     a0, 0(a0)
        ret
// a0 = of 32 bits, a1 = the value => 0, -1: a fault
linux_user_store:
        li      a3, -1
        sw      a1, 0(a0)
        li      a0, 0
        ret
// a0 = of 32 bits, a1 = if it is this, a2 = then this => what it was, -1: a fault
linux_user_exchange:
        li      a3, -1
        sext.w  a1, a1
1:      lr.w.aqrl t0, (a0)
        bne     t0, a1, 2f
        sc.w.rl t1, a2, (a0)
        bnez    t1, 1b
2:      slli    a0, t0, 32
        srli    a0, a0, 32
        ret
linux_user_end:
linux_user_failed:
        mv      a0, a3
        ret

// ---- other ----

        .globl linux_begin, linux_trampoline, linux_float_save, linux_float_load
// In a thread that has nothing to do yet.
linux_begin:
        li      a7, CALL_BEGIN
        ecall

        .globl linux_elsewhere
// a0 = function, a1 = top of a stack, a2 = a struct os_thread => what the function returns
linux_elsewhere:
        addi    a1, a1, -32
        sd      ra, 0(a1)
        sd      sp, 8(a1)
        sd      tp, 16(a1)
        mv      sp, a1
        mv      tp, a2
        jalr    a0
        ld      ra, 0(sp)
        ld      tp, 16(sp)
        ld      sp, 8(sp)
        ret

// Where a signal's handler returns to; run by the program.
linux_trampoline:
        li      a7, CALL_SIGNAL_RETURN
        ecall

        .globl linux_frame_begin, linux_registers_take
// a0 = a frame, of whose siginfo the last 80 bytes are cleared, and whose context gets pc and x1 to x31;
// a1 = a level: x1 to x31, pc
linux_frame_begin:
        .irp    n, 6,7,8,9,10,11,12,13,14,15
        sd      zero, LEVEL(\n)(a0)
        .endr
        ld      t0, LEVEL(REGISTER_PC)(a1)
        sd      t0, FRAME_PC(a0)
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
        ld      t0, LEVEL(\n)(a1)
        sd      t0, FRAME_PC + LEVEL(\n + 1)(a0)
        .endr
        ret
// a0 = a level, a1 = a context
linux_registers_take:
        ld      t0, 0(a1)
        sd      t0, LEVEL(REGISTER_PC)(a0)
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
        ld      t0, LEVEL(\n + 1)(a1)
        sd      t0, LEVEL(\n)(a0)
        .endr
        ret

        .option arch, +f, +d
// a0 = 32 words for f0 to f31 => fcsr; a1 = fcsr
linux_float_save:
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        fsd     f\n, 8 * \n(a0)
        .endr
        frcsr   a0
        ret
linux_float_load:
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        fld     f\n, 8 * \n(a0)
        .endr
        fscsr   a1
        ret
