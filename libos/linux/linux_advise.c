// SPDX-License-Identifier: MIT
// What is said of memory, and known of it: madvise, mlock, mincore.
#include <os/stubs.h>
#include <os/threads.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_memory.h"
#include "linux_start.h"

#define LOCK_ON_FAULT 1u // mlock2
#define LOCK_CURRENT  1u // mlockall
#define LOCK_FUTURE   2u
#define LOCK_LATER    4u
#define LOCK_ALL      7u

enum advice {
    ADVICE_NORMAL = 0,
    ADVICE_RANDOM = 1,
    ADVICE_SEQUENTIAL = 2,
    ADVICE_WILLNEED = 3,
    ADVICE_DONTNEED = 4,
    ADVICE_FREE = 8,
    ADVICE_DONTFORK = 10,
    ADVICE_DOFORK = 11,
    ADVICE_DONTDUMP = 16,
    ADVICE_DODUMP = 17,
    ADVICE_WIPEONFORK = 18,
    ADVICE_KEEPONFORK = 19,
    ADVICE_COLD = 20,
    ADVICE_PAGEOUT = 21,
    ADVICE_POPULATE_READ = 22,
    ADVICE_POPULATE_WRITE = 23,
    ADVICE_DONTNEED_LOCKED = 24,
};

static uint64_t upto(const struct linux_area *area, uint64_t end) {
    return area_end(area) < end ? area_end(area) : end;
}

// What is done to each area of a range. => 0, or a negative error, which ends it
typedef int64_t visit(struct linux_area *area, uint64_t va, uint64_t end, uint64_t what);

// Holes are -ENOMEM, but the rest is done, unless `strictly`.
static int64_t each(uint64_t va, uint64_t end, bool strictly, visit *work, uint64_t what) {
    int64_t hole = 0, error = 0;
    memory_lock();
    while (va < end && error == 0) {
        struct linux_area *area = area_from(va);
        if (area == NULL || area_start(area) > va) hole = -ENOMEM;
        if (area == NULL || area_start(area) >= end || (strictly && hole != 0)) break;
        if (area_start(area) > va) va = area_start(area);
        uint64_t part = upto(area, end);
        if (work != NULL) error = work(area, va, part, what);
        va = part;
    }
    memory_unlock();
    return error != 0 ? error : hole;
}

// ---- manners: what an area is as a whole ----

static int64_t set_manner(struct linux_area *area, uint64_t va, uint64_t end, unsigned manner) {
    if (area->terms.manner == manner) return 0;
    if (!area_room(2) || !area_split(va) || !area_split(end)) return -ENOMEM;
    area_find(va)->terms.manner = (uint8_t)manner;
    memory_has_manners = true;
    return 0;
}

static int64_t add_manner(struct linux_area *area, uint64_t va, uint64_t end, uint64_t manner) {
    return set_manner(area, va, end, area->terms.manner | (unsigned)manner);
}

static int64_t drop_manner(struct linux_area *area, uint64_t va, uint64_t end, uint64_t manner) {
    return set_manner(area, va, end, area->terms.manner & ~(unsigned)manner);
}

// ---- touching ahead ----

// => where the range ends from va on that may be accessed like that; or a negative error
static int64_t accessible(uint64_t va, uint64_t end, uint64_t access) {
    memory_lock();
    const struct linux_area *area = area_find(va);
    int64_t upto_here = area == NULL                                ? -ENOMEM
                        : (area_protection(area, va) & access) == 0 ? -EINVAL
                                                                    : (int64_t)area_run(area, va, end);
    memory_unlock();
    return upto_here;
}

// Pages are there as if they had been accessed.
static int64_t populate(uint64_t va, uint64_t end, uint64_t access) {
    while (va < end) {
        int64_t part = accessible(va, end, access);
        if (part < 0) return part;
        for (; va < (uint64_t)part; va += PAGE) {
            uint64_t seen = linux_user_load((const uint32_t *)va);
            if (seen != USER_FAULT && access == PROTECTION_WRITE)
                seen = linux_user_exchange((uint32_t *)va, (uint32_t)seen, (uint32_t)seen);
            if (seen == USER_FAULT) return -EFAULT;
        }
    }
    return 0;
}

// ---- madvise ----

static int64_t discard(struct linux_area *area, uint64_t va, uint64_t end, uint64_t advice) {
    if (advice != ADVICE_DONTNEED_LOCKED && (area->terms.manner & MANNER_LOCKED) != 0) return -EINVAL;
    if (advice == ADVICE_FREE && (area->terms.is_shared || area->terms.is_file)) return -EINVAL;
    memory_discard(area, va, end);
    return 0;
}

static int64_t page_out(struct linux_area *area, uint64_t va, uint64_t end, uint64_t advice) {
    (void)va, (void)end, (void)advice; // the pager does it when it is time
    return (area->terms.manner & MANNER_LOCKED) != 0 ? -EINVAL : 0;
}

static int64_t wipe_on_fork(struct linux_area *area, uint64_t va, uint64_t end, uint64_t advice) {
    (void)advice;
    return area->terms.is_shared || area->terms.is_file ? -EINVAL : add_manner(area, va, end, MANNER_WIPED);
}

