// SPDX-License-Identifier: MIT
// Memory mapped and given back: mmap, munmap, brk; and what a fault in it means.
#include "linux_memory.h"

#include <os/attach.h>
#include <os/mutex.h>
#include <os/process.h>
#include <os/ranges.h>
#include <os/stubs.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_grid.h"
#include "linux_source.h"
#include "string.h"

enum { BACKINGS = 512 };

// mmap's flags
#define MAP_SHARED          1u
#define MAP_PRIVATE         2u
#define MAP_SHARED_VALIDATE 3u
#define MAP_TYPE            15u
#define MAP_FIXED           0x10u
#define MAP_ANONYMOUS       0x20u
#define MAP_GROWS_DOWN      0x100u
#define MAP_POPULATE        0x8000u
#define MAP_NO_REPLACE      0x100000u

static struct os_mutex mutex;
static struct linux_backing backings[BACKINGS];
static uint64_t break_start, break_end;

void memory_lock(void) { os_mutex_lock(&mutex); }
void memory_unlock(void) { os_mutex_unlock(&mutex); }

void memory_start(void) { os_mutex_start(&mutex); }

void memory_set_break(uint64_t va) { break_start = break_end = va; }

// ---- looking ----

// A read is allowed also of what may only be written.
static bool is_allowed(uint64_t protection, uint64_t access) {
    return (access == PROTECTION_READ ? protection & (PROTECTION_READ | PROTECTION_WRITE) : protection & access) != 0;
}

enum memory_fault memory_resolve(uint64_t va, uint64_t access) {
    enum memory_fault answer = MEMORY_FINE;
    memory_lock();
    const struct linux_area *area = area_find(va);
    if (area == NULL)
        answer = MEMORY_NOTHING;
    else if (!is_allowed(area_protection(area, va), access))
        answer = MEMORY_FORBIDDEN;
    else if (area->backing == NULL && !grid_populate(va))
        answer = MEMORY_FULL;
    memory_unlock();
    return answer;
}

bool memory_allows(uint64_t va, uint64_t size, uint64_t access) {
    if (!user_is_range(va, size)) return false;
    bool may = true;
    memory_lock();
    for (uint64_t at = va; may && at < va + size;) {
        const struct linux_area *area = area_find(at);
        may = area != NULL && is_allowed(area_protection(area, at), access);
        if (may) at = area->differs ? (at & ~UINT64_C(4095)) + PAGE : area_end(area);
    }
    memory_unlock();
    return may;
}

// ---- mapping ----

int64_t memory_map(uint64_t va, uint64_t pages, uint64_t protection, bool is_shared) {
    uint64_t end = va + pages * PAGE;
    if (!area_room(1)) return -ENOMEM;
    area_add(va, pages, protection, PROTECTION_ALL, is_shared, NULL);
    if (grid_protect(va, end, 0, 0, protection)) return 0;
    memory_unmap(va, end);
    return -ENOMEM;
}

int64_t memory_map_object(uint64_t va, uint64_t pages, uint64_t protection, bool is_file,
                          const struct linux_backing *object) {
    uint64_t end = va + pages * PAGE;
    struct linux_backing *backing = backings;
    while (backing < backings + BACKINGS && backing->areas != 0) backing++;
    if (backing == backings + BACKINGS || !area_room(1)) return -ENOMEM;
    *backing = *object;
    backing->areas = 1;
    grid_uncover(va, end);
    area_add(va, pages, protection, PROTECTION_ALL, false, backing)->is_file = is_file;
    if (os_region_range(HANDLE_SELF, va, pages, backing->pager, backing->cookie, va - backing->va, PROTECTION_ALL, 0)
                .status == STATUS_OK &&
        grid_withhold(va, end))
        return 0;
    memory_unmap(va, end);
    return -ENOMEM;
}

static void leave_object(struct linux_area *area) {
    struct linux_backing *backing = area->backing;
    uint64_t va = area_start(area), end = area_end(area);
    const uint64_t word[5] = {backing->cookie};
    if (--backing->areas == 0) os_pager_ask(backing->pager, PAGER_CALL_detach, word, NULL);
    area_remove(area);
    grid_uncover(va, end);
    grid_cover(va, end);
}

int64_t memory_unmap(uint64_t va, uint64_t end) {
    const struct linux_area *first = area_from(va);
    if (first == NULL || area_start(first) >= end) return 0;
    if (!area_split(va) || !area_split(end)) return -ENOMEM;
    for (struct linux_area *area = area_from(va), *next; area != NULL && area_start(area) < end; area = next) {
        next = area_next(area);
        if (area->backing != NULL) {
            leave_object(area);
        } else {
            uint64_t start = area_start(area), upto = area_end(area);
            area_remove(area);
            grid_discard(start, upto, true);
        }
    }
    return 0;
}

void memory_discard(const struct linux_area *area, uint64_t va, uint64_t end) {
    if (area->backing == NULL) {
        grid_discard(va, end, false);
        return;
    }
    const uint64_t word[5] = {area->backing->cookie, (va - area->backing->va) / PAGE, (end - va) / PAGE};
    os_pager_ask(area->backing->pager, PAGER_CALL_discard, word, NULL);
}

