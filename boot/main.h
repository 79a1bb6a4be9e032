// SPDX-License-Identifier: MIT
// Where the harts come in from boot/entry.S.
#pragma once

#include "types.h"

// kernel: where the image stands; first_cycle: when the firmware let go
_Noreturn void boot_main(uint64_t hart_id, uint64_t tree, struct pa kernel, uint64_t first_cycle);
_Noreturn void boot_main_secondary(void);
