// SPDX-License-Identifier: MIT
// The straight ways: what is done most, from door to door, with the words of a message in the registers they came in.
//
//   call         to a server that waits                                      straight_call
//   reply_recv   REPLY to the caller that waits first; MAP of the page that  straight_reply
//                faulted, over nothing, over itself, or over another
//   fault        to a pager that waits, or to one's own handler              straight_fault (straight_fault.S)
//   resume       with unprot of one page                                     straight_resume (there too)
//
// Each first looks whether all is as it is most of the time, and touches nothing; else it leaves to C (the labels
// _general), which finds the registers as they were. After the last branch to _general nothing can be refused.
// While events are traced, or the thread's floating-point registers are in use, the doors go to C at once.
//
// Everywhere: tp = this hart, locked, t4 = the lock; what is handed to user space in t2 to t6 is addresses of kernel
// objects, or what the thread itself left there.

#include "door.S"

.set NOT_STRAIGHT, 0xff | TAG_HANDLE | TAG_TEXT
.set STATE_CALL, THREAD_WAITING | ERRAND_CALL << 8 // state, errand and wanted in one word
.set PTE_VUA, 0x51

.macro no_ceiling
    slli s9, s9, 64 - INFO_CEILING_SHIFT; srli s9, s9, 64 - INFO_CEILING_SHIFT
.endm

// s9 = info of a page, so far without ceiling, that is granted with the rights a5 by a pager whose own has the info s5.
.macro new_info
    slli s5, s5, INFO_CEILING_SHIFT         // what it can be raised to; what is above does not fit into an info
    or s9, s9, a5; or s9, s9, s5
.endm

// s5 = its entry, less the frame: s0 = the right that was wanted.
.macro new_entry
    slli s5, a5, 1                          // RIGHT_SHARE becomes PTE_U, which is there anyway
    andi s0, s0, RIGHT_WRITE; slli s0, s0, 6 // D, if it is to be written
    or s5, s5, s0; ori s5, s5, PTE_VUA
.endm

// \by more references for the frame of the \entry; in the frame table. => \at = where, \left = how many
.macro refer entry, by, table, at, left
    srli \at, \entry, 6; add \at, \at, \table
    lw \left, (\at); addiw \left, \left, \by
.endm

// The client, with the link a7, goes on, and the server t0 waits for what comes next. => \registers of the client
.macro swap registers
    addi a0, a7, -THREAD_LINK
    take_first a7, t6, s0
    addi t6, t5, PORT_RECEIVERS; ld s0, (t6)
    wait_first t0, t5, t6, s0, s1
    li s0, THREAD_RECEIVING; sb s0, THREAD_STATE(t0)
    lbu s1, THREAD_PRIORITY(t0); sb s1, THREAD_RUNNING_AT(t0)
    sb zero, THREAD_STATE(a0)
    enter a0, t2, \registers
.endm

    .section .text
    .global straight_call, straight_reply

// a0 = handle, a1 = tag, a2 to a6 = words, t1 = the caller's registers.
straight_call:
    ld t2, HART_SPACE(tp)                   // t2 = the caller's space
    near_handle a0, HANDLE_CALLABLE, call_general // t3 = the handle, t5 = the port
    andi t6, a1, NOT_STRAIGHT; bnez t6, call_general
    ld t0, HART_CURRENT(tp)                 // t0 = the caller
    ld a7, PORT_RECEIVERS(t5); addi t6, t5, PORT_RECEIVERS // a7 = link of the first receiver
    beq a7, t6, call_general                // also when it is dead
    store t1, PRESERVED
    take_first a7, t6, s0
    addi t6, t5, PORT_WAITING; ld s0, (t6)
    wait_first t0, t5, t6, s0, s1
    li s0, STATE_CALL; sw s0, THREAD_STATE(t0)
    count SPACE_MESSAGES, t2, s0
    addi a0, a7, -THREAD_LINK               // a0 = the receiver
    wake a0, t0, s0, s1
    fresh_token t0, s0
    ld t0, HANDLE_BADGE(t3)
    enter a0, t2, t1
    load t1, PRESERVED
    receive
call_general:
    j sys_call

// a0 = token, a1 = tag, a2 to a6 = words, HART_T0 = handle of the port, t1 = the server's registers.
straight_reply:
    ld t0, HART_T0(tp)
    ld t2, HART_SPACE(tp)                   // t2 = the server's space
    near_handle t0, HANDLE_RECEIVABLE, reply_general // t5 = the port
    lbu t0, PORT_BUSY(t5); bnez t0, reply_general
    ld a7, PORT_WAITING(t5); addi t6, t5, PORT_WAITING // a7 = link of the client that waits first in the list t6
    beq a7, t6, reply_general
    ld t3, THREAD_TOKEN - THREAD_LINK(a7); bne t3, a0, reply_general
    lw t0, schedule_occupied; bnez t0, reply_general // somebody is ready: perhaps more urgent
    ld t0, HART_CURRENT(tp)                 // t0 = the server
    andi t3, a1, NOT_STRAIGHT; bnez t3, straight_map
    lbu t3, THREAD_STATE + 1 - THREAD_LINK(a7); bnez t3, reply_general // not a call
    store t1, PRESERVED
    swap t1
    load t1, PRESERVED
    li a7, 0; li t0, 0
    receive
reply_general:
    j sys_reply_recv

// a1 = a verdict: MAP? a2 = from, a3 = va, a4 = pages, a5 = rights; a7 = link of the client. s registers are scratch.
straight_map:
    li t3, VERDICT_MAP; bne a1, t3, reply_general
    store t1, PRESERVED
    lbu s0, THREAD_WANTED - THREAD_LINK(a7) // s0 = the right that it wants; 0: its fault did not go straight
    and s2, s0, a5; beqz s2, map_general
    bne a4, a1, map_general                 // one page
    ld s1, THREAD_PAGE - THREAD_LINK(a7); bne s1, a3, map_general // that which faulted
    slli s3, a2, 52; bnez s3, map_general
    ld s3, THREAD_SPACE - THREAD_LINK(a7)                 // s3 = the client's space
    ld s4, SPACE_REGION(s3)
    inside s4, a3, s5, s6, map_general
    lbu s7, REGION_STRAIGHT(s4); or s5, s7, a5; bne s5, s7, map_general // more than the region allows
    andi s5, a5, RIGHT_READ; beqz s5, map_general
    srli s6, a2, 21; ld s5, SPACE_LEAF_TAG(t2); bne s5, s6, map_other
    srli s8, a3, 21; ld s7, SPACE_LEAF_TAG(s3); bne s7, s8, map_other
    ld s5, SPACE_LEAF_INFO(t2)
    page_info a2, s5, s4, s6
    lhu s5, (s6)                            // s5 = info of the page that is given
    ori s6, a5, RIGHT_SHARE; and s8, s5, s6; bne s8, s6, map_general // what the server has, and it may share it
    slli s6, s5, 63 - INFO_DEVICE_BIT; bltz s6, map_general
    ld s6, SPACE_LEAF(t2); slli s4, s4, 3; add s6, s6, s4
    ld s6, (s6); andi s6, s6, ~0x3ff        // s6 = its entry, less all bits: the frame
    ld s7, SPACE_LEAF_INFO(s3)
    page_info a3, s7, s2, s8                // s2 = index of the page, s8 = where its info is
    lhu s9, (s8)                            // s9 = its info
    ld s10, SPACE_LEAF(s3); slli s11, s2, 3; add s10, s10, s11 // s10 = its entry
    andi s4, s9, 0xf0; bnez s4, map_again   // present, or withheld
    ld s1, frame_table
    refer s6, 1, s1, s4, s11
    sw s11, (s4)
    srli s4, s2, 6; slli s4, s4, 3; add s7, s7, s4
    ld s4, INFO_PAGES_PRESENT(s7); li s11, 1; sll s11, s11, s2; or s4, s4, s11; sd s4, INFO_PAGES_PRESENT(s7)
    new_info
    ori s9, s9, INFO_PRESENT; sh s9, (s8)
    new_entry
    or s5, s5, s6; sd s5, (s10)
map_done:
    swap t0
    load t0, PRESERVED
    amoswap.w.rl zero, zero, (t4)
    leave

// The page is there: the same frame, with more rights than before?
map_again:
    addi s11, s9, -INFO_PRESENT; andi s11, s11, 0xf0; bnez s11, map_other // something is withheld
    ld s4, (s10); andi s1, s4, ~0x3ff; bne s1, s6, map_over
    andi s4, s9, RIGHTS_PAGE; not s11, a5; and s11, s11, s4; bnez s11, map_other // some right goes
    no_ceiling
    new_info
    sh s9, (s8)
    new_entry
    amoor.d zero, s5, (s10)                 // no fence: who remembers less faults once more
    j map_done

// Another frame in its place, that of s1. No other hart remembers the page, and others use the old frame.
map_over:
    ld s11, SPACE_STALE(s3); ld s7, HART_OTHERS(tp); bne s11, s7, map_other
    slli s4, s9, 63 - INFO_DEVICE_BIT; bltz s4, map_other
    ld s7, frame_table
    refer s1, -1, s7, s11, s4
    beqz s4, map_other
    sw s4, (s11)
    refer s6, 1, s7, s11, s4
    sw s4, (s11)
    andi s9, s9, ~RIGHTS_PAGE
    no_ceiling
    new_info
    new_entry
    or s5, s5, s6; amoswap.d s4, s5, (s10)
    andi s4, s4, 0xc0; slli s5, s4, 2; or s9, s9, s5; slli s5, s4, 4; or s9, s9, s5 // A and D, for both sides
    sh s9, (s8)
    count SPACE_SHOOTDOWNS, s3, s5
    sfence.vma a3                           // in all spaces: it costs more to say in which
    j map_done

// What remains: another table than the ones used last, part of the page withheld, other harts. C needs the words again
// if it says no.
map_other:
    srli s6, a2, 38; bnez s6, map_general   // above USER_END
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7
    mv s\n, a\n
    .endr
    mv s8, ra; addi a0, a7, -THREAD_LINK; mv a1, s2; mv a2, s3; mv a3, s5
    call verdict_map_straight               // a0 = 1: done
    mv ra, s8; mv a7, s7; ld t5, THREAD_PORT - THREAD_LINK(a7); addi t6, t5, PORT_WAITING
    ld t0, HART_CURRENT(tp); ld t2, HART_SPACE(tp); ld t4, HART_LOCK(tp)
    bnez a0, map_done
    .irp n, 0, 1, 2, 3, 4, 5, 6
    mv a\n, s\n
    .endr
map_general:
    ld t1, HART_REGISTERS(tp)
    load t1, PRESERVED
    j sys_reply_recv
