// SPDX-License-Identifier: MIT
// Rows of mapped files whose pages are in memory already.
#include "appel_run.h"

static const char no_file[] = "the file cannot be mapped", not_once[] = "not every page faulted once";

const char *appel_file_read(struct appel_run *run) {
    const struct appel_system *system = run->system;
    for (uint64_t done = 0; done < run->operations; done += BATCH) {
        uint64_t va = system->map_file(BATCH, true), before = system->faults();
        if (va == 0) return no_file;
        appel_open(run, ROW_file_read);
        for (uint64_t page = 0; page < BATCH; page++) {
            uint64_t start = appel_now();
            uint64_t seen = appel_read(appel_at(va, page));
            appel_meter_add(&run->meter[ROW_file_read], appel_now() - start, 1, EMPTY_TOUCH);
            if (seen != page) return "a page is not the file's";
        }
        appel_close(run, ROW_file_read);
        uint64_t faulted = system->faults() - before; // one may bring several pages
        if (faulted == 0 || faulted > BATCH + OWN_FAULTS) return not_once;
        system->unmap_file(va, BATCH);
    }
    return NULL;
}

// Is page n of the file `n`, or its complement?
static bool file_has(const struct appel_system *system, bool complement) {
    uint64_t va = system->map_file(BATCH, true);
    bool fine = va != 0;
    for (uint64_t page = 0; page < BATCH && fine; page++)
        fine = appel_read(appel_at(va, page)) == (complement ? ~page : page);
    if (va != 0) system->unmap_file(va, BATCH);
    return fine;
}

static const char *write_file(struct appel_run *run, enum appel_row row, bool shared) {
    const struct appel_system *system = run->system;
    for (uint64_t done = 0, round = 0; done < run->operations; done += BATCH, round++) {
        uint64_t va = system->map_file(BATCH, shared), before = system->faults();
        if (va == 0) return no_file;
        bool complement = !shared || round % 2 == 0;
        appel_open(run, row);
        for (uint64_t page = 0; page < BATCH; page++) {
            uint64_t start = appel_now();
            appel_write(appel_at(va, page), complement ? ~page : page);
            appel_meter_add(&run->meter[row], appel_now() - start, 1, EMPTY_TOUCH);
        }
        appel_close(run, row);
        uint64_t faulted =
            system->faults() - before; // of a file of memory, which nobody writes back, one may do for several
        if (shared ? faulted == 0 || faulted > BATCH + OWN_FAULTS : !appel_faulted(faulted, BATCH)) return not_once;
        for (uint64_t page = 0; page < BATCH; page++) {
            if (appel_read(appel_at(va, page)) != (complement ? ~page : page))
                return "a page has lost what was written";
        }
        system->unmap_file(va, BATCH);
        if (!file_has(system, shared && complement))
            return shared ? "the file has not what was written" : "a private write has reached the file";
    }
    return NULL;
}

const char *appel_file_write(struct appel_run *run) {
    const char *wrong = write_file(run, ROW_file_write, true);
    if (wrong != NULL) return wrong;
    uint64_t va = run->system->map_file(BATCH, true); // as it was
    if (va == 0) return no_file;
    for (uint64_t page = 0; page < BATCH; page++) appel_write(appel_at(va, page), page);
    run->system->unmap_file(va, BATCH);
    return NULL;
}

const char *appel_file_copy(struct appel_run *run) { return write_file(run, ROW_file_copy, false); }
