// SPDX-License-Identifier: MIT
// mremap: in place, or elsewhere. What moves is not copied: the pager makes the pages the new place's.
#include <os/attach.h>
#include <os/stubs.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_grid.h"
#include "linux_memory.h"

#define MAY_MOVE   1u
#define FIXED      2u
#define DONT_UNMAP 4u

static uint64_t least(uint64_t one, uint64_t other) { return one < other ? one : other; }

// The pages of one area at `from`, as an object for `to`.
static bool copy_object(const struct linux_area *area, uint64_t from, uint64_t end, uint64_t to,
                        struct linux_backing *copy) {
    const struct linux_backing *backing = area->backing;
    if (backing == NULL) return grid_copy(from, end, to, copy);
    uint64_t pages = (end - from) / PAGE, first = (from - backing->va) / PAGE;
    const uint64_t word[5] = {backing->cookie, os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value, to,
                              first | pages << PAGER_SECOND_SHIFT, 0};
    *copy = (struct linux_backing){.pager = backing->pager, .va = to, .pages = pages};
    return os_pager_ask(backing->pager, PAGER_CALL_fork, word, &copy->cookie) == PAGER_OK;
}

// What was touched of [from, end), which is in one area, is at `to` from now on too. => 0, or a negative error
static int64_t move_area(const struct linux_area *area, uint64_t from, uint64_t end, uint64_t to) {
    const uint64_t piece = UINT64_C(0x10000000); // of the grid
    while (from < end) {
        uint64_t part = area->backing == NULL ? least(end, (from / piece + 1) * piece) : end;
        uint64_t protection = area->protection, pages = (part - from) / PAGE;
        struct linux_backing copy;
        bool touched = area->backing != NULL;
        for (uint64_t at = from; at < part && !touched; at += PAGE) touched = grid_is_populated(at);
        if (touched && !copy_object(area, from, part, to, &copy)) return -ENOMEM;
        int64_t error = touched ? memory_map_object(to, pages, protection, &copy)
                                : memory_map(to, pages, protection, area->is_shared);
        if (error != 0) return error;
        for (uint64_t at = from, run; area->differs && at < part; at = run) {
            run = area_run(area, at, part);
            uint64_t own = area_protection(area, at);
            if (own == protection) continue;
            area_protect(area_find(to + (at - from)), to + (at - from), to + (run - from), own);
            if (!pages_protect(to + (at - from), to + (run - from), protection, protection, own)) return -ENOMEM;
        }
        to += part - from;
        from = part;
    }
    return 0;
}

static int64_t move(const struct linux_area *area, uint64_t old, uint64_t old_size, uint64_t to, uint64_t new_size,
                    uint64_t flags) {
    uint64_t protection = area_protection(area, old), moved = least(old_size, new_size);
    bool is_shared = area->is_shared;
    int64_t error = area_room(3) ? move_area(area, old, old + moved, to) : -ENOMEM;
    if (error == 0 && new_size > moved)
        error = memory_map(to + moved, (new_size - moved) / PAGE, protection, is_shared);
    if (error != 0) {
        memory_unmap(to, to + new_size);
        return error;
    }
    if ((flags & DONT_UNMAP) != 0)
        grid_discard(old, old + old_size, false);
    else
        memory_unmap(old, old + old_size);
    return (int64_t)to;
}

static int64_t grow(const struct linux_area *area, uint64_t old, uint64_t old_size, uint64_t new_size, uint64_t flags) {
    const struct linux_area *next = area_next(area);
    uint64_t end = old + old_size, new_end = old + new_size;
    if (area->backing == NULL && area_end(area) == end && user_is_range(old, new_size) &&
        (next == NULL || area_start(next) >= new_end)) {
        uint64_t protection = area->protection;
        int64_t error = memory_map(end, (new_end - end) / PAGE, protection, area->is_shared);
        return error == 0 ? (int64_t)old : error;
    }
    if ((flags & MAY_MOVE) == 0) return -ENOMEM;
    uint64_t to = area_place(0, new_size);
    return to == 0 ? -ENOMEM : move(area, old, old_size, to, new_size, flags);
}

static int64_t remap(uint64_t old, uint64_t old_size, uint64_t new_size, uint64_t flags, uint64_t new) {
    const struct linux_area *area = area_find(old);
    if (area == NULL) return -EFAULT;
    if ((flags & (FIXED | DONT_UNMAP)) != 0) {
        if (new % PAGE != 0 || new_size > LINUX_END || new > LINUX_END - new_size) return -EINVAL;
        if (old + old_size > new &&new + new_size > old) return -EINVAL;
        if ((flags & FIXED) != 0 && memory_unmap(new, new + new_size) != 0) return -ENOMEM;
    }
    if (old_size > new_size) {
        int64_t error = memory_unmap(old + new_size, old + old_size);
        if (error != 0) return error;
        old_size = new_size;
        area = area_find(old);
        if ((flags & (FIXED | DONT_UNMAP)) == 0) return (int64_t)old;
    }
    if (old_size == 0) return -EINVAL;
    if (old + old_size > area_end(area)) return -EFAULT;
    if ((flags & (FIXED | DONT_UNMAP)) != 0) {
        uint64_t to = (flags & FIXED) != 0 ? new : area_place(new, new_size);
        return to == 0 ? -ENOMEM : move(area, old, old_size, to, new_size, flags);
    }
    return old_size == new_size ? (int64_t)old : grow(area, old, old_size, new_size, flags);
}

int64_t linux_sys_mremap(uint64_t old, uint64_t old_size, uint64_t new_size, uint64_t flags, uint64_t new) {
    if ((flags & ~(uint64_t)(FIXED | MAY_MOVE | DONT_UNMAP)) != 0 ||
        ((flags & FIXED) != 0 && (flags & MAY_MOVE) == 0) ||
        ((flags & DONT_UNMAP) != 0 && ((flags & MAY_MOVE) == 0 || old_size != new_size)) || old % PAGE != 0)
        return -EINVAL;
    old_size = page_up(old_size);
    new_size = page_up(new_size);
    if (new_size == 0) return -EINVAL;
    memory_lock();
    int64_t result = remap(old, old_size, new_size, flags, new);
    memory_unlock();
    return result;
}
