// SPDX-License-Identifier: MIT
// Faults that are answered later.
#pragma once

#include <os/pager.h>

void parked_start(void);
// The fault that was put off last, by pager_later(). => false: no room
bool parked_add(uint64_t token, uint64_t va);
// Not before something has come from the backing store, or gone there: the same fault is asked again then.
struct pager_verdict parked_wait(struct pager_object *object, uint64_t page, uint64_t label);
// That is so.
void parked_for_store(void);
// The object is no more: who waits for its pages is told.
void parked_end(uint64_t cookie);
