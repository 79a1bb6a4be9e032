// SPDX-License-Identifier: MIT
// The firmware's services that only booting needs.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Does the firmware offer all that the kernel needs? => NULL, or a sentence that says what is missing
const char *firmware_missing(void);
// => false when the firmware refuses
bool firmware_start_hart(uint64_t hart_id, uint64_t entry, uint64_t argument);
