# SPDX-License-Identifier: MIT
# The numbers of linux_large.c, as the build wrote them.
    .section .rodata
    .globl numbers
    .balign 4096
numbers:
    .incbin "linux_numbers.bin"
    .section .note.GNU-stack, "", %progbits
