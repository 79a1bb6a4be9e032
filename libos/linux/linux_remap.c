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
    return backing_copy(backing, (from - backing->va) / PAGE, (end - from) / PAGE, to, copy);
}

// What was touched of [from, end), which is in one area and of one protection, is at `to` from now on too.
static int64_t move_run(const struct linux_area *area, uint64_t from, uint64_t end, uint64_t to) {
    uint64_t protection = area_protection(area, from), pages = (end - from) / PAGE;
    const struct linux_terms terms = area->terms;
    struct linux_backing copy;
    bool touched = area->backing != NULL;
    for (uint64_t at = from; at < end && !touched; at += PAGE) touched = grid_is_populated(at);
    if (!touched) return memory_map(to, pages, protection, &terms);
    if (!copy_object(area, from, end, to, &copy)) return -ENOMEM;
    return memory_map_object(to, pages, protection, &terms, &copy);
}

// Pages at `to` of the file that an area shows, from what it has at `va` on.
static int64_t show_too(const struct linux_area *area, uint64_t va, uint64_t to, uint64_t pages, uint64_t protection) {
    const struct linux_backing *backing = area->backing;
    const struct linux_terms terms = area->terms;
    struct linux_backing more;
    if (backing == NULL || !backing_extend(backing, backing->first + (va - backing->va) / PAGE, pages, to, &more))
        return -ENOMEM;
    return memory_map_object(to, pages, protection, &terms, &more);
}

// More pages at `to` of what ends at `end`: of its file, or anonymous ones.
static int64_t lengthen(uint64_t end, uint64_t to, uint64_t pages) {
    const struct linux_area *area = area_find(end - PAGE);
    if (area->terms.is_file || area_number(area) != 0)
        return show_too(area, end, to, pages, area_protection(area, end - PAGE));
    const struct linux_terms terms = area->terms;
    return memory_map(to, pages, area_protection(area, end - PAGE), &terms);
}

// All of [from, end). => 0, or a negative error
static int64_t move_all(uint64_t from, uint64_t end, uint64_t to) {
    const uint64_t most = UINT64_C(0x10000000); // of the grid, in one object
    int64_t error = 0;
    while (from < end && error == 0) {
        const struct linux_area *area = area_find(from);
        uint64_t part = least(area_run(area, from, end), area->backing == NULL ? (from / most + 1) * most : end);
        error = area_room(2) ? move_run(area, from, part, to) : -ENOMEM;
        to += part - from;
        from = part;
    }
    return error;
}

static void discard_all(uint64_t from, uint64_t end) {
    while (from < end) {
        const struct linux_area *area = area_find(from);
        uint64_t part = least(area_end(area), end);
        memory_discard(area, from, part);
        from = part;
    }
}

static int64_t move(uint64_t old, uint64_t old_size, uint64_t to, uint64_t new_size, uint64_t flags) {
    int64_t error = move_all(old, old + old_size, to);
    if (error == 0 && new_size > old_size)
        error = lengthen(old + old_size, to + old_size, (new_size - old_size) / PAGE);
    if (error != 0) {
        memory_unmap(to, to + new_size);
        return error;
    }
    if ((flags & DONT_UNMAP) != 0)
        discard_all(old, old + old_size);
    else
        memory_unmap(old, old + old_size);
    return (int64_t)to;
}

static int64_t grow(uint64_t old, uint64_t old_size, uint64_t new_size, uint64_t flags) {
    const struct linux_area *next = area_from(old + old_size);
    uint64_t end = old + old_size, new_end = old + new_size;
    if (user_is_range(old, new_size) && (next == NULL || area_start(next) >= new_end)) {
        int64_t error = lengthen(end, end, (new_end - end) / PAGE);
        if (error == 0) return (int64_t)old;
        if (area_find(end - PAGE)->backing == NULL) return error;
    }
    if ((flags & MAY_MOVE) == 0) return -ENOMEM;
    uint64_t to = area_place(0, new_size);
    return to == 0 ? -ENOMEM : move(old, old_size, to, new_size, flags);
}

// What is shared, a second time.
static int64_t again(uint64_t old, uint64_t size, uint64_t flags, uint64_t new) {
    uint64_t to = (flags & FIXED) != 0 ? new : (flags & MAY_MOVE) != 0 ? area_place(0, size) : 0;
    const struct linux_area *area = area_find(old);
    int64_t error = to != 0 ? show_too(area, old, to, size / PAGE, area_protection(area, old)) : -ENOMEM;
    return error == 0 ? (int64_t)to : error;
}

static int64_t remap(uint64_t old, uint64_t old_size, uint64_t new_size, uint64_t flags, uint64_t new) {
    if (area_find(old) == NULL) return -EFAULT;
    if ((flags & (FIXED | DONT_UNMAP)) != 0) {
        if (new % PAGE != 0 || new_size > LINUX_END || new > LINUX_END - new_size) return -EINVAL;
        if (old + old_size > new &&new + new_size > old) return -EINVAL;
        if ((flags & FIXED) != 0 && memory_unmap(new, new + new_size) != 0) return -ENOMEM;
    }
    if (old_size >= new_size) {
        if (!user_is_range(old, old_size)) return -EINVAL;
        int64_t error = memory_unmap(old + new_size, old + old_size);
        if (error != 0) return error;
        old_size = new_size;
        if ((flags & (FIXED | DONT_UNMAP)) == 0) return (int64_t)old;
    }
    if (area_find(old) == NULL) return -EFAULT; // it was where the new place is
    if (old_size == 0 && !area_find(old)->terms.is_shared) return -EINVAL;
    if (old_size == 0) return again(old, new_size, flags, new);
    if (area_alike(old, old + old_size) != old + old_size) return -EFAULT;
    if ((flags & (FIXED | DONT_UNMAP)) == 0) return grow(old, old_size, new_size, flags);
    uint64_t to = (flags & FIXED) != 0 ? new : area_place(new, new_size);
    return to == 0 ? -ENOMEM : move(old, old_size, to, new_size, flags);
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
