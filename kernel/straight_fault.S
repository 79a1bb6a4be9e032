// SPDX-License-Identifier: MIT
// The straight ways of faults, and of foreign system calls: to a pager that waits, or to the thread's own handler, and
// back from there. See straight.S for what holds everywhere.

#include "door.S"

.set STATE_FAULT, THREAD_WAITING | ERRAND_FAULT << 8 // state and errand; the right that is wanted comes above

// a1 = tag of a fault: a3 = access, a7 = info of the page, a4 = thread.
.macro fault_tag low, high
    andi \low, a7, RIGHTS_ACCESS
    slli \low, \low, FAULT_RIGHTS_SHIFT
    or \low, \low, a3
    srli \high, a7, 3                       // INFO_PRESENT to FAULT_PRESENT
    andi \high, \high, FAULT_PRESENT
    or \low, \low, \high
    lbu \high, THREAD_LEVEL(a4)
    slli \high, \high, FAULT_NESTED_SHIFT
    or \low, \low, \high
    slli \low, \low, TAG_LABEL_SHIFT
    addi \low, \low, MESSAGE_FAULT
.endm

// \level = upcalls that a4 is in, if it has a handler and one more fits.
.macro in_handler level, no
    ld \level, THREAD_AREA(a4)
    li t5, UPCALL_DEPTH
    beqz \level, \no
    lbu \level, THREAD_LEVEL(a4)
    bgeu \level, t5, \no
.endm

    .section .text
    .global straight_fault, straight_resume

// a0 = flags, a1 = va, a2 = pages, a3 = rights, t1 = the registers. One page, which can be read then.
straight_resume:
    ld t0, HART_CURRENT(tp)
    ld t2, HART_SPACE(tp)
    li t3, 1                                // RESUME_UNPROT
    bne a0, t3, resume_general
    bne a2, t3, resume_general
    lbu a7, THREAD_LEVEL(t0)
    srli t3, a1, 21
    ld t5, SPACE_LEAF_TAG(t2)
    beqz a7, resume_general
    bne t3, t5, resume_general
    slli t3, a1, 52
    bnez t3, resume_general
    sltiu t3, a3, RIGHTS_ACCESS + 1
    beqz t3, resume_general
    refuse_write_only a3, t3, resume_general
    ld t6, SPACE_LEAF_INFO(t2)
    page_info a1, t6, t3, t5                // t5 = where the page's info is
    lhu t6, (t5)
    slli a4, a3, 4
    not a4, a4
    and t6, t6, a4                          // t6 = what it will be
    andi a4, t6, INFO_PRESENT
    beqz a4, resume_general
    srli a4, t6, 4
    not a4, a4
    and a4, a4, t6
    andi a4, a4, RIGHTS_ACCESS              // a4 = what is granted, and not withheld any more
    andi a5, a4, RIGHT_READ
    beqz a5, resume_general
    sh t6, (t5)
    ld t5, SPACE_LEAF(t2)
    slli t3, t3, 3
    add t5, t5, t3
    slli a4, a4, 1
    ori a4, a4, 1
    amoor.d zero, a4, (t5)
    addi a7, a7, -1
    addi t1, t1, -REGISTERS_SIZE
    sb a7, THREAD_LEVEL(t0)
    sd t1, THREAD_REGISTERS(t0)
    sd t1, HART_REGISTERS(tp)
    mv t0, t1
    j trap_load_from
resume_general:
    j sys_resume

// a0 = cause, a1 = value, a2 = pc; t0 = the registers, all saved but those that C preserves.
straight_fault:
    li t1, 15
    li a3, FAULT_WRITE
    beq a0, t1, fault_near
    li t1, 13
    li a3, FAULT_READ
    beq a0, t1, fault_near
    li t1, 8
    beq a0, t1, foreign
    li t1, 12
    li a3, FAULT_EXECUTE
    bne a0, t1, fault_general
