// SPDX-License-Identifier: MIT
// What may be done with memory, and what is known of it: mprotect, madvise, mincore, mlock, msync.
#include <os/ranges.h>
#include <os/threads.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_grid.h"
#include "linux_layout.h"
#include "linux_memory.h"
#include "linux_thread.h"

#define PROT_KNOWN      15u // with PROT_SEM, which means nothing
#define PROT_GROWS_DOWN 0x01000000u
#define PROT_GROWS_UP   0x02000000u
#define SYNC_ASYNC      1u
#define SYNC_INVALIDATE 2u
#define SYNC_SYNC       4u

enum { ADVICE_DONTNEED = 4, ADVICE_FREE = 8, ADVICE_REMOVE = 9, ADVICE_COMMON = 3, ADVICE_MOST = 25 };

// Where the rest of an area's range ends.
static uint64_t upto(const struct linux_area *area, uint64_t end) {
    return area_end(area) < end ? area_end(area) : end;
}

// => false: no memory
static bool protect(struct linux_area *area, uint64_t va, uint64_t end, uint64_t now) {
    uint64_t any = 0, all = PROTECTION_ALL;
    for (uint64_t at = va, run; at < end; at = run) {
        uint64_t old = area_protection(area, at);
        run = area_run(area, at, end);
        any |= old;
        all &= old;
    }
    bool grid = area->backing == NULL;
    area_protect(area, va, end, now);
    return grid ? grid_protect(va, end, any, all, now) : pages_protect(va, end, any, all, now);
}

enum { ANOTHER_CASE = 1 };

// One page of anonymous memory where the kernel has regions: what collectors do most. When it only gets more rights,
// and no other thread is there to see it sooner, the kernel gives them on the way back.
// => 0, a negative error, or ANOTHER_CASE
static int64_t protect_page(uint64_t va, uint64_t now, bool alone) {
    struct linux_area *area = area_find(va);
    if (area == NULL || area->backing != NULL || !grid_is_populated(va) || (now & ~area->terms.most) != 0)
        return ANOTHER_CASE;
    uint64_t old = rights_of(area_protection(area, va)), rights = rights_of(now), status = STATUS_OK;
    uint64_t less = old & ~rights, more = rights & ~old;
    if (less != 0 && more != 0) return ANOTHER_CASE;
    area->differs = true;
    area_pages[va / PAGE] = (uint8_t)(AREA_OWN | now);
    if (less != 0) {
        status = os_prot(0, va, 1, rights).status;
    } else if (more != 0 && alone && (rights & RIGHT_READ) != 0) {
        struct linux_thread *self = linux_self();
        self->raise = va;
        self->raise_rights = rights;
        self->attention |= ATTENTION_RAISE;
    } else if (more != 0) {
        status = os_unprot(0, va, 1, rights).status;
    }
    return status == STATUS_OK ? 0 : -ENOMEM;
}

static __attribute__((noinline)) int64_t protect_any(uint64_t va, uint64_t size, uint64_t protection) {
    const uint64_t grows = PROT_GROWS_DOWN | PROT_GROWS_UP;
    int64_t error = 0;
    if ((protection & grows) == grows || va % PAGE != 0) return -EINVAL;
    protection &= ~grows;
    if (size == 0) return 0;
    uint64_t end = va + page_up(size);
    if (end <= va) return -ENOMEM;
    if ((protection & ~(uint64_t)PROT_KNOWN) != 0) return -EINVAL;
    protection &= PROTECTION_ALL;
    memory_lock();
    while (va < end && error == 0) {
        struct linux_area *area = area_find(va);
        uint64_t part = area != NULL ? upto(area, end) : 0;
        if (area == NULL)
            error = -ENOMEM;
        else if ((protection & ~area->terms.most) != 0)
            error = -EACCES;
        else if (!protect(area, va, part, protection))
            error = -ENOMEM;
        va = part;
    }
    memory_unlock();
    return error;
}

