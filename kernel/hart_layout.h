// SPDX-License-Identifier: MIT
// What assembler and C must agree on; hart.c asserts it. Offsets are in layout.def.
#pragma once

#define HARTS       8
#define STACK_GUARD 4096
#define STACK_SIZE  8192
#define HART_SIZE   408

// struct upcall_registers: x1 to x31, pc
#define REGISTER(n)    (8 * ((n)-1))
#define REGISTERS_SIZE 256

#define CAUSE_SYSTEM_CALL 8
