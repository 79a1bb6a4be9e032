// SPDX-License-Identifier: MIT
// Verdicts: what a pager, or a server, answers.
#pragma once

#include "region.h"

// goes_on: who can go on now, and is in no queue; NULL: nobody, or it has been seen to. => a status, or MISUSED
uint64_t verdict_give(struct thread *pager, uint64_t token, uint64_t tag, uint64_t word[5], struct thread **goes_on);

// MAP of the one page that faulted, from a page of the current thread's space, where straight.S found all in order but
// that another page is there, or some right withheld. => false: nothing was done, and verdict_give() is to be asked
bool verdict_map_straight(const struct thread *client, uint64_t from, uint64_t va, uint64_t rights);
