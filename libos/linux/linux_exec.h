// SPDX-License-Identifier: MIT
// execve: another program in the same process.
#pragma once

#include <stdint.h>

// A thread is at it; others that try are told EAGAIN.
extern uint32_t linux_exec_busy;

// From the entry, as execve(path, words, environment): all registers are in the level, and become another program's.
void linux_exec(uint64_t at, uint64_t list, uint64_t environment);
