// SPDX-License-Identifier: MIT
// The door in.

#include "hart_layout.h"

// Store x1 to x31 at \offset(\base).
.macro save_all offset, base
    .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    sd x\n, \offset + 8 * (\n - 1)(\base)
    .endr
.endm

    .section .text
    .global trap_entry
    .balign 4
trap_entry:
// sscratch is 0 while the kernel runs: a trap that finds it so is the kernel's own, and ends it.
    csrrw tp, sscratch, tp
    beqz tp, trap_from_kernel
    ebreak

// sscratch = the kernel's tp, tp = 0. Nothing else is trusted: the stack may be what is broken.
trap_from_kernel:
    csrrw tp, sscratch, zero
    save_all HART_WRECK, tp
    csrr t0, sepc
    sd t0, HART_WRECK + 8 * 31(tp)
    la sp, panic_stack_top
    tail panic_trap

    .section .bss
    .balign 16
    .skip 4096
panic_stack_top:
