// SPDX-License-Identifier: MIT
// Where programs, threads and handlers begin.
#include "layout.h"

        .section .text.start, "ax"
        .globl _start
        // a0 the message page, a1 the boot image, a2 its size, a3 the clock's ticks in a second; sp the stack.
        // Started by init: a1 the start block, a2 = 0.
_start:
        tail    os_begin

        .text
        .globl os_thread_entry
        // a0 the thread's struct os_thread; sp its stack.
os_thread_entry:
        mv      tp, a0
        tail    os_thread_main

        .globl os_on_stack
        // a0 the argument, a1 where to go on, a2 the stack's top.
os_on_stack:
        mv      sp, a2
        li      ra, 0
        jr      a1

        .globl os_context_save
        // a0 a struct os_context.
os_context_save:
        sd      ra, 0(a0)
        sd      sp, 8(a0)
        sd      tp, 16(a0)
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        sd      s\n, 24 + \n * 8(a0)
        .endr
        li      a0, 0
        ret

        .globl os_context_resume
        // a0 a struct os_context; all other registers may hold anything.
os_context_resume:
        ld      ra, 0(a0)
        ld      sp, 8(a0)
        ld      tp, 16(a0)
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        ld      s\n, 24 + \n * 8(a0)
        .endr
        li      a0, 1
        ret

        .globl os_handler_entry
        // a0 the level, with what was interrupted; a1 to a6 and t0 as in a fault message; s-registers as interrupted.
os_handler_entry:
        addi    sp, sp, -FRAME_SIZE
        sd      zero, FRAME_STATUS(sp)
        sd      a1, FRAME_TAG(sp)
        sd      a2, FRAME_WORD + 0(sp)
        sd      a3, FRAME_WORD + 8(sp)
        sd      a4, FRAME_WORD + 16(sp)
        sd      a5, FRAME_WORD + 24(sp)
        sd      a6, FRAME_WORD + 32(sp)
        sd      zero, FRAME_TOKEN(sp)
        sd      t0, FRAME_BADGE(sp)
        sd      zero, FRAME_HANDLE(sp)
        sd      zero, FRAME_FLAGS(sp)
        mv      a1, sp
        ld      t0, THREAD_HANDLER(tp)
        jalr    t0
        ld      a0, FRAME_FLAGS(sp)
        ld      a1, FRAME_VA(sp)
        ld      a2, FRAME_PAGES(sp)
        ld      a3, FRAME_RIGHTS(sp)
        li      a7, ~CALL_RESUME
        ecall
        // Refused: the handler asked for what cannot be.
        ebreak
