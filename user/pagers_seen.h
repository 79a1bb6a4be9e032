// SPDX-License-Identifier: MIT
// The pagers of this system, and their objects, as far as this program may see them.
#pragma once

#include <os/pager_protocol.h>
#include <stdbool.h>
#include <stdint.h>

// The servers that host kinds, one after the other. => false: there is none of this number
bool pagers_name(unsigned number, char *text);

// => a handle of the pager, 0: it is not there. *all: it shows the objects of everybody, else one's own
uint64_t pagers_find(const char *name, bool *all);

// The object after this one, 0: the first. => 0: there is none
uint64_t pagers_next(uint64_t pager, uint64_t cookie);
