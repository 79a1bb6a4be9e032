// SPDX-License-Identifier: MIT
// Rows of forks: what a copied page costs, and what a process costs.
#include "appel_run.h"

enum { SMALL = 256, FEW = 10 }; // pages; forks of them are fewer by so much

static const char no_memory[] = "there is no memory for it";

static const struct appel_system *its_system;

// In the child: it has what its parent had, writes all of it, and each write faults once. => instructions
static uint64_t write_copies(uint64_t va) {
    const struct appel_system *system = its_system;
    if (!appel_is_filled(va, BATCH)) return 0;
    uint64_t spent = 0, before = system->faults();
    for (uint64_t page = 0; page < BATCH; page++) {
        uint64_t start = appel_now();
        appel_write(appel_at(va, page), ~page);
        spent += appel_now() - start;
    }
    uint64_t faulted = system->faults() - before;
    for (uint64_t page = 0; page < BATCH; page++) {
        if (appel_read(appel_at(va, page)) != ~page) return 0;
    }
    return appel_faulted(faulted, BATCH) ? appel_net(spent, EMPTY_TOUCH, BATCH) : 0;
}

const char *appel_cow(struct appel_run *run) {
    const struct appel_system *system = its_system = run->system;
    uint64_t va = appel_filled(system, APPEL_WRITTEN, BATCH);
    if (va == 0) return no_memory;
    for (uint64_t done = 0; done < run->operations; done += BATCH) {
        uint64_t spent = system->fork(write_copies, va);
        if (spent == 0) return "a child did not have its parent's pages, or not each write was copied once";
        appel_meter_add(&run->meter[ROW_cow_copy], spent, BATCH, EMPTY_NOTHING);
        if (!appel_is_filled(va, BATCH)) return "a child has written to its parent's pages";
        uint64_t before = system->faults();
        appel_open(run, ROW_cow_reuse);
        for (uint64_t page = 0; page < BATCH; page++) {
            uint64_t start = appel_now();
            appel_write(appel_at(va, page), page);
            appel_meter_add(&run->meter[ROW_cow_reuse], appel_now() - start, 1, EMPTY_TOUCH);
        }
        appel_close(run, ROW_cow_reuse);
        uint64_t faulted = system->faults() - before;
        if (!appel_faulted(faulted, BATCH)) return "not every page of the last holder faulted once";
        if (!appel_is_filled(va, BATCH)) return "a page has lost its content";
    }
    system->give(va);
    return NULL;
}

static uint64_t fork_pages; // that are written before each fork
static uint64_t be_brief(uint64_t argument) { return argument; }

static uint64_t look(uint64_t va) { return appel_is_filled(va, fork_pages) ? 1 : 0; }

static const char *fork_with(struct appel_run *run, enum appel_row row, uint64_t pages, uint64_t operations) {
    const struct appel_system *system = run->system;
    uint64_t va = pages != 0 ? system->take(APPEL_WRITTEN, pages) : 0;
    if (va == 0 && pages != 0) return no_memory;
    fork_pages = pages;
    appel_fill(va, pages);
    if (system->fork(look, va) != 1) return "a child did not have its parent's pages";
    for (uint64_t i = 0; i < operations; i++) {
        appel_fill(va, pages);
        appel_open(run, row);
        uint64_t start = appel_now();
        uint64_t ended = system->fork(be_brief, 1);
        uint64_t end = appel_now();
        appel_close(run, row);
        appel_meter_add(&run->meter[row], end - start, 1, EMPTY_CALL);
        if (ended != 1) return "a child did not end as it should";
    }
    if (!appel_is_filled(va, pages)) return "a page has lost its content";
    if (pages != 0) system->give(va);
    return NULL;
}

const char *appel_fork_0(struct appel_run *run) { return fork_with(run, ROW_fork_0, 0, run->operations); }

const char *appel_fork_256(struct appel_run *run) {
    return fork_with(run, ROW_fork_256, SMALL, (run->operations + FEW - 1) / FEW);
}

const char *appel_fork_4096(struct appel_run *run) {
    return fork_with(run, ROW_fork_4096, MANY, (run->operations + FEW - 1) / FEW);
}
