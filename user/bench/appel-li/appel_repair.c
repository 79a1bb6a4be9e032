// SPDX-License-Identifier: MIT
// Rows of handlers that repair what faults: FAULT, and Appel and Li's two composites.
#include "appel_run.h"

static const char no_memory[] = "there is no memory for it", refused[] = "the system refused it";

const char *appel_fault(struct appel_run *run) {
    const struct appel_system *system = run->system;
    uint64_t va = appel_filled(system, APPEL_WRITTEN, TOGETHER);
    if (va == 0) return no_memory;
    for (uint64_t done = 0; done < run->operations; done += TOGETHER) {
        if (!system->protect(va, TOGETHER)) return refused;
        appel_expect(system, APPEL_ALLOW);
        appel_open(run, ROW_fault);
        for (uint64_t page = 0; page < TOGETHER; page++) {
            uint64_t start = appel_now();
            appel_write(appel_at(va, page), page);
            appel_meter_add(&run->meter[ROW_fault], appel_now() - start, 1, EMPTY_TOUCH);
            if (appel_last_fault() != appel_at(va, page)) return "the handler was told another address";
        }
        appel_close(run, ROW_fault);
        if (appel_faults() != TOGETHER) return "not every page faulted once";
        if (!appel_is_filled(va, TOGETHER)) return "a page has lost its content";
    }
    system->give(va);
    return NULL;
}

// ---- APPEL1 ----

static struct {
    const struct appel_system *system;
    uint64_t next;  // what the handler protects
    uint64_t count; // of its calls
} one;

static enum appel_answer protect_another(uint64_t va) {
    (void)va;
    one.count++;
    one.system->protect(one.next, 1);
    return APPEL_ALLOW;
}

const char *appel_appel1(struct appel_run *run) {
    const struct appel_system *system = run->system;
    uint64_t va = appel_filled(system, APPEL_WRITTEN, MANY), page = 0;
    if (va == 0) return no_memory;
    if (!system->protect(va, 1)) return refused;
    one.system = system;
    one.count = 0;
    system->handle(protect_another);
    appel_open(run, ROW_appel1);
    for (uint64_t i = 0; i < run->operations; i++) {
        uint64_t next = (page + 1 + appel_random(MANY - 1)) % MANY;
        one.next = appel_at(va, next);
        uint64_t start = appel_now();
        appel_write(appel_at(va, page), page);
        appel_meter_add(&run->meter[ROW_appel1], appel_now() - start, 1, EMPTY_TOUCH);
        page = next;
    }
    appel_close(run, ROW_appel1);
    if (one.count != run->operations) return "not every store to a protected page faulted once";
    if (!appel_is_read_only(system, appel_at(va, page), page)) return "the page protected last can be written";
    appel_expect(system, APPEL_SKIP);
    for (uint64_t i = 0; i < MANY; i++) {
        if (i != page) appel_write(appel_at(va, i), i);
    }
    if (appel_faults() != 0) return "another page is still protected";
    if (!appel_is_filled(va, MANY)) return "a page has lost its content";
    system->give(va);
    return NULL;
}

// ---- APPEL2 ----

static uint64_t order[TOGETHER]; // addresses

static void shuffle(uint64_t va) {
    for (uint64_t i = 0; i < TOGETHER; i++) order[i] = appel_at(va, i);
    for (uint64_t i = TOGETHER - 1; i > 0; i--) {
        uint64_t other = appel_random(i + 1), kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
}

__attribute__((noinline)) static void touch_in_order(void) {
    for (uint64_t i = 0; i < TOGETHER; i++) appel_write(order[i], (order[i] - order[0]) / APPEL_PAGE);
}

const char *appel_appel2(struct appel_run *run) {
    const struct appel_system *system = run->system;
    uint64_t va = appel_filled(system, APPEL_WRITTEN, TOGETHER);
    if (va == 0) return no_memory;
    for (uint64_t done = 0; done < run->operations; done += TOGETHER) {
        shuffle(va);
        appel_expect(system, APPEL_ALLOW);
        uint64_t start = appel_now();
        touch_in_order();
        uint64_t empty = appel_now() - start;
        appel_open(run, ROW_appel2);
        start = appel_now();
        bool fine = system->protect(va, TOGETHER);
        touch_in_order();
        uint64_t end = appel_now();
        appel_close(run, ROW_appel2);
        appel_meter_add(&run->meter[ROW_appel2], end - start - empty, TOGETHER, EMPTY_CALL);
        if (!fine) return refused;
        if (appel_faults() != TOGETHER || appel_last_fault() != order[TOGETHER - 1])
            return "not every page faulted once";
        for (uint64_t i = 0; i < TOGETHER; i++) {
            if (appel_read(order[i]) != (order[i] - order[0]) / APPEL_PAGE) return "a page has lost its content";
        }
        touch_in_order();
        if (appel_faults() != TOGETHER) return "a page faulted again";
    }
    system->give(va);
    return NULL;
}
