// SPDX-License-Identifier: MIT
// A copy of an object's range that costs a copy of nothing but its entries.
#pragma once

#include "pager_objects.h"

enum pager_error fork_object(struct pager_object *parent, uint64_t first, const struct object_plan *plan,
                             struct pager_object **child);
