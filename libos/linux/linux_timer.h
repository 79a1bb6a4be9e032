// SPDX-License-Identifier: MIT
// Timers of the process, which send signals when their time has come.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// The signal of this timer is no longer pending. => how often it would have come meanwhile
uint32_t timer_taken(uint32_t number);

// In a forked process, which has none of its parent's.
void timers_forked(void);
// Another program begins: the three of setitimer() stay.
void timers_forget(void);

// RLIMIT_CPU, in seconds: SIGXCPU each second from the first on, SIGKILL at the second; UINT64_MAX: none.
// => 0, or a negative error
int64_t timers_limit(uint64_t first, uint64_t last);