// As Linux looks for a place. => the address, or a negative error
static int64_t place(uint64_t va, uint64_t size, uint64_t flags) {
    if (size > LINUX_END) return -ENOMEM;
    if ((flags & (MAP_FIXED | MAP_NO_REPLACE)) == 0) {
        va = area_place(va & ~UINT64_C(4095), size);
        return va != 0 ? (int64_t)va : -ENOMEM;
    }
    if (va > LINUX_END - size) return -ENOMEM;
    if (va % PAGE != 0) return -EINVAL;
    if (va < 0x10000) return -EPERM;
    const struct linux_area *there = area_from(va);
    if ((flags & MAP_NO_REPLACE) != 0 && there != NULL && area_start(there) < va + size) return -EEXIST;
    return (int64_t)va;
}

static int64_t map(uint64_t va, uint64_t size, uint64_t protection, uint64_t flags) {
    int64_t at = place(va, size, flags);
    uint64_t type = flags & MAP_TYPE;
    if (at < 0) return at;
    if (type != MAP_PRIVATE && (type != MAP_SHARED || (flags & MAP_GROWS_DOWN) != 0)) return -EINVAL;
    int64_t error = memory_unmap((uint64_t)at, (uint64_t)at + size);
    if (error == 0) error = memory_map((uint64_t)at, size / PAGE, protection & PROTECTION_ALL, type == MAP_SHARED);
    return error < 0 ? error : at;
}

int64_t linux_sys_mmap(uint64_t va, uint64_t size, uint64_t protection, uint64_t flags, uint64_t file,
                       uint64_t offset) {
    (void)file;
    if (offset % PAGE != 0) return -EINVAL;
    if ((flags & MAP_ANONYMOUS) == 0) return -EBADF;
    if (size == 0) return -EINVAL;
    size = page_up(size);
    if (size == 0) return -ENOMEM;
    if (offset + size < offset) return -EOVERFLOW;
    memory_lock();
    int64_t at = map(va, size, protection, flags);
    memory_unlock();
    if (at >= 0 && (flags & MAP_POPULATE) != 0)
        for (uint64_t page = 0; page < size && (protection & PROTECTION_READ) != 0; page += PAGE)
            linux_user_load((const uint32_t *)((uint64_t)at + page));
    return at;
}

int64_t linux_sys_munmap(uint64_t va, uint64_t size) {
    if (va % PAGE != 0 || !user_is_range(va, size) || page_up(size) == 0) return -EINVAL;
    memory_lock();
    int64_t error = memory_unmap(va, va + page_up(size));
    memory_unlock();
    return error;
}

int64_t linux_sys_brk(uint64_t end) {
    memory_lock();
    uint64_t old = page_up(break_end), new = page_up(end);
    bool done = end >= break_start && end < LINUX_END;
    if (done && new > old) {
        const struct linux_area *next = area_from(old);
        done = (next == NULL || area_start(next) >= new) &&
               memory_map(old, (new - old) / PAGE, PROTECTION_READ | PROTECTION_WRITE, false) == 0;
    } else if (done && new < old) {
        done = memory_unmap(new, old) == 0;
    }
    if (done) break_end = end;
    end = break_end;
    memory_unlock();
    return (int64_t)end;
}

// ---- fork ----

uint64_t memory_fork(uint64_t process, uint64_t id, uint64_t space) {
    uint64_t status = grid_fork(process, id, space);
    for (struct linux_backing *backing = backings; backing < backings + BACKINGS && status == STATUS_OK; backing++) {
        if (backing->areas == 0) continue;
        struct result port = os_lookup_for(backing->kind, process);
        const uint64_t word[5] = {backing->cookie, id, backing->va, 0, process};
        status = port.status;
        if (status == STATUS_OK && os_pager_ask(port.value, PAGER_CALL_fork, word, &backing->copied) != PAGER_OK)
            status = STATUS_NO_MEMORY;
        for (const struct linux_area *area = area_from(backing->va); status == STATUS_OK && area != NULL;
             area = area_next(area)) {
            if (area_start(area) >= backing->va + backing->pages * PAGE) break;
            if (area->backing == backing)
                status = os_region(space, area_start(area), area->pages, port.value, backing->copied,
                                   area_start(area) - backing->va, PROTECTION_ALL, 0)
                             .status;
        }
        if (port.status == STATUS_OK) os_close(port.value);
    }
    return status;
}

void memory_forked(void) {
    os_mutex_start(&mutex);
    grid_forked();
    source_forked();
    for (struct linux_backing *backing = backings; backing < backings + BACKINGS; backing++) {
        if (backing->areas == 0) continue;
        struct linux_backing *same = backings; // of the kind: one handle does for all
        while (same < backing && (same->areas == 0 || !string_equal(same->kind, backing->kind))) same++;
        backing->pager = same < backing ? same->pager : os_lookup(backing->kind).value;
        backing->cookie = backing->copied;
        grid_withhold(backing->va, backing->va + backing->pages * PAGE);
    }
}
