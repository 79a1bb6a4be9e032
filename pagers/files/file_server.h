// SPDX-License-Identifier: MIT
// The file server's events.
#pragma once

#include <stdint.h>

// Bits of the server's port were set: by the disk, a timer, or who wants it to end.
void server_wake(uint64_t bits);
