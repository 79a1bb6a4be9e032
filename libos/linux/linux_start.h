// SPDX-License-Identifier: MIT
// How a program of Linux's begins.
#pragma once

#include <abi/message.h>
#include <stdint.h>

#include "linux_image.h"
#include "linux_user.h"

#define LINUX_STACK UINT64_C(0x800000) // bytes, all of it reserved

#define LINUX_STACK_TOP (LINUX_END - 0x100000)

// Where its words are on its stack, one behind the other, and what it was told of the system.
struct linux_words {
    uint64_t arguments, environment, end;
    uint64_t vector[2 * 24], vector_size; // bytes
};
extern struct linux_words linux_words;

enum { LINUX_WORDS = 4096 }; // that a program is given, environment and all

// Maps what load_open() opened, and a stack with these words; then those of its environment, which follow. Nothing else
// is mapped. => error 0: `start` is what its first thread begins with
struct linux_refusal start_program(const char *file, const char *const *word, uint64_t count, uint64_t environment,
                                   struct upcall_registers *start);

extern uint32_t linux_parent; // the parent's number
