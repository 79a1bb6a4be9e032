// SPDX-License-Identifier: MIT
// Deadlines of faults, and timers of ports: one tree, ordered by time.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tree.h"

struct hart;

struct deadline {
    struct tree_node node; // key: when
    void (*serve)(struct deadline *deadline);
    bool armed;
};

// Call `serve` at `when`, unless it is cancelled before.
void deadline_set(struct deadline *deadline, uint64_t when, void (*serve)(struct deadline *deadline));
void deadline_cancel(struct deadline *deadline);
// Let this hart be woken for the end of its slice, or the first deadline, whichever is sooner.
void deadline_arm(struct hart *hart);
// Serve what is due: a bounded number.
void deadline_serve(void);
