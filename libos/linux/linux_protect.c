// SPDX-License-Identifier: MIT
// What may be done with memory: mprotect.
#include <os/ranges.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_grid.h"
#include "linux_layout.h"
#include "linux_memory.h"
#include "linux_thread.h"

#define PROT_KNOWN      15u // with PROT_SEM, which means nothing
#define PROT_GROWS_DOWN 0x01000000u
#define PROT_GROWS_UP   0x02000000u

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

// => where the area begins, if it grows down; or a negative error
static __attribute__((noinline)) int64_t where_it_grows(uint64_t va, uint64_t end, uint64_t grows) {
    const struct linux_area *area = grows == PROT_GROWS_DOWN ? area_from(va) : area_find(va);
    if (area == NULL || area_start(area) >= end) return -ENOMEM;
    bool does = grows == PROT_GROWS_DOWN && (area->terms.manner & MANNER_GROWS) != 0;
    return does ? (int64_t)area_start(area) : -EINVAL;
}

static __attribute__((noinline)) int64_t protect_any(uint64_t va, uint64_t size, uint64_t protection) {
    const uint64_t both = PROT_GROWS_DOWN | PROT_GROWS_UP, grows = protection & both;
    int64_t error = 0;
    if (grows == both || va % PAGE != 0) return -EINVAL;
    protection &= ~both;
    if (size == 0) return 0;
    uint64_t end = va + page_up(size);
    if (end <= va) return -ENOMEM;
    if ((protection & ~(uint64_t)PROT_KNOWN) != 0) return -EINVAL;
    protection &= PROTECTION_ALL;
    memory_lock();
    if (grows != 0) {
        int64_t start = where_it_grows(va, end, grows);
        if (start < 0) error = start;
        va = (uint64_t)start;
    }
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