static int64_t advise(uint64_t va, uint64_t end, enum advice advice) {
    switch (advice) {
    case ADVICE_DONTNEED:
    case ADVICE_DONTNEED_LOCKED:
    case ADVICE_FREE:
        return each(va, end, false, discard, advice);
    case ADVICE_COLD:
    case ADVICE_PAGEOUT:
        return each(va, end, false, page_out, advice);
    case ADVICE_DONTFORK:
        return each(va, end, false, add_manner, MANNER_NOT_FORKED);
    case ADVICE_DOFORK:
        return each(va, end, false, drop_manner, MANNER_NOT_FORKED);
    case ADVICE_WIPEONFORK:
        return each(va, end, false, wipe_on_fork, 0);
    case ADVICE_KEEPONFORK:
        return each(va, end, false, drop_manner, MANNER_WIPED);
    case ADVICE_POPULATE_READ:
        return populate(va, end, PROTECTION_READ);
    case ADVICE_POPULATE_WRITE:
        return populate(va, end, PROTECTION_WRITE);
    case ADVICE_NORMAL:
    case ADVICE_RANDOM:
    case ADVICE_SEQUENTIAL:
    case ADVICE_WILLNEED:
    case ADVICE_DONTDUMP:
    case ADVICE_DODUMP:
        return each(va, end, false, NULL, 0);
    }
    return -EINVAL;
}

static bool is_known(uint64_t advice) {
    return advice <= ADVICE_DONTNEED || advice == ADVICE_FREE || advice == ADVICE_DONTFORK || advice == ADVICE_DOFORK ||
           (advice >= ADVICE_DONTDUMP && advice <= ADVICE_DONTNEED_LOCKED);
}

int64_t linux_sys_madvise(uint64_t va, uint64_t size, int advice) {
    uint64_t end = va + page_up(size);
    if (advice < 0 || !is_known((uint64_t)advice) || va % PAGE != 0) return -EINVAL;
    if ((size != 0 && page_up(size) == 0) || end < va) return -EINVAL;
    return end == va ? 0 : advise(va, end, (enum advice)advice);
}

// ---- mlock ----

int64_t linux_sys_mlock(uint64_t va, uint64_t size) {
    uint64_t first = va & ~UINT64_C(4095), end = first + page_up(size + va % PAGE);
    if (end < first) return -EINVAL;
    int64_t error = end == first ? 0 : each(first, end, true, add_manner, MANNER_LOCKED);
    while (error == 0 && first < end) {
        int64_t part = accessible(first, end, PROTECTION_ALL);
        if (part < 0) return -ENOMEM;
        if (accessible(first, end, PROTECTION_READ | PROTECTION_WRITE) == part &&
            populate(first, (uint64_t)part, PROTECTION_READ | PROTECTION_WRITE) != 0)
            error = -ENOMEM;
        first = (uint64_t)part;
    }
    return error;
}

int64_t linux_sys_munlock(uint64_t va, uint64_t size) {
    uint64_t first = va & ~UINT64_C(4095), end = first + page_up(size + va % PAGE);
    if (end < first) return -EINVAL;
    return end == first ? 0 : each(first, end, true, drop_manner, MANNER_LOCKED);
}

int64_t linux_sys_mlock2(uint64_t va, uint64_t size, uint32_t flags) {
    uint64_t first = va & ~UINT64_C(4095), end = first + page_up(size + va % PAGE);
    if ((flags & ~LOCK_ON_FAULT) != 0) return -EINVAL;
    if ((flags & LOCK_ON_FAULT) == 0) return linux_sys_mlock(va, size);
    if (end < first) return -EINVAL;
    return end == first ? 0 : each(first, end, true, add_manner, MANNER_LOCKED);
}

// What is mapped later is not locked: nothing that Linux says of locked memory is wrong for it but that it is there.
int64_t linux_sys_mlockall(uint32_t flags) {
    if ((flags & ~LOCK_ALL) != 0 || (flags & (LOCK_CURRENT | LOCK_FUTURE)) == 0) return -EINVAL;
    if ((flags & LOCK_CURRENT) == 0) return 0;
    each(0, LINUX_END, false, add_manner, MANNER_LOCKED);
    for (uint64_t va = 0, part; (flags & LOCK_LATER) == 0; va = part) {
        memory_lock();
        const struct linux_area *area = area_from(va);
        va = area != NULL ? area_start(area) > va ? area_start(area) : va : LINUX_END;
        part = area != NULL ? area_run(area, va, area_end(area)) : LINUX_END;
        bool may = area != NULL && (area_protection(area, va) & PROTECTION_READ) != 0;
        bool is_stack = part == LINUX_STACK_TOP; // most of it is not there before it is used
        memory_unlock();
        if (va >= LINUX_END) break;
        for (uint64_t page = va; may && !is_stack && page < part; page += PAGE) linux_user_load((const uint32_t *)page);
    }
    return 0;
}

int64_t linux_sys_munlockall(void) {
    each(0, LINUX_END, false, drop_manner, MANNER_LOCKED);
    return 0;
}

// ---- mincore ----

int64_t linux_sys_mincore(uint64_t va, uint64_t size, uint64_t to) {
    uint8_t there[QUERY_PAGES];
    if (va % PAGE != 0) return -EINVAL;
    if (!user_is_range(va, size)) return -ENOMEM;
    uint64_t end = va + page_up(size);
    if (!user_is_range(to, (end - va) / PAGE)) return -EFAULT;
    while (va < end) {
        memory_lock();
        const struct linux_area *area = area_find(va);
        uint64_t part = area == NULL ? va : upto(area, end), pages = (part - va) / PAGE;
        memory_unlock();
        if (pages == 0) return -ENOMEM;
        struct result told = os_query(0, va, pages < QUERY_PAGES ? pages : QUERY_PAGES);
        const uint64_t *states = os_self()->message;
        for (uint64_t i = 0; i < told.value; i++) there[i] = (states[i] & PAGE_PRESENT) != 0;
        if (told.value == 0 || !user_write(to, there, told.value)) return -EFAULT;
        va += told.value * PAGE;
        to += told.value;
    }
    return 0;
}
