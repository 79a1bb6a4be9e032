// SPDX-License-Identifier: MIT
// What the first program finds: it is the file `init` of the boot image, a static ELF executable linked in its region.
// Its first thread starts with a0 = START_MESSAGE_PAGE, a1 = START_IMAGE, a2 = size of the boot image in bytes,
// a3 = ticks of the clock (`time`) in a second.
// Its handles are HANDLE_SELF and HANDLE_MACHINE (<abi/rights.h>); its quota is all the memory there is; its rank 0.
#pragma once

#define START_BASE         0x00010000ul // one region, its own to manage: program, stack, message page, and room
#define START_END          0x10000000ul
#define START_MESSAGE_PAGE 0x0fff0000ul
#define START_STACK_TOP    0x0ff00000ul
#define START_STACK_PAGES  16ul
#define START_IMAGE        0x10000000ul // the boot image, read-only, with the right to share
