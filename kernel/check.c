// SPDX-License-Identifier: MIT
// The proof that the kernel's tables agree with each other.
#include "check.h"

#include <stddef.h>

#include "frame.h"
#include "map.h"
#include "pte.h"
#include "window.h"

static const char *check_window(void) {
    for (uint64_t offset = 0; offset < (uint64_t)(kernel_end - kernel_start); offset += PAGE_SIZE) {
        uint64_t window = map_lookup(KERNEL_WINDOW + offset);
        if ((window & PTE_RWX) != window_rights(offset) || (window & PTE_U) != 0)
            return "a page of the kernel's window has other rights than its section";
        if (window_rights(offset) == 0) continue;
        uint64_t alias = map_lookup(DIRECT_BASE + pte_pa(window).bits);
        if ((alias & PTE_RWX) != (window_rights(offset) & ~PTE_X))
            return "the direct map shows the kernel's image with other rights than the window";
    }
    return NULL;
}

const char *kernel_check(void) {
    const char *wrong = frame_check();
    return wrong != NULL ? wrong : check_window();
}
