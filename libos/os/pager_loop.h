// SPDX-License-Identifier: MIT
// From a message to an answer.
#pragma once

#include <os/pager.h>

// What a fault message comes to: the answer is in `fault`.
enum pager_case loop_resolve(const struct message *message, struct pager_fault *fault);
// Give it.
void loop_answer(const struct message *message, enum pager_case what, struct pager_fault *fault);

// => NULL: no kind of this name
const struct pager_ops *loop_kind(uint64_t name);
// Faults that were out of memory.
uint64_t loop_refused(void);
