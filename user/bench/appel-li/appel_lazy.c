// SPDX-License-Identifier: MIT
// Rows of memory whose pages come when they are touched: by another process of one's own, by the system.
#include "appel_run.h"

enum { LAST = APPEL_PAGE - sizeof(uint64_t), STRIDE = 2 };

static const char no_memory[] = "there is no memory for it", refused[] = "the system refused it";
static const char not_zero[] = "a new page is not zero", not_once[] = "not every page faulted exactly once";

const char *appel_pager(struct appel_run *run) {
    const struct appel_system *system = run->system;
    uint64_t va = system->take_paged(BATCH);
    if (va == 0) return no_memory;
    for (uint64_t done = 0; done < run->operations; done += BATCH) {
        if (!system->forget_paged(va, BATCH)) return refused;
        uint64_t before = system->faults();
        appel_open(run, ROW_pager);
        for (uint64_t page = 0; page < BATCH; page++) {
            uint64_t start = appel_now();
            uint64_t seen = appel_read(appel_at(va, page));
            appel_meter_add(&run->meter[ROW_pager], appel_now() - start, 1, EMPTY_TOUCH);
            if (seen != page) return "a page came that is not the one asked for";
        }
        appel_close(run, ROW_pager);
        uint64_t after = system->faults();
        if (!appel_faulted(after - before, BATCH)) return not_once;
        for (uint64_t page = 0; page < BATCH; page++) appel_read(appel_at(va, page));
        if (system->faults() != after) return "a page faulted again";
    }
    system->give(va);
    return NULL;
}

// Writes each `stride`-th of the pages for the first time, all of which held something else before.
static const char *write_first(struct appel_run *run, enum appel_row row, uint64_t stride) {
    const struct appel_system *system = run->system;
    uint64_t pages = BATCH * stride, va = appel_filled(system, APPEL_WRITTEN, pages);
    if (va == 0) return no_memory;
    for (uint64_t done = 0; done < run->operations; done += BATCH) {
        if (!system->forget(va, pages)) return refused;
        uint64_t before = system->faults();
        appel_open(run, row);
        for (uint64_t page = 0; page < pages; page += stride) {
            uint64_t start = appel_now();
            appel_write(appel_at(va, page), ~page);
            appel_meter_add(&run->meter[row], appel_now() - start, 1, EMPTY_TOUCH);
        }
        appel_close(run, row);
        uint64_t faulted = system->faults() - before;
        if (faulted > BATCH + OWN_FAULTS || faulted == 0 || (stride > 1 && faulted < BATCH)) return not_once;
        for (uint64_t page = 0; page < pages; page += stride) {
            if (appel_read(appel_at(va, page)) != ~page || appel_read(appel_at(va, page) + LAST) != 0) return not_zero;
        }
        if (stride > 1 && system->faults() - before != faulted) return "a page faulted again";
        appel_fill(va, pages);
    }
    system->give(va);
    return NULL;
}

const char *appel_lazy(struct appel_run *run) { return write_first(run, ROW_lazy, STRIDE); }

// One fault may bring several pages.
const char *appel_lazy_next(struct appel_run *run) { return write_first(run, ROW_lazy_next, 1); }

const char *appel_zero(struct appel_run *run) {
    const struct appel_system *system = run->system;
    uint64_t va = appel_filled(system, APPEL_READ, BATCH * STRIDE);
    if (va == 0) return no_memory;
    for (uint64_t done = 0; done < run->operations; done += BATCH) {
        if (!system->forget(va, BATCH * STRIDE)) return refused;
        uint64_t before = system->faults();
        appel_open(run, ROW_zero_read);
        for (uint64_t page = 0; page < BATCH * STRIDE; page += STRIDE) {
            uint64_t start = appel_now();
            uint64_t seen = appel_read(appel_at(va, page));
            appel_meter_add(&run->meter[ROW_zero_read], appel_now() - start, 1, EMPTY_TOUCH);
            if (seen != 0 || appel_read(appel_at(va, page) + LAST) != 0) return not_zero;
        }
        appel_close(run, ROW_zero_read);
        if (!appel_faulted(system->faults() - before, BATCH)) return not_once;
        appel_open(run, ROW_zero_write);
        for (uint64_t page = 0; page < BATCH * STRIDE; page += STRIDE) {
            uint64_t start = appel_now();
            appel_write(appel_at(va, page), ~page);
            appel_meter_add(&run->meter[ROW_zero_write], appel_now() - start, 1, EMPTY_TOUCH);
        }
        appel_close(run, ROW_zero_write);
        if (!appel_faulted(system->faults() - before, 2 * BATCH)) return not_once;
        for (uint64_t page = 0; page < BATCH * STRIDE; page += STRIDE) {
            if (appel_read(appel_at(va, page)) != ~page || appel_read(appel_at(va, page) + LAST) != 0) return not_zero;
        }
        appel_fill(va, BATCH * STRIDE);
    }
    system->give(va);
    return NULL;
}
