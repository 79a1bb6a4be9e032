// SPDX-License-Identifier: MIT
// Pages for what is on its way in pipes. Each pipe is sure of one.
#pragma once

#include <stdbool.h>
#include <stdint.h>

void pages_begin(void);

// One more pipe. => false: there is no page for it
bool pages_promise(void);
void pages_release(void);

// => how many more can be had, beyond those that were promised
uint64_t pages_left(void);
// A page; `first`: the one that was promised. => 0: there is none
uint64_t pages_take(bool first);
void pages_give(uint64_t page, bool first);
