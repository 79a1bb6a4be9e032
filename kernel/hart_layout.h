// SPDX-License-Identifier: MIT
// What assembler and C must agree on; hart.c asserts it.
#pragma once

#define HARTS       8
#define STACK_GUARD 4096
#define STACK_SIZE  8192

// struct hart
#define HART_STACK     0
#define HART_CURRENT   8
#define HART_REGISTERS 16
#define HART_NEXT      24
#define HART_T0        32
#define HART_LOCK      40
#define HART_CALLS     48
#define HART_SPACE     56
#define HART_BIT       64
#define HART_WRECK     72
#define HART_ID        328
#define HART_SIZE      408

// struct thread
#define THREAD_REGISTERS 0
#define THREAD_SPACE     8

// struct space
#define SPACE_SATP     24
#define SPACE_STALE    32
#define SPACE_SWITCHES 40

// struct upcall_registers: x1 to x31, pc
#define REGISTER(n) (8 * ((n)-1))
#define REGISTER_PC 248

#define CAUSE_SYSTEM_CALL 8
