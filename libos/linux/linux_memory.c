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
#include "linux_limits.h"
#include "linux_source.h"
#include "string.h"

#define OBJECT_MOST (UINT64_C(1) << 32) // bytes in one object
#define GROWTH_GAP  UINT64_C(0x100000)  // that stays between what grows down and what is below

// mmap's flags
#define MAP_SHARED          1u
#define MAP_PRIVATE         2u
#define MAP_SHARED_VALIDATE 3u
#define MAP_TYPE            15u
#define MAP_FIXED           0x10u
#define MAP_ANONYMOUS       0x20u
#define MAP_GROWS_DOWN      0x100u
#define MAP_POPULATE        0x8000u
#define MAP_HUGE            0x40000u
#define MAP_NO_REPLACE      0x100000u
#define MAP_KNOWN           0x7c07f933u // by MAP_SHARED_VALIDATE

static struct os_mutex mutex;
static uint64_t break_start, break_end;
bool memory_has_manners;

void memory_lock(void) { os_mutex_lock(&mutex); }
void memory_unlock(void) { os_mutex_unlock(&mutex); }

void memory_start(void) {
    os_mutex_start(&mutex);
    backing_start();
}

void memory_break(uint64_t *start, uint64_t *end) {
    *start = break_start;
    *end = break_end;
}

void memory_set_break(uint64_t va) { break_start = break_end = va; }

// ---- looking ----

// A read is allowed also of what may only be written.
static bool is_allowed(uint64_t protection, uint64_t access) {
    return (access == PROTECTION_READ ? protection & (PROTECTION_READ | PROTECTION_WRITE) : protection & access) != 0;
}

// Nothing is at va. => the area above, if it grows down to there; or NULL
static __attribute__((noinline)) const struct linux_area *grow_down(uint64_t va) {
    const struct linux_area *area = area_from(va);
    if (area == NULL || (area->terms.manner & MANNER_GROWS) == 0) return NULL;
    uint64_t page = va & ~UINT64_C(4095), start = area_start(area);
    if (area_end(area) - page > limit_of(LIMIT_STACK) || page < GROWTH_GAP) return NULL;
    const struct linux_area *below = area_from(page - GROWTH_GAP);
    if (below != area && (below->terms.manner & MANNER_GROWS) == 0 &&
        area_protection(below, area_end(below) - PAGE) != 0)
        return NULL;
    if (area_from(page) != area) return NULL;
    const struct linux_terms terms = area->terms;
    if (memory_map(page, (start - page) / PAGE, area_protection(area, start), &terms) != 0) return NULL;
    return area_find(va);
}

