// SPDX-License-Identifier: MIT
// What all files of doors begin with: where things are, saving and loading, and the steps that several ways share.
// A line is a step: an address and what is there, a question and where it leads.

#include "hart_layout.h"

#define AT(name, offset, type, member) .set name, offset
#define IS(name, value)                .set name, value
#include "layout.def"

// What C preserves, and gp; what it does not, but for ra (1), sp (2), tp (4) and t0 (5), which come and go singly.
#define PRESERVED 3, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
#define CLOBBERED 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31

.macro store base, numbers:vararg
    .irp n, \numbers
    sd x\n, 8 * (\n - 1)(\base)
    .endr
.endm

.macro load base, numbers:vararg
    .irp n, \numbers
    ld x\n, 8 * (\n - 1)(\base)
    .endr
.endm

// To user mode: t0 = the registers of the thread, all but those that C preserves, which are in place.
.macro leave
    ld t2, REGISTER_PC(t0); csrw sscratch, tp; csrw sepc, t2
    load t0, 1, 2, 4
    load t0, CLOBBERED
    load t0, 5
    sret
.endm

// The same for a thread that waited, with the message in a1 to a7 and t0: t1 = its registers.
.macro receive
    ld t5, REGISTER_PC(t1); amoswap.w.rl zero, zero, (t4)
    csrw sscratch, tp; csrw sepc, t5
    load t1, 1, 2, 4
    li a0, 0; li t1, 0
    sret
.endm

.macro count counter, object, scratch
    ld \scratch, \counter(\object); addi \scratch, \scratch, 1; sd \scratch, \counter(\object)
.endm

// \thread becomes the current one, after one of the space \from. => \registers = where its registers are; ra, s0, s1, t5,
// t6 scratch
.macro enter thread, from, registers
    ld \registers, THREAD_REGISTERS(\thread); ld t5, THREAD_SPACE(\thread)
    sd \thread, HART_CURRENT(tp); sd \registers, HART_REGISTERS(tp)
    beq t5, \from, 3f
    ld t6, SPACE_SATP(t5); sd t5, HART_SPACE(tp)
    bnez t6, 2f
    jal ra, space_owed
2:  csrw satp, t6
    count SPACE_SWITCHES, t5, t6
3:
.endm

// Of the page at \va, in a table with its info at \info: \index in it, \at = where its info is.
.macro page_info va, info, index, at
    srli \index, \va, 12; andi \index, \index, 511
    slli \at, \index, 1; add \at, \at, \info
.endm

// Is \va in the \region? \offset, \size scratch.
.macro inside region, va, offset, size, no
    ld \offset, REGION_KEY(\region); ld \size, REGION_SIZE(\region)
    sub \offset, \va, \offset; bgeu \offset, \size, \no
.endm

// t3 = the handle \index of the space t2, t5 = its object, if the flag is set: HANDLE_CALLABLE, HANDLE_RECEIVABLE.
.macro near_handle index, flag, no
    sltiu t3, \index, HANDLES_PER_PAGE; beqz t3, \no
    ld t3, SPACE_HANDLES(t2); slli t5, \index, HANDLE_SHIFT; beqz t3, \no
    add t3, t3, t5; lbu t6, \flag(t3); ld t5, HANDLE_OBJECT(t3); beqz t6, \no
.endm

// The first of the list \head, which has the link \link, is no longer in it.
.macro take_first link, head, scratch
    ld \scratch, 0(\link); sd \scratch, 0(\head); sd \head, 8(\scratch)
.endm

// \thread waits first in the list \head of the \port, before \first.
.macro wait_first thread, port, head, first, link
    addi \link, \thread, THREAD_LINK
    sd \first, THREAD_LINK(\thread); sd \head, THREAD_LINK + 8(\thread)
    sd \link, 0(\head); sd \link, 8(\first)
    sd \port, THREAD_PORT(\thread)
.endm

// a7 = a fresh token of \thread.
.macro fresh_token thread, step
    ld a7, THREAD_TOKEN(\thread); ld \step, HART_TOKEN(tp)
    add a7, a7, \step; sd a7, THREAD_TOKEN(\thread)
.endm

// The \receiver goes on, for \thread: at its priority, if that is higher than its own.
.macro wake receiver, thread, priority, own
    lbu \priority, THREAD_RUNNING_AT(\thread); lbu \own, THREAD_PRIORITY(\receiver)
    sb zero, THREAD_STATE(\receiver)
    bgeu \own, \priority, 1f
    sb \priority, THREAD_RUNNING_AT(\receiver)
1:
.endm
