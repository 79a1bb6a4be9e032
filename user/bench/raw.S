// SPDX-License-Identifier: MIT
// The shortest handlers there are.
        .text
        .globl bench_skip
        // a0 the level: go on after the interrupted instruction, which has four bytes.
bench_skip:
        ld      a1, 31 * 8(a0)
        addi    a1, a1, 4
        sd      a1, 31 * 8(a0)
        li      a0, 0
        li      a7, ~31 // CALL_resume
        ecall

        .globl bench_resume
        // Go on: behind a foreign system call.
bench_resume:
        li      a0, 0
        li      a7, ~31
        ecall

        .globl bench_unprot
        // a3 the address: read and write it again.
bench_unprot:
        mv      a1, a3
        li      a0, 1 // RESUME_UNPROT
        li      a2, 1
        li      a3, 3 // RIGHT_READ | RIGHT_WRITE
        li      a7, ~31
        ecall
