// SPDX-License-Identifier: MIT
// msync: what was written through shared mappings of files is on the disk.
#include <os/attach.h>
#include <os/files.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_memory.h"
#include "string.h"

#define SYNC_ASYNC      1u
#define SYNC_INVALIDATE 2u
#define SYNC_SYNC       4u

// The next part of [*va, end) that one area has, from *va on. => false: there is none; *gap: nothing is at *va
static bool next_part(uint64_t *va, uint64_t *end, bool *gap, bool *locked, struct os_object *object) {
    memory_lock();
    const struct linux_area *area = area_from(*va);
    bool found = area != NULL && area_start(area) < *end;
    *gap = *gap || !found || area_start(area) > *va;
    object->cookie = 0;
    if (found) {
        const struct linux_backing *backing = area->backing;
        if (area_start(area) > *va) *va = area_start(area);
        *locked = (area->terms.manner & MANNER_LOCKED) != 0;
        if (area_end(area) < *end) *end = area_end(area);
        if (area->terms.is_shared && backing != NULL && string_equal(backing->kind, "file"))
            *object = (struct os_object){backing->pager, backing->cookie, backing->va, backing->pages, 0};
    }
    memory_unlock();
    return found;
}

// Without the lock: it may be long until the disk has it.
static int64_t sync(uint64_t va, uint64_t end, unsigned flags) {
    struct os_object object;
    bool gap = false, locked = false;
    for (uint64_t upto = end; va < end && next_part(&va, &upto, &gap, &locked, &object); va = upto, upto = end) {
        if ((flags & SYNC_INVALIDATE) != 0 && locked) return -EBUSY;
        if ((flags & SYNC_SYNC) == 0 || object.cookie == 0) continue;
        enum file_error error = os_file_map_sync(&object, (va - object.va) / PAGE, (upto - va) / PAGE);
        if (error == FILE_NO_SPACE) return -ENOSPC;
        if (error != FILE_OK && error != FILE_BAD_ARGUMENT) return -EIO; // it was unmapped meanwhile
    }
    return gap ? -ENOMEM : 0;
}

int64_t linux_sys_msync(uint64_t va, uint64_t size, int flags) {
    if (((unsigned)flags & ~(SYNC_ASYNC | SYNC_INVALIDATE | SYNC_SYNC)) != 0 || va % PAGE != 0 ||
        ((unsigned)flags & (SYNC_ASYNC | SYNC_SYNC)) == (SYNC_ASYNC | SYNC_SYNC))
        return -EINVAL;
    uint64_t end = va + page_up(size);
    if (end < va) return -ENOMEM;
    return end == va ? 0 : sync(va, end, (unsigned)flags);
}
