// SPDX-License-Identifier: MIT
// System calls of the upcall.
#include "extent.h"
#include "region.h"
#include "system_calls.h"
#include "upcall.h"

sys_result sys_resume(uint64_t flags, uint64_t va, uint64_t pages, uint64_t rights) {
    struct thread *thread = thread_current();
    struct extent extent = {.space = thread->space, .va = va, .pages = pages, .own = true};
    if (thread->level == 0 || flags > RESUME_UNPROT) return result(MISUSED, 0);
    if (flags == RESUME_UNPROT) {
        if (!pages_are_valid(va, pages) || pages > PAGES_PER_CALL || !rights_are_valid(rights, RIGHTS_ACCESS))
            return result(MISUSED, 0);
        enum status status = extent_work(&extent, CALL_unprot, rights);
        if (status != STATUS_OK) return result(status, extent.done);
    }
    upcall_leave(thread);
    hart_here()->next = thread;
    return result(STATUS_OK, 0);
}

// The page at va, if the space has it to write and no pager can take it back: it is to be pinned.
static bool find_pinnable(struct space *space, uint64_t va, struct pa *at) {
    const struct region *region = region_find(space, va);
    struct slot slot;
    if (region == NULL || region->port != NULL || !table_find_fast(space, va, &slot) || slot.level != 0) return false;
    uint16_t info = *slot_info(&slot);
    at->bits = pte_pa(*slot.pte).bits;
    return (info & (INFO_PRESENT | INFO_DEVICE)) == INFO_PRESENT && (info_granted(info) & RIGHT_WRITE) != 0;
}

sys_result sys_upcall(uint64_t entry, uint64_t stack, uint64_t area) {
    struct thread *thread = thread_current();
    struct pa at;
    if (!pages_are_valid(area, 1)) return result(MISUSED, 0);
    if (!find_pinnable(thread->space, area, &at)) return result(STATUS_ABSENT, 0);
    upcall_register(thread, entry, stack, area, at);
    return result(STATUS_OK, 0);
}
