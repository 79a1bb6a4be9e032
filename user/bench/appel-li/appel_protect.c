// SPDX-License-Identifier: MIT
// Rows of protection: TRAP, PROT1, PROTN, UNPROT, DIRTY, MAP2.
#include "appel_run.h"

enum { CHECKED = 64 }; // one operation in so many is looked at by touching what it did

static const char no_memory[] = "there is no memory for it", refused[] = "the system refused it";

const char *appel_trap(struct appel_run *run) {
    const struct appel_system *system = run->system;
    uint64_t va = appel_filled(system, APPEL_WRITTEN, BATCH);
    if (va == 0) return no_memory;
    if (!system->protect(va, BATCH)) return refused;
    for (uint64_t page = 0; page < BATCH; page++) {
        if (!appel_is_read_only(system, appel_at(va, page), page)) return "a read-only page is not";
    }
    appel_expect(system, APPEL_SKIP);
    appel_open(run, ROW_trap);
    for (uint64_t i = 0; i < run->operations; i++) {
        uint64_t start = appel_now();
        appel_write(appel_at(va, i % BATCH), ~i);
        appel_meter_add(&run->meter[ROW_trap], appel_now() - start, 1, EMPTY_TOUCH);
    }
    appel_close(run, ROW_trap);
    if (appel_faults() != run->operations) return "not every store was told to the handler once";
    if (!appel_is_filled(va, BATCH)) return "a store came through";
    if (!system->allow(va, BATCH)) return refused;
    for (uint64_t page = 0; page < BATCH; page++) {
        if (!appel_is_writable(system, appel_at(va, page), page)) return "an unprotected page cannot be written";
    }
    system->give(va);
    return NULL;
}

const char *appel_prot1(struct appel_run *run) {
    const struct appel_system *system = run->system;
    uint64_t va = appel_filled(system, APPEL_WRITTEN, MANY);
    if (va == 0) return no_memory;
    for (uint64_t i = 0; i < run->operations; i++) {
        uint64_t page = appel_random(MANY), at = appel_at(va, page);
        appel_open(run, ROW_prot1);
        uint64_t start = appel_now();
        bool fine = system->protect(at, 1);
        uint64_t end = appel_now();
        appel_close(run, ROW_prot1);
        appel_meter_add(&run->meter[ROW_prot1], end - start, 1, EMPTY_CALL);
        bool look = i % CHECKED == 0;
        if (look && !appel_is_read_only(system, at, page)) return "a protected page can be written";
        if (look && page + 1 < MANY && !appel_is_writable(system, appel_at(at, 1), page + 1))
            return "the page behind a protected one cannot be written";
        appel_open(run, ROW_unprot1);
        start = appel_now();
        fine = system->allow(at, 1) && fine;
        end = appel_now();
        appel_close(run, ROW_unprot1);
        appel_meter_add(&run->meter[ROW_unprot1], end - start, 1, EMPTY_CALL);
        if (!fine) return refused;
        if (look && !appel_is_writable(system, at, page)) return "an unprotected page cannot be written";
    }
    system->give(va);
    return NULL;
}

const char *appel_protn(struct appel_run *run) {
    const struct appel_system *system = run->system;
    uint64_t va = appel_filled(system, APPEL_WRITTEN, TOGETHER);
    if (va == 0) return no_memory;
    for (uint64_t done = 0; done < run->operations; done += TOGETHER) {
        appel_open(run, ROW_protn);
        uint64_t start = appel_now();
        bool fine = system->protect(va, TOGETHER);
        uint64_t end = appel_now();
        appel_close(run, ROW_protn);
        appel_meter_add(&run->meter[ROW_protn], end - start, TOGETHER, EMPTY_CALL);
        for (uint64_t page = 0; page < TOGETHER; page++) {
            if (!appel_is_read_only(system, appel_at(va, page), page)) return "a protected page can be written";
        }
        appel_open(run, ROW_unprotn);
        start = appel_now();
        fine = system->allow(va, TOGETHER) && fine;
        end = appel_now();
        appel_close(run, ROW_unprotn);
        appel_meter_add(&run->meter[ROW_unprotn], end - start, TOGETHER, EMPTY_CALL);
        if (!fine) return refused;
        for (uint64_t page = 0; page < TOGETHER; page++) {
            if (!appel_is_writable(system, appel_at(va, page), page)) return "an unprotected page cannot be written";
        }
    }
    system->give(va);
    return NULL;
}

