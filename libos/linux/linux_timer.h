// SPDX-License-Identifier: MIT
// Timers of the process, which send signals when their time has come.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "linux_time.h"

struct linux_setting {
    struct linux_time interval, value;
};

bool setting_is_valid(const struct linux_setting *setting);

// ---- timers that nobody is sent a signal of ----

// => its number, or a negative error
int64_t timer_make(int clock);
void timer_drop(uint32_t number);
// => 0, or a negative error
int64_t timer_set(uint32_t number, const struct linux_setting *setting, bool absolute, struct linux_setting *before);
struct linux_setting timer_setting(uint32_t number);
// How often it has come since that was asked with `take`. With `listen` threads are woken when it comes next.
uint64_t timer_come(uint32_t number, bool take, bool listen);

// ---- all ----

// The signal of this timer is no longer pending. => how often it would have come meanwhile
uint32_t timer_taken(uint32_t number);

// In a forked process, which has none of its parent's.
void timers_forked(void);
// Another program begins: the three of setitimer() stay.
void timers_forget(void);

// RLIMIT_CPU, in seconds: SIGXCPU each second from the first on, SIGKILL at the second; UINT64_MAX: none.
// => 0, or a negative error
int64_t timers_limit(uint64_t first, uint64_t last);
