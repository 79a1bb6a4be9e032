// SPDX-License-Identifier: MIT
// System calls of the upcall.
#include "region.h"
#include "system_calls.h"

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
    thread->level--;
    hart_here()->registers = --thread->registers;
    hart_here()->next = thread;
    return result(STATUS_OK, 0);
}

sys_result sys_upcall(uint64_t entry, uint64_t stack, uint64_t area) {
    struct thread *thread = thread_current();
    struct upcall_registers *old = thread->area;
    const struct region *region = region_find(thread->space, area);
    struct slot slot;
    if (!pages_are_valid(area, 1)) return result(MISUSED, 0);
    // To be pinned, it is a page that the space has to write and that no pager can take back.
    if (region == NULL || region->port != NULL || !table_find(thread->space, area, &slot) || slot.level != 0 ||
        (*slot_info(&slot) & (INFO_PRESENT | INFO_DEVICE | RIGHT_WRITE)) != (INFO_PRESENT | RIGHT_WRITE))
        return result(STATUS_ABSENT, 0);
    frame_at(pte_pa(*slot.pte))->references++;
    thread->handler = entry;
    thread->handler_stack = stack;
    thread->area_va = area;
    thread->area = direct(pte_pa(*slot.pte));
    thread->area[0] = *thread->registers;
    thread->level = 0;
    thread->registers = hart_here()->registers = thread->area;
    if (old != NULL) page_drop_all(pa_of(old), 1);
    return result(STATUS_OK, 0);
}
