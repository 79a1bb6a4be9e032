// SPDX-License-Identifier: MIT
// $(( )): integers of 64 bits, C's operators and assignments. Nothing overflows: values wrap.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// => false: *error says why
bool arithmetic(const char *text, int64_t *value, const char **error);