fault_near:
    ld a4, HART_CURRENT(tp)                 // a4 = the thread
    ld t2, HART_SPACE(tp)                   // t2 = its space
    srli t3, a1, 21
    ld t5, SPACE_LEAF_TAG(t2)
    ld t6, SPACE_REGION(t2)                 // t6 = the region
    bne t3, t5, fault_far
    beqz t6, fault_far
    inside t6, a1, a5, t3, a6, fault_far    // a5 = its first address
    ld t5, THREAD_RETRY_PC(a4)
    ld t3, SPACE_LEAF_INFO(t2)
    beq t5, a2, fault_general
    page_info a1, t3, t5, a7                // t5 = index of the page in its table
    lhu a7, (a7)                            // a7 = its info
    srl t1, a7, a3
    andi t1, t1, 0x11                       // is the right granted? is it withheld?
    bnez t1, fault_withheld
    lbu t1, REGION_STRAIGHT(t6)
    srl t1, t1, a3
    andi t1, t1, 1
    beqz t1, fault_general
    ld t1, REGION_PORT(t6)                  // t1 = the pager's port
    ld a6, PORT_RECEIVERS(t1)               // a6 = link of the first receiver
    addi a0, t1, PORT_RECEIVERS
    beq a6, a0, fault_busy
    store t0, PRESERVED
    ld s0, PORT_WAITING(t1)
    addi s1, t1, PORT_WAITING
    bne s0, s1, fault_crowded               // perhaps another thread's fault on the same page
    take_first a6, a0, s0
    srli s0, t5, 6                          // a6 = the neighbours, a7 = link of the receiver
    slli s0, s0, 3
    add s0, s0, t3
    ld s3, INFO_PAGES_PRESENT(s0)
    slli s0, a3, 3
    add s0, s0, t2
    count SPACE_FAULTS, s0, s2
    count SPACE_PAGED, t2, s2
    fault_tag s4, s2
    li s0, 1 << 16
    sll s0, s0, a3
    addi s0, s0, STATE_FAULT
    mv t0, a4
    sw s0, THREAD_STATE(t0)
    mv t5, t1
    mv a7, a6
    mv a6, s3
    wait_first s1, s0, s2
    wake_receiver
    fresh_token
    ld s0, REGION_COOKIE(t6)
    ld a4, REGION_OFFSET(t6)
    srli s1, a1, 12
    slli s1, s1, 12
    sub s1, s1, a5
    add a4, a4, s1                          // a4 = offset in the pager's object
    sd s4, THREAD_TAG(t0)
    sd s0, THREAD_BADGE(t0)
    sd a1, THREAD_VA(t0)
    sd a4, THREAD_OFFSET(t0)
    sd a6, THREAD_NEIGHBOURS(t0)
    mv a5, a2                               // the pc
    ld a2, SPACE_NUMBER(t2)
    mv a3, a1
    mv a1, s4
    mv t0, s0                               // the badge
    enter a0, t2, t3
    load t3, PRESERVED
    j straight_receive

// Another table or another region than the last time. C looks for both; if there are such, they are the last ones now.
fault_far:
    addi sp, sp, -48
    sd a0, 0(sp)
    sd a1, 8(sp)
    sd a2, 16(sp)
    sd a3, 24(sp)
    sd t0, 32(sp)
    sd ra, 40(sp)
    mv a0, t2
    call fault_look
    mv t1, a0
    ld a0, 0(sp)
    ld a1, 8(sp)
    ld a2, 16(sp)
    ld a3, 24(sp)
    ld t0, 32(sp)
    ld ra, 40(sp)
    ld t4, HART_LOCK(tp)
    addi sp, sp, 48
    bnez t1, fault_near
    j fault_general
fault_crowded: load t0, PRESERVED
fault_busy: mv a0, a3
    j fault_page
fault_general:
    j trap_fault_locked

// The space itself withheld the right: into the thread's own handler.
fault_withheld:
    andi t1, t1, 0x10
    beqz t1, fault_general                  // granted: what the hart remembers is not true
    in_handler t1, fault_general
    slli t5, a3, 3
    add t5, t5, t2
    count SPACE_FAULTS, t5, t3
    ld a6, REGION_OFFSET(t6)
    srli t5, a1, 12
    slli t5, t5, 12
    sub t5, t5, a5
    add a6, a6, t5                          // a6 = offset
    ld t6, REGION_COOKIE(t6)                // t6 = badge
    j up

// A system call that is not ours: resumed behind it, where its result is wanted. a7 = its number.
foreign:
    ld a4, HART_CURRENT(tp)
    ld t2, HART_SPACE(tp)
    in_handler t1, fault_general
    ld a6, REGISTER(17)(t0)
    addi a2, a2, 4
    sd a2, REGISTER_PC(t0)
    li a1, 0
    li a3, FAULT_CALL
    li a7, 0
    li t6, 0

// a0 = cause, a1 = va, a2 = pc, a3 = access, a4 = the thread, a6 = offset, a7 = info, t0 = registers, t2 = space,
// t6 = badge, t1 = level
up:
    fault_tag t3, t5
    count SPACE_UPCALLS, t2, a0
    ld sp, THREAD_HANDLER_STACK(a4)
    beqz t1, 2f
    ld sp, REGISTER(2)(t0)
    andi sp, sp, -16
2:  ld a0, THREAD_AREA_VA(a4)
    slli a5, t1, 8
    add a0, a0, a5                          // the level, as the program sees it
    addi t1, t1, 1
    ld t5, THREAD_HANDLER(a4)
    sb t1, THREAD_LEVEL(a4)
    addi t1, t0, REGISTERS_SIZE
    sd t1, THREAD_REGISTERS(a4)
    sd t1, HART_REGISTERS(tp)
    mv a3, a1
    mv a1, t3
    mv a5, a2
    ld a2, SPACE_NUMBER(t2)
    mv a4, a6
    li a6, 0
    csrw sepc, t5
    amoswap.w.rl zero, zero, (t4)
    csrw sscratch, tp
    ld tp, REGISTER(4)(t0)
    mv t0, t6
    sret
