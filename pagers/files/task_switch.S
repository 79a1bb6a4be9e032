// SPDX-License-Identifier: MIT
// From one stack to another: struct task_frame goes to the one, and comes from the other.
        .text
        .globl task_switch
        // a0 where this stack's top is stored, a1 the other's.
task_switch:
        addi    sp, sp, -112
        sd      ra, 0(sp)
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        sd      s\n, 8 + \n * 8(sp)
        .endr
        sd      sp, 0(a0)
        mv      sp, a1
        ld      ra, 0(sp)
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        ld      s\n, 8 + \n * 8(sp)
        .endr
        addi    sp, sp, 112
        ret
