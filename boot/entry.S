// SPDX-License-Identifier: MIT
// The first instructions of every hart: from the firmware, without paging, into the high half.

#include "door.S"

// The boot hart. a0 = hart id, a1 = physical address of the device tree, satp = 0.
// Code is linked in the high half and runs at its physical address: only pc-relative until the jump.
    .section .text.entry, "ax"
    .global entry
entry:
    csrw sie, zero
    csrw sscratch, zero
    rdcycle s3                      // when the firmware let go
    la t0, entry_taken
    li t1, 1
    amoswap.w.aqrl t1, t1, (t0)
    bnez t1, entry_late
    mv s0, a0
    mv s1, a1
    la sp, stacks_start + STACK_GUARD + STACK_SIZE
    mv a0, a1
    call early_map                  // a0 = satp of the early map
    la t0, entry_root
    sd a0, (t0)
    la s2, entry                    // where the image stands
    call enter_high_half
    la tp, harts
    mv a0, s0
    mv a1, s1
    mv a2, s2
    mv a3, s3
    la ra, kernel_return
    tail boot_main

// Every other hart, started by wakeup_others(). a0 = hart id, a1 = virtual address of its struct hart.
    .global entry_secondary
    .balign 4
entry_secondary:
    csrw sie, zero
    csrw sscratch, zero
    la t0, entry_root
    ld a0, (t0)
    call enter_high_half
    mv tp, a1
    ld sp, HART_STACK(tp)
    la ra, kernel_return
    tail boot_main_secondary

// A hart that was started, but came here instead: OpenSBI before 1.2 lets it go before it has noted where to.
// a0 = hart id; its struct hart is found by that.
entry_late:
    mv s0, a0
    la t0, entry_root
    ld a0, (t0)
    call enter_high_half
    la tp, harts
    li t1, HART_SIZE
1:  ld t0, HART_ID(tp)
    beq t0, s0, 2f
    add tp, tp, t1
    j 1b                            // it is there: nobody else is started
2:  ld sp, HART_STACK(tp)
    la ra, kernel_return
    tail boot_main_secondary

// Turn paging on and return to the high half's copy of the caller. a0 = satp; ra, sp = physical; both come back virtual.
// The fetch after the write to satp faults, because nothing is mapped where it stands: stvec makes that the jump.
enter_high_half:
    la t0, entry                    // t0 = where the kernel stands
    la t1, entry_linked
    ld t1, (t1)
    sub t1, t1, t0                  // t1 = from there to where it is linked
    la t0, high_half
    add t0, t0, t1
    csrw stvec, t0
    add ra, ra, t1
    add sp, sp, t1
    sfence.vma
    csrw satp, a0
    .balign 4
high_half:
    la t0, trap_entry
    csrw stvec, t0
    ret

kernel_return:
    ebreak                          // boot_main does not return: this is a panic that says so

    .section .rodata
    .balign 8
entry_linked:
    .dword entry

// The satp that a starting hart enters with: the early map's, then the kernel's own.
    .section .data
    .balign 8
    .global entry_root
entry_root:
    .dword 0
// 1 as soon as a hart has begun to boot.
entry_taken:
    .word 0

    .section .stacks, "aw", @nobits
    .balign 4096
    .skip (STACK_GUARD + STACK_SIZE) * HARTS
