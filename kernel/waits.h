// SPDX-License-Identifier: MIT
// Who waits on whom.
#pragma once

// Print every thread that waits, for what, and the chain of those that it waits on.
void waits_print(void);
