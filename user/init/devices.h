// SPDX-License-Identifier: MIT
// Devices that a ward drives: given to it, and silenced before its memory is anybody else's.
#pragma once

#include "ward.h"

// Seconds since 1970, when the machine's clock was at 0. => 0: no device tells
uint64_t devices_seconds(void);
uint32_t devices_harts(void);

// Those of the kind ward->device: into its space, and into its start block. => a status
uint64_t devices_give(struct ward *ward);

// Takes them away, and makes them forget what they were told: from then on they touch no memory.
void devices_silence(const struct ward *ward);
