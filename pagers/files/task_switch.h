// SPDX-License-Identifier: MIT
// From one stack to another.
#pragma once

#include <stdint.h>

// What a stack that is not in use has on top.
struct task_frame {
    uint64_t ra, s[12], unused; // a multiple of 16 bytes
};

// => returns when somebody switches back to what is stored in *from
void task_switch(uint64_t *from, uint64_t to);
