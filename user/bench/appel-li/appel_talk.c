// SPDX-License-Identifier: MIT
// Rows of calls: to the system, to another process.
#include "appel_run.h"

const char *appel_null(struct appel_run *run) {
    const struct appel_system *system = run->system;
    uint64_t first = system->null();
    appel_open(run, ROW_null);
    for (uint64_t i = 0; i < run->operations; i++) {
        uint64_t start = appel_now();
        uint64_t again = system->null();
        appel_meter_add(&run->meter[ROW_null], appel_now() - start, 1, EMPTY_CALL);
        if (again != first) return "it does not always say the same";
    }
    appel_close(run, ROW_null);
    return NULL;
}

const char *appel_call(struct appel_run *run) {
    const struct appel_system *system = run->system;
    appel_open(run, ROW_call);
    for (uint64_t i = 0; i < run->operations; i++) {
        uint64_t words[APPEL_WORDS];
        for (uint64_t n = 0; n < APPEL_WORDS; n++) words[n] = i * n;
        uint64_t start = appel_now();
        bool fine = system->call(words);
        appel_meter_add(&run->meter[ROW_call], appel_now() - start, 1, EMPTY_CALL);
        for (uint64_t n = 0; n < APPEL_WORDS; n++) {
            if (!fine || words[n] != i * n + 1) return "the answer is wrong";
        }
    }
    appel_close(run, ROW_call);
    return NULL;
}

const char *appel_pipe(struct appel_run *run) {
    const struct appel_system *system = run->system;
    appel_open(run, ROW_pipe);
    for (uint64_t i = 0; i < run->operations; i++) {
        uint64_t start = appel_now();
        uint8_t answer = system->ping((uint8_t)i);
        appel_meter_add(&run->meter[ROW_pipe], appel_now() - start, 1, EMPTY_CALL);
        if (answer != (uint8_t)(i + 1)) return "the answer is wrong";
    }
    appel_close(run, ROW_pipe);
    return NULL;
}
