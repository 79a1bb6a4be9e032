// SPDX-License-Identifier: MIT
// What assembler and C must agree on about harts and registers; hart.c asserts the offsets.
#pragma once

#define HARTS       8
#define STACK_GUARD 4096
#define STACK_SIZE  8192

#define HART_STACK 0
#define HART_WRECK 8
