// SPDX-License-Identifier: MIT
// The parts of this program that pagers serve, and other objects that a fork copies.
#pragma once

#include <abi/call.h>
#include <os/attach.h>
#include <os/start_block.h>
#include <stdbool.h>
#include <stdint.h>

// => NULL: the part is wired, or there is none
const struct os_object *os_part(enum os_part part);

// Makes the heap so many pages larger, or smaller: what it loses is given back.
// => where it ended before, STATUS_NO_MEMORY: it would be larger than the system description allows, or there is none
struct result os_heap_grow(int64_t pages);

// A fork copies this object too; it stays where it is. `name`: for os_lookup(). => false: there are too many
bool os_inherit(struct os_object *object, const char *name);
// Not any more.
void os_disinherit(const struct os_object *object);
