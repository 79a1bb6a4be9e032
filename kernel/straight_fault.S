// SPDX-License-Identifier: MIT
// The straight ways of faults, and of foreign system calls: to a pager that waits, or to the thread's own handler, and
// back from there. See straight.S for what holds everywhere.

#include "door.S"

.set STATE_FAULT, THREAD_WAITING | ERRAND_FAULT << 8 // state and errand; the right that is wanted comes above

// \tag = tag of a fault: a2 = access, a7 = info of the page, t1 = thread.
.macro fault_tag tag, scratch
    andi \tag, a7, RIGHTS_ACCESS | INFO_PRESENT; slli \tag, \tag, FAULT_RIGHTS_SHIFT; or \tag, \tag, a2
    lbu \scratch, THREAD_LEVEL(t1); slli \scratch, \scratch, FAULT_NESTED_SHIFT; or \tag, \tag, \scratch
    slli \tag, \tag, TAG_LABEL_SHIFT; addi \tag, \tag, MESSAGE_FAULT
.endm

// \level = upcalls that t1 is in, if it has a handler and one more fits.
.macro in_handler level, scratch, no
    ld \scratch, THREAD_AREA(t1); lbu \level, THREAD_LEVEL(t1); beqz \scratch, \no
    li \scratch, UPCALL_DEPTH; bgeu \level, \scratch, \no
.endm

    .section .text
    .global straight_fault, straight_resume, fault_general

// a0 = cause, a5 = pc; t0 = the registers, all saved but those that C preserves.
straight_fault:
    csrr a3, stval                          // a3 = the address
    ld t2, HART_SPACE(tp)                   // t2 = the space
    addi t1, a0, -13; srli a2, t1, 1        // a2 = access: 13 is FAULT_READ, 15 is FAULT_WRITE
    andi t1, t1, ~2; bnez t1, fault_else
fault_near:
    ld t1, HART_CURRENT(tp)                 // t1 = the thread
    srli t3, a3, 21; ld t5, SPACE_LEAF_TAG(t2)
    ld t6, SPACE_REGION(t2)                 // t6 = the region
    bne t3, t5, fault_far
    inside t6, a3, a4, t3, fault_far
    ld t3, SPACE_LEAF_INFO(t2)
    page_info a3, t3, t5, a7                // t5 = index of the page in its table
    lhu a7, (a7)                            // a7 = its info
    srl a6, a7, a2; andi a6, a6, 0x11; bnez a6, fault_withheld // is the right granted? is it withheld?
    ld a6, THREAD_RETRY_PC(t1); bnez a6, fault_general // C counts, or forgets, the retries
    lbu a6, REGION_STRAIGHT(t6); srl a6, a6, a2; andi a6, a6, 1; beqz a6, fault_general
    ld a6, REGION_PORT(t6)                  // a6 = the pager's port
    ld a0, PORT_RECEIVERS(a6); addi a1, a6, PORT_RECEIVERS; beq a0, a1, fault_busy // a0 = link of the first receiver
    store t0, PRESERVED
    ld s0, PORT_WAITING(a6); addi s1, a6, PORT_WAITING
    bne s0, s1, fault_crowded               // perhaps another thread's fault on the same page
    take_first a0, a1, s0
    wait_first t1, a6, s1, s1, s2
    slli s0, a2, 3; add s0, s0, t2; count SPACE_STRAIGHT, s0, s2
    li s0, 1 << 16; sll s0, s0, a2; addi s0, s0, STATE_FAULT; sw s0, THREAD_STATE(t1)
    addi a0, a0, -THREAD_LINK               // a0 = the receiver
    wake a0, t1, s0, s2
    fault_tag a1, s0
    sd a1, THREAD_TAG(t1); sd a3, THREAD_VA(t1)
    srli s2, a3, 12; slli s2, s2, 12; sd s2, THREAD_PAGE(t1)
    fresh_token t1, s0
    ld t0, REGION_COOKIE(t6)                // the badge
    ld s0, REGION_OFFSET(t6); add a4, s0, s2 // offset in the pager's object
    srli t5, t5, 6; slli t5, t5, 3; add t5, t5, t3
    ld a6, INFO_PAGES_PRESENT(t5)           // neighbours
    ld a2, SPACE_NUMBER(t2)
    enter a0, t2, t1
    load t1, PRESERVED
    receive
fault_crowded: load t0, PRESERVED           // s0 and s1 have been used
fault_busy: mv a0, a2; mv a1, a3; ld sp, HART_STACK(tp)
    j fault_page

fault_else:
    li a2, FAULT_EXECUTE; addi t1, a0, -12; beqz t1, fault_near
    addi t1, a0, -CAUSE_SYSTEM_CALL; beqz t1, foreign
