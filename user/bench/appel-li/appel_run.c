// SPDX-License-Identifier: MIT
// What the groups of rows have in common: pages whose content is known, and accesses that must fault or must not.
#include "appel_run.h"

enum { LAST = APPEL_PAGE - sizeof(uint64_t), FAULTS_MOST = 100000 };

static struct {
    enum appel_answer answer;
    uint64_t count, last;
} faults;

void appel_fill(uint64_t va, uint64_t pages) {
    for (uint64_t page = 0; page < pages; page++) {
        appel_write(appel_at(va, page), page);
        appel_write(appel_at(va, page) + LAST, ~page);
    }
}

bool appel_is_filled(uint64_t va, uint64_t pages) {
    for (uint64_t page = 0; page < pages; page++) {
        if (appel_read(appel_at(va, page)) != page || appel_read(appel_at(va, page) + LAST) != ~page) return false;
    }
    return true;
}

uint64_t appel_filled(const struct appel_system *system, enum appel_kind kind, uint64_t pages) {
    uint64_t va = system->take(kind, pages);
    if (va != 0) appel_fill(va, pages);
    return va;
}

uint64_t appel_random(uint64_t below) {
    static uint64_t state = 1;
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (state >> 33) % below;
}

// Who is asked for ever does not repair what faults: then the program goes on, and the check says so.
static enum appel_answer on_fault(uint64_t va) {
    faults.last = va;
    return ++faults.count > FAULTS_MOST ? APPEL_SKIP : faults.answer;
}

void appel_expect(const struct appel_system *system, enum appel_answer answer) {
    faults.answer = answer;
    faults.count = faults.last = 0;
    system->handle(on_fault);
}

uint64_t appel_faults(void) { return faults.count; }

uint64_t appel_last_fault(void) { return faults.last; }

bool appel_is_read_only(const struct appel_system *system, uint64_t va, uint64_t value) {
    appel_expect(system, APPEL_SKIP);
    bool same = appel_read(va) == value && appel_faults() == 0;
    appel_write(va, value + 1);
    return same && appel_faults() == 1 && appel_last_fault() == va && appel_read(va) == value && appel_faults() == 1;
}

bool appel_is_writable(const struct appel_system *system, uint64_t va, uint64_t value) {
    appel_expect(system, APPEL_SKIP);
    bool same = appel_read(va) == value;
    appel_write(va, ~value);
    same = same && appel_read(va) == ~value;
    appel_write(va, value);
    return same && appel_faults() == 0;
}

bool appel_is_gone(const struct appel_system *system, uint64_t va) {
    appel_expect(system, APPEL_SKIP);
    appel_read(va);
    return appel_faults() == 1 && appel_last_fault() == va;
}
