// SPDX-License-Identifier: MIT
// How a program of Linux's begins.
#pragma once

#include <abi/message.h>
#include <stdint.h>

#include "linux_image.h"

#define LINUX_STACK UINT64_C(0x800000) // bytes, all of it reserved

enum { LINUX_WORDS = 4096 }; // that a program is given, environment and all

// Maps what load_open() opened, and a stack with these words; then those of its environment, which follow. Nothing else
// is mapped. => error 0: `start` is what its first thread begins with
struct linux_refusal start_program(const char *file, const char *const *word, uint64_t count, uint64_t environment,
                                   struct upcall_registers *start);

extern uint32_t linux_parent; // the parent's number
