// SPDX-License-Identifier: MIT
// The harts: numbered, then started.
#pragma once

#include "types.h"

struct machine;

// Number the harts and give them their stacks; the one that runs this becomes harts[0].
void wakeup_prepare(const struct machine *machine, uint64_t boot_id, struct pa image);
// Start the others, with the kernel's image standing at `image`, and wait until they are online. => NULL, or a sentence
const char *wakeup_others(struct pa image);
