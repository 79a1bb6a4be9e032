// SPDX-License-Identifier: MIT
// Between fork.c and ports.c.
#pragma once

#include <stdint.h>

// The fork is over.
void os_ports_close(uint64_t heir);
// In the child: it has no handles yet.
void os_ports_forked(void);
