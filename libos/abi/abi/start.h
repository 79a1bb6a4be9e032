// SPDX-License-Identifier: MIT
// What the first program finds: it is the file `init` of the boot image, a static ELF executable linked in its region.
// Its first thread starts with a0 = START_MESSAGE_PAGE, a1 = START_IMAGE, a2 = size of the boot image in bytes,
// a3 = ticks of the clock (`time`) in a second.
// Its handles are HANDLE_SELF and HANDLE_MACHINE (<abi/rights.h>); its quota is all the memory there is; its rank 0.
#pragma once

#include <stdint.h>

#define START_BASE         0x00010000ul // one region, its own to manage: program, stack, message page, and room
#define START_END          0x10000000ul
#define START_MESSAGE_PAGE 0x0fff0000ul
#define START_STACK_TOP    0x0ff00000ul
#define START_STACK_PAGES  16ul
#define START_IMAGE        0x10000000ul // the boot image, read-only, with the right to share
#define START_DEVICES      0x3f000000ul // a region of its own: a page with a struct start_devices, to be read; then devices

struct start_device {
    char kind[24];      // "virtio-mmio", "uart-16550", "goldfish-rtc"
    uint64_t va;        // of its registers, to be read and written, with the right to share; 0: they cannot be given,
                        // because another device's are in the same page
    uint64_t size;      // of them, in bytes
    uint64_t interrupt; // its source, for the call `interrupt`; 0: none
};

enum { START_DEVICES_MOST = 32 };

struct start_devices {
    uint64_t count;
    uint64_t harts;
    struct start_device device[START_DEVICES_MOST]; // by ascending address
};

_Static_assert(sizeof(struct start_devices) <= 4096, "a page");