fault_general:
    csrr a1, stval; ld sp, HART_STACK(tp)
    j trap_fault_locked

// Another table or another region than the last time. C looks for both; if there are such, they are the last ones now.
fault_far:
    ld sp, HART_STACK(tp); addi sp, sp, -256
    store sp, 1, 5, 10, 12, 13, 15          // ra, t0, a0, a2, a3, a5
    mv a0, t2; mv a1, a3
    call fault_look
    mv t1, a0
    load sp, 1, 5, 10, 12, 13, 15
    ld t2, HART_SPACE(tp); ld t4, HART_LOCK(tp)
    bnez t1, fault_near
    j fault_general

// The space itself withheld the right: into the thread's own handler. a6 = 0x10: so it is; 1: what the hart remembers
// is not true.
fault_withheld:
    addi t3, a6, -1; beqz t3, fault_general
    in_handler a6, t3, fault_general
    slli t5, a2, 3; add t5, t5, t2; count SPACE_FAULTS, t5, t3
    ld t3, REGION_OFFSET(t6); srli t5, a3, 12; slli t5, t5, 12; add a4, t3, t5 // offset
    ld t6, REGION_COOKIE(t6)
    j up

// A system call that is not ours: resumed behind it, where its result is wanted.
foreign:
    ld t1, HART_CURRENT(tp)
    in_handler a6, t3, fault_general
    ld a4, REGISTER(17)(t0)                 // its number
    addi a5, a5, 4; sd a5, REGISTER_PC(t0)
    li a3, 0; li a2, FAULT_CALL; li a7, 0; li t6, 0

// a2 = access, a3 = va, a4 = offset, a5 = pc, a6 = level, a7 = info, t0 = registers, t1 = the thread, t2 = space, t6 = badge
up:
    fault_tag a1, t3
    count SPACE_UPCALLS, t2, t3
    ld sp, THREAD_HANDLER_STACK(t1)
    beqz a6, 1f
    ld sp, REGISTER(2)(t0); andi sp, sp, -16
1:  ld a0, THREAD_AREA_VA(t1); slli t3, a6, 8; add a0, a0, t3 // the level, as the program sees it
    addi a6, a6, 1; sb a6, THREAD_LEVEL(t1)
    addi t3, t0, REGISTERS_SIZE; sd t3, THREAD_REGISTERS(t1); sd t3, HART_REGISTERS(tp)
    ld t5, THREAD_HANDLER(t1); csrw sepc, t5
    ld a2, SPACE_NUMBER(t2); li a6, 0
    amoswap.w.rl zero, zero, (t4); csrw sscratch, tp
    ld tp, REGISTER(4)(t0); mv t0, t6
    sret

// a0 = flags, a1 = va, a2 = pages, a3 = rights, t1 = the registers. One page, which can be read then.
straight_resume:
    ld t0, HART_CURRENT(tp); ld t2, HART_SPACE(tp)
    li t3, 1; bne a0, t3, resume_general; bne a2, t3, resume_general // RESUME_UNPROT
    lbu a7, THREAD_LEVEL(t0); beqz a7, resume_general
    srli t3, a1, 21; ld t5, SPACE_LEAF_TAG(t2); bne t3, t5, resume_general
    slli t3, a1, 52; bnez t3, resume_general
    sltiu t3, a3, RIGHTS_ACCESS + 1; beqz t3, resume_general
    andi t3, a3, RIGHT_READ; beqz t3, resume_general
    ld t6, SPACE_LEAF_INFO(t2)
    page_info a1, t6, t3, t5                // t5 = where the page's info is
    lhu t6, (t5); slli a4, a3, 4; not a4, a4; and t6, t6, a4 // t6 = what it will be
    andi a4, t6, INFO_PRESENT; beqz a4, resume_general
    srli a4, t6, 4; not a4, a4; and a4, a4, t6
    andi a4, a4, RIGHTS_ACCESS              // a4 = what is granted, and not withheld any more
    andi a5, a4, RIGHT_READ; beqz a5, resume_general
    sh t6, (t5)
    ld t5, SPACE_LEAF(t2); slli t3, t3, 3; add t5, t5, t3
    slli a4, a4, 1; ori a4, a4, 1; amoor.d zero, a4, (t5)
    addi a7, a7, -1; sb a7, THREAD_LEVEL(t0)
    addi t1, t1, -REGISTERS_SIZE; sd t1, THREAD_REGISTERS(t0); sd t1, HART_REGISTERS(tp)
    mv t0, t1
    j trap_load_from
resume_general:
    j sys_resume
