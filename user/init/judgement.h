// SPDX-License-Identifier: MIT
// Whether what a description says can be: names, ranks, quotas held against each other and against the machine.
#pragma once

#include "description.h"

// Fills in what was left out: ranks, what a program does not say itself.
// => false, and the error
bool description_judge(struct description *description, const struct description_machine *machine,
                       struct description_error *error);

// => false
__attribute__((format(printf, 3, 4))) bool description_refuse(struct description_error *error,
                                                              struct description_place place, const char *text, ...);