// Writes a random half of the pages: exactly these are found.
static bool half_is_found(const struct appel_system *system, uint64_t va) {
    bool wrote[TOGETHER], written[TOGETHER];
    if (!system->watch(va, TOGETHER)) return false;
    for (uint64_t page = 0; page < TOGETHER; page++) {
        wrote[page] = appel_random(2) != 0;
        if (wrote[page])
            appel_write(appel_at(va, page), page);
        else
            appel_read(appel_at(va, page));
    }
    if (!system->find_written(va, TOGETHER, written)) return false;
    for (uint64_t page = 0; page < TOGETHER; page++) {
        if (wrote[page] != written[page]) return false;
    }
    return true;
}

static void write_all(uint64_t va) {
    for (uint64_t page = 0; page < TOGETHER; page++) appel_write(appel_at(va, page), page);
}

const char *appel_dirty(struct appel_run *run) {
    const struct appel_system *system = run->system;
    bool written[TOGETHER];
    uint64_t va = appel_filled(system, APPEL_WRITTEN, TOGETHER);
    if (va == 0) return no_memory;
    for (uint64_t done = 0; done < run->operations; done += TOGETHER) {
        if (!half_is_found(system, va)) return "other pages are found than were written";
        uint64_t start = appel_now();
        write_all(va);
        uint64_t empty = appel_now() - start;
        appel_open(run, ROW_dirty);
        start = appel_now();
        bool fine = system->watch(va, TOGETHER);
        write_all(va);
        fine = system->find_written(va, TOGETHER, written) && fine;
        uint64_t end = appel_now();
        appel_close(run, ROW_dirty);
        appel_meter_add(&run->meter[ROW_dirty], end - start - empty, TOGETHER, EMPTY_CALL);
        if (!fine) return refused;
        for (uint64_t page = 0; page < TOGETHER; page++) {
            if (!written[page]) return "a written page is not found";
        }
    }
    if (!appel_is_filled(va, 1)) return "a page has lost its content";
    system->give(va);
    return NULL;
}

const char *appel_map2(struct appel_run *run) {
    const struct appel_system *system = run->system;
    uint64_t va = appel_filled(system, APPEL_ALIASED, BATCH);
    if (va == 0) return no_memory;
    for (uint64_t i = 0; i < run->operations; i++) {
        uint64_t page = appel_random(BATCH);
        appel_open(run, ROW_map2);
        uint64_t start = appel_now();
        uint64_t at = system->alias(appel_at(va, page));
        if (at == 0) return refused;
        uint64_t seen = appel_read(at);
        bool fine = system->unalias(at);
        uint64_t end = appel_now();
        appel_close(run, ROW_map2);
        appel_meter_add(&run->meter[ROW_map2], end - start, 1, EMPTY_CALL);
        if (!fine) return refused;
        if (seen != page) return "the second address shows something else";
        if (i % CHECKED != 0) continue;
        if (!appel_is_gone(system, at)) return "the second address is still there";
        at = system->alias(appel_at(va, page));
        if (!appel_is_read_only(system, at, page)) return "the page can be written at its second address";
        appel_write(appel_at(va, page), ~page);
        if (appel_read(at) != ~page) return "the second address is of a copy";
        appel_write(appel_at(va, page), page);
        system->unalias(at);
    }
    system->give(va);
    return NULL;
}
