// SPDX-License-Identifier: MIT
// The firmware's services that only booting needs.
#include "firmware.h"

#include <stddef.h>

#include "sbi.h"

enum {
    BASE_PROBE = 3,
};

const char *firmware_missing(void) {
    static const struct {
        uint64_t extension;
        const char *sentence;
    } needs[] = {
        {SBI_TIMER, "the firmware has no timer extension (TIME): start with OpenSBI 0.9 or later"},
        {SBI_INTERRUPT, "the firmware has no interrupts between harts (sPI): start with OpenSBI 0.9 or later"},
        {SBI_FENCE, "the firmware has no remote fences (RFNC): start with OpenSBI 0.9 or later"},
        {SBI_HARTS, "the firmware cannot start harts (HSM): start with OpenSBI 0.9 or later"},
        {SBI_RESET, "the firmware cannot shut down (SRST): start with OpenSBI 0.9 or later"},
    };
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
        if (sbi_call(SBI_BASE, BASE_PROBE, needs[i].extension, 0, 0, 0).value == 0) return needs[i].sentence;
    }
    return NULL;
}

bool firmware_start_hart(uint64_t hart_id, uint64_t entry, uint64_t argument) {
    return sbi_call(SBI_HARTS, 0, hart_id, entry, argument, 0).error == 0;
}
