// SPDX-License-Identifier: MIT
// What init says on the console.
#pragma once

#include "ward.h"

// What runs, who serves what, how to end.
void report_begin(const struct description *description);

void report_refusal(const struct description_error *error);

// A fault of a ward that nobody handled.
void report_fault(const struct ward *ward, const struct message *message);

// How what runs under this command, or name, has ended.
void report_end(const char *command, const struct ward *ward);
