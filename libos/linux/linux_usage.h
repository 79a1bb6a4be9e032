// SPDX-License-Identifier: MIT
// How long processors were used, in ticks of the machine's clock: the time that threads did not wait.
#pragma once

#include <stdint.h>

struct linux_thread;

uint64_t usage_of_thread(const struct linux_thread *thread);
uint64_t usage_of_process(void);
// Of a thread by its number. => 0: it is not there
uint64_t usage_of_number(uint32_t number);

// A thread ends: what it used stays the process's. The lock of threads is held.
void usage_end(const struct linux_thread *thread);
void usage_forked(void);