enum memory_fault memory_resolve(uint64_t va, uint64_t access) {
    enum memory_fault answer = MEMORY_FINE;
    memory_lock();
    const struct linux_area *area = area_find(va);
    if (area == NULL && (area = grow_down(va)) == NULL)
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

int64_t memory_map(uint64_t va, uint64_t pages, uint64_t protection, const struct linux_terms *terms) {
    static const struct linux_terms plain = {.most = PROTECTION_ALL};
    uint64_t end = va + pages * PAGE;
    if (!area_room(1)) return -ENOMEM;
    area_add(va, pages, protection, terms != NULL ? terms : &plain, NULL);
    if (grid_protect(va, end, 0, 0, protection)) return 0;
    memory_unmap(va, end);
    return -ENOMEM;
}

int64_t memory_map_object(uint64_t va, uint64_t pages, uint64_t protection, const struct linux_terms *terms,
                          const struct linux_backing *object) {
    uint64_t end = va + pages * PAGE;
    struct linux_backing *backing = area_room(1) ? backing_add(object) : NULL;
    if (backing == NULL) {
        backing_drop(object);
        return -ENOMEM;
    }
    grid_uncover(va, end);
    area_add(va, pages, protection, terms, backing);
    if (os_region_range(HANDLE_SELF, va, pages, backing->pager, backing->cookie, va - backing->va, PROTECTION_ALL, 0)
                .status == STATUS_OK &&
        grid_withhold(va, end))
        return 0;
    memory_unmap(va, end);
    return -ENOMEM;
}

static void leave_object(struct linux_area *area) {
    uint64_t va = area_start(area), end = area_end(area);
    backing_leave(area->backing);
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
    if (area->terms.is_shared) return;
    const uint64_t word[5] = {area->backing->cookie, (va - area->backing->va) / PAGE, (end - va) / PAGE};
    os_pager_ask(area->backing->pager, PAGER_CALL_discard, word, NULL);
}

bool memory_shared_name(uint64_t va, uint64_t *object, uint64_t *offset) {
    memory_lock();
    const struct linux_area *area = area_find(va);
    const struct linux_backing *backing = area != NULL && area->terms.is_shared ? area->backing : NULL;
    bool is_shared = backing != NULL && backing->number != 0;
    if (is_shared) {
        *object = backing->number;
        *offset = backing->first * PAGE + (va - backing->va);
    }
    memory_unlock();
    return is_shared;
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

// What the flags and the file allow, in the order in which Linux looks. => 0, or a negative error
static int64_t terms_of(uint64_t protection, uint64_t flags, const struct linux_file *file, struct linux_terms *terms) {
    uint64_t type = flags & MAP_TYPE;
    *terms = (struct linux_terms){.most = PROTECTION_ALL, .is_shared = type != MAP_PRIVATE, .is_file = file != NULL};
    if (type == 0 || type > MAP_SHARED_VALIDATE) return -EINVAL;
    if (file == NULL) {
        if ((flags & MAP_GROWS_DOWN) != 0) terms->manner = MANNER_GROWS;
        return type == MAP_SHARED_VALIDATE || (type == MAP_SHARED && (flags & MAP_GROWS_DOWN) != 0) ? -EINVAL : 0;
    }
    if (type == MAP_SHARED_VALIDATE && (flags & ~(uint64_t)MAP_KNOWN) != 0) return -EOPNOTSUPP;
    if (terms->is_shared && !file_may_write(file)) {
        if ((protection & PROTECTION_WRITE) != 0) return -EACCES;
        terms->most &= ~(uint64_t)PROTECTION_WRITE;
    }
    if (!file_may_read(file)) return -EACCES;
    if (file->kind->map == NULL) return -ENODEV;
    return (flags & MAP_GROWS_DOWN) != 0 ? -EINVAL : 0;
}

// Pages of the file, or shared memory, for `va`. => 0, with kind NULL when the grid is to be there; or a negative error
static int64_t object_for(struct linux_file *file, uint64_t offset, uint64_t pages, uint64_t va,
                          struct linux_terms *terms, struct linux_backing *object) {
    *object = (struct linux_backing){0};
    if (file != NULL) return file->kind->map(file, offset, pages, va, terms, object);
    int64_t error = terms->is_shared ? backing_share(pages, va, object) : 0;
    return error == -ENOSYS ? 0 : error; // nobody keeps such memory: a fork copies it
}

// All of it, in as many objects as it needs. => 0, or a negative error: then it may be a part
static int64_t map_objects(uint64_t va, uint64_t size, uint64_t protection, struct linux_terms *terms,
                           struct linux_file *file, uint64_t offset) {
    struct linux_backing object;
    int64_t error = 0;
    for (uint64_t done = 0, some; done < size && error == 0; done += some) {
        some = size - done < OBJECT_MOST ? size - done : OBJECT_MOST;
        error = object_for(file, offset + done, some / PAGE, va + done, terms, &object);
        if (error == 0 && (protection & ~terms->most) != 0) {
            backing_drop(&object);
            error = -EPERM; // it is sealed
        }
        if (error == 0 && object.kind != NULL)
            error = memory_map_object(va + done, some / PAGE, protection, terms, &object);
        else if (error == 0)
            error = memory_map(va + done, some / PAGE, protection, terms);
    }
    return error;
}

static __attribute__((noinline)) int64_t map_with_terms(uint64_t at, uint64_t size, uint64_t protection, uint64_t flags,
                                                        struct linux_file *file, uint64_t offset) {
    struct linux_terms terms;
    int64_t error = terms_of(protection, flags, file, &terms);
    if (error == 0) error = memory_unmap(at, at + size);
    if (error != 0) return error;
    error = map_objects(at, size, protection, &terms, file, offset);
    if (error != 0) memory_unmap(at, at + size);
    return error;
}

static int64_t map(uint64_t va, uint64_t size, uint64_t protection, uint64_t flags, struct linux_file *file,
                   uint64_t offset) {
    if (!area_room(1)) return -ENOMEM;
    int64_t at = place(va, size, flags), error;
    if (at < 0) return at;
    if (file != NULL || (flags & (MAP_TYPE | MAP_GROWS_DOWN)) != MAP_PRIVATE) {
        error = map_with_terms((uint64_t)at, size, protection, flags, file, offset);
    } else {
        error = (flags & MAP_FIXED) != 0 ? memory_unmap((uint64_t)at, (uint64_t)at + size) : 0;
        if (error == 0) error = memory_map((uint64_t)at, size / PAGE, protection, NULL);
    }
    return error < 0 ? error : at;
}

int64_t memory_map_file(uint64_t va, uint64_t size, uint64_t protection, uint64_t flags, struct linux_file *file,
                        uint64_t offset) {
    memory_lock();
    int64_t at = map(va, size, protection, flags, file, offset);
    memory_unlock();
    return at;
}

static void populate(uint64_t va, uint64_t size) {
    for (uint64_t page = 0; page < size; page += PAGE) linux_user_load((const uint32_t *)(va + page));
}

int64_t linux_sys_mmap(uint64_t va, uint64_t size, uint64_t protection, uint64_t flags, uint64_t descriptor,
                       uint64_t offset) {
    struct linux_file *file = NULL;
    int64_t at;
    if (offset % PAGE != 0) return -EINVAL;
    if ((flags & MAP_HUGE) != 0 && (flags & MAP_ANONYMOUS) != 0) return -EINVAL; // there are none
    if ((flags & MAP_ANONYMOUS) == 0) {
        file = linux_file_get(descriptor);
        if (file == NULL) return -EBADF;
    }
    uint64_t up = page_up(size), first = (uint64_t)((int64_t)offset / PAGE);
    if (size == 0)
        at = -EINVAL;
    else if (up == 0)
        at = -ENOMEM;
    else if (first + up / PAGE < first)
        at = -EOVERFLOW;
    else
        at = memory_map_file(va, up, protection & PROTECTION_ALL, flags, file, offset);
    if (file != NULL) linux_file_put(file);
    if (at >= 0 && (flags & MAP_POPULATE) != 0 && (protection & PROTECTION_READ) != 0) populate((uint64_t)at, up);
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
        done = (next == NULL || area_start(next) >= new + PAGE) &&
               memory_map(old, (new - old) / PAGE, PROTECTION_READ | PROTECTION_WRITE, NULL) == 0;
    } else if (done && new < old) {
        const struct linux_area *next = area_from(new); // if there is nothing, it stays
        done = next != NULL && area_start(next) < old && memory_unmap(new, old) == 0;
    }
    if (done) break_end = end;
    end = break_end;
    memory_unlock();
    return (int64_t)end;
}

// ---- fork ----

// The regions of a backing, in the child's space.
static uint64_t show(const struct linux_backing *backing, uint64_t port, uint64_t space) {
    uint64_t status = STATUS_OK, end = backing->va + backing->pages * PAGE;
    for (const struct linux_area *area = area_from(backing->va); area != NULL && area_start(area) < end;
         area = area_next(area)) {
        if (area->backing != backing) continue;
        status = os_region_range(space, area_start(area), area->pages, port, backing->copied,
                                 area_start(area) - backing->va, PROTECTION_ALL, 0)
                     .status;
        if (status != STATUS_OK) break;
    }
    return status;
}

uint64_t memory_fork(uint64_t process, uint64_t id, uint64_t space) {
    uint64_t status = grid_fork(process, id, space);
    return status == STATUS_OK ? backing_fork(process, id, show, space) : status;
}

// Where its areas are: of what else is there it knows nothing.
static void withhold(const struct linux_backing *backing) {
    uint64_t end = backing->va + backing->pages * PAGE;
    for (const struct linux_area *area = area_from(backing->va); area != NULL && area_start(area) < end;
         area = area_next(area))
        if (area->backing == backing) grid_withhold(area_start(area), area_end(area));
}

// What is not the child's is not there, or as it was in the beginning.
static void keep_manners(void) {
    for (struct linux_area *area = area_from(0), *next; area != NULL; area = next) {
        next = area_next(area);
        area->terms.manner &= (uint8_t)~MANNER_LOCKED;
        if ((area->terms.manner & MANNER_NOT_FORKED) != 0)
            memory_unmap(area_start(area), area_end(area));
        else if ((area->terms.manner & MANNER_WIPED) != 0)
            memory_discard(area, area_start(area), area_end(area));
    }
}

void memory_forked(void) {
    os_mutex_start(&mutex);
    grid_forked();
    source_forked();
    backing_forked(withhold);
    if (memory_has_manners) keep_manners();
}
