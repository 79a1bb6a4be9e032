// SPDX-License-Identifier: MIT
// The harts of the device tree: what machine_read() gathers about them on its walk.
#pragma once

#include "devicetree.h"
#include "machine.h"

struct harts {
    uint32_t present, usable;           // of those that are enabled
    uint32_t current;                   // the machine's hart whose children come next
    uint32_t controller[MACHINE_HARTS]; // phandle of the hart's own interrupt controller; 0: none
    bool sstc_missing;                  // on some usable hart
};

// Reads /cpus or a node below it.
const char *harts_read(struct harts *harts, struct machine *machine, const struct devicetree_walk *walk);

// After the walk: is there a number of harts that Pagoda can run?
const char *harts_check(const struct harts *harts, struct machine *machine);

// Finds the context of every hart in the interrupt controller. Comes after harts_check().
const char *harts_connect(const struct harts *harts, struct machine *machine, const struct devicetree *tree,
                          const struct devicetree_node *controller);
