// SPDX-License-Identifier: MIT
// One run of the bench, and what its groups of rows have in common.
#pragma once

#include "appel.h"
#include "appel_meter.h"

enum {
    OPERATIONS = 10240, // at least so many of each
    MANY = 4096,        // pages out of which one is chosen
    BATCH = 512,        // pages that are touched before they are made as they were
    TOGETHER = 100,     // pages of one PROTN
    OWN_FAULTS = 16,    // that a process has of its own after a fork: its data and stack are copied
};

// Between appel_open() and appel_close() nothing but the row's operations goes on.
struct appel_run {
    const struct appel_system *system;
    uint64_t operations; // OPERATIONS, or fewer
    struct appel_meter meter[ROWS];
};

// Fills the meters of its rows. => NULL; or what is wrong: one of them does not mean what it should
typedef const char *appel_group(struct appel_run *run);

appel_group appel_null, appel_trap, appel_prot1, appel_protn, appel_dirty, appel_map2;
appel_group appel_fault, appel_appel1, appel_appel2;
appel_group appel_pager, appel_lazy, appel_lazy_next, appel_zero, appel_cow;
appel_group appel_file_read, appel_file_write, appel_file_copy;
appel_group appel_fork_0, appel_fork_256, appel_fork_4096, appel_call, appel_pipe;

static inline void appel_open(struct appel_run *run, enum appel_row row) {
    appel_meter_open(&run->meter[row], run->system);
}

static inline void appel_close(struct appel_run *run, enum appel_row row) {
    appel_meter_close(&run->meter[row], run->system);
}

static inline uint64_t appel_at(uint64_t va, uint64_t page) { return va + page * APPEL_PAGE; }

// Pages, each with its number in its first word and the number's complement in its last. => 0: there are not so many
uint64_t appel_filled(const struct appel_system *system, enum appel_kind kind, uint64_t pages);
void appel_fill(uint64_t va, uint64_t pages);
bool appel_is_filled(uint64_t va, uint64_t pages);

// So many pages faulted once each, and no others but a few of the program's own.
static inline bool appel_faulted(uint64_t faults, uint64_t pages) {
    return faults >= pages && faults <= pages + OWN_FAULTS;
}

uint64_t appel_random(uint64_t below);

// ---- accesses that are not allowed ----

// From now on they are counted, and this becomes of them.
void appel_expect(const struct appel_system *system, enum appel_answer answer);
uint64_t appel_faults(void);
uint64_t appel_last_fault(void);

// Looked at by touching the page, which begins with `value`: exactly what should fault does, at its address.
bool appel_is_read_only(const struct appel_system *system, uint64_t va, uint64_t value);
bool appel_is_writable(const struct appel_system *system, uint64_t va, uint64_t value);
bool appel_is_gone(const struct appel_system *system, uint64_t va);
