// SPDX-License-Identifier: MIT
// Parents, and what they hear of their children.
#pragma once

#include "records.h"

// The record of one that has ended is kept until its parent has waited for it, if it wants to.
void waiting_child_ended(struct record *child);