int64_t linux_sys_mprotect(uint64_t va, uint64_t size, uint64_t protection) {
    bool alone = linux_alive == 1;
    int64_t answer = ANOTHER_CASE;
    if (size - 1 < PAGE && va % PAGE == 0 && protection <= PROTECTION_ALL) {
        if (!alone) memory_lock();
        answer = protect_page(va, protection, alone);
        if (!alone) memory_unlock();
    }
    return answer == ANOTHER_CASE ? protect_any(va, size, protection) : answer;
}

// ---- what is done to each area of a range; holes are -ENOMEM, but the rest is done ----

typedef void visit(const struct linux_area *area, uint64_t va, uint64_t end, void *context);

static int64_t each(uint64_t va, uint64_t end, visit *work, void *context) {
    int64_t error = 0;
    memory_lock();
    while (va < end) {
        const struct linux_area *area = area_from(va);
        if (area == NULL || area_start(area) > va) error = -ENOMEM;
        if (area == NULL || area_start(area) >= end) break;
        if (area_start(area) > va) va = area_start(area);
        if (work != NULL) work(area, va, upto(area, end), context);
        va = area_end(area);
    }
    memory_unlock();
    return error;
}

static void discard(const struct linux_area *area, uint64_t va, uint64_t end, void *context) {
    (void)context;
    memory_discard(area, va, end);
}

int64_t linux_sys_madvise(uint64_t va, uint64_t size, uint64_t advice) {
    bool known =
        advice <= ADVICE_COMMON || advice == ADVICE_DONTNEED || (advice >= ADVICE_FREE && advice <= ADVICE_MOST);
    if (!known || advice == ADVICE_REMOVE) return -EINVAL;
    if (va % PAGE != 0) return -EINVAL;
    uint64_t end = va + page_up(size);
    if ((size != 0 && page_up(size) == 0) || end < va) return -EINVAL;
    if (end == va) return 0;
    return each(va, end, advice == ADVICE_DONTNEED || advice == ADVICE_FREE ? discard : NULL, NULL);
}

int64_t linux_sys_msync(uint64_t va, uint64_t size, uint64_t flags) {
    if ((flags & ~(uint64_t)(SYNC_ASYNC | SYNC_INVALIDATE | SYNC_SYNC)) != 0 || va % PAGE != 0 ||
        (flags & (SYNC_ASYNC | SYNC_SYNC)) == (SYNC_ASYNC | SYNC_SYNC))
        return -EINVAL;
    uint64_t end = va + page_up(size);
    if (end < va) return -ENOMEM;
    return end == va ? 0 : each(va, end, NULL, NULL);
}

int64_t linux_sys_mlock(uint64_t va, uint64_t size) {
    uint64_t first = va & ~UINT64_C(4095), end = first + page_up(size + va % PAGE);
    if (end < first) return -EINVAL;
    if (end == first) return 0;
    int64_t error = each(first, end, NULL, NULL);
    for (; error == 0 && first < end; first += PAGE)
        if (linux_user_load((const uint32_t *)first) == USER_FAULT) error = -ENOMEM;
    return error;
}

int64_t linux_sys_munlock(uint64_t va, uint64_t size) {
    uint64_t first = va & ~UINT64_C(4095), end = first + page_up(size + va % PAGE);
    if (end < first) return -EINVAL;
    return end == first ? 0 : each(first, end, NULL, NULL);
}

int64_t linux_sys_mincore(uint64_t va, uint64_t size, uint64_t to) {
    enum { AT_A_TIME = QUERY_PAGES };
    uint8_t there[AT_A_TIME];
    if (va % PAGE != 0) return -EINVAL;
    if (!user_is_range(va, size)) return -ENOMEM;
    uint64_t pages = page_up(size) / PAGE;
    if (!user_is_range(to, pages)) return -EFAULT;
    while (pages > 0) {
        uint64_t some = pages < AT_A_TIME ? pages : AT_A_TIME;
        if (each(va, va + some * PAGE, NULL, NULL) != 0) return -ENOMEM;
        struct result told = os_query(0, va, some);
        const uint64_t *states = os_self()->message;
        for (uint64_t i = 0; i < told.value; i++) there[i] = (states[i] & PAGE_PRESENT) != 0;
        if (told.value == 0 || !user_write(to, there, told.value)) return -EFAULT;
        pages -= told.value;
        va += told.value * PAGE;
        to += told.value;
    }
    return 0;
}
