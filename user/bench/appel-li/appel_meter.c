// SPDX-License-Identifier: MIT
// Counting what operations cost.
#include "appel_meter.h"

enum { CALIBRATIONS = 4096, HUNDREDTHS = 100 };

bool appel_by_clock;

static uint64_t empty_cost[EMPTIES]; // of CALIBRATIONS of them
static uint64_t page[APPEL_PAGE / 8] __attribute__((aligned(APPEL_PAGE)));

static bool nothing(uint64_t va, uint64_t pages) {
    __asm__ volatile("" : : "r"(va), "r"(pages) : "memory");
    return true;
}

static bool (*volatile call_nothing)(uint64_t va, uint64_t pages) = nothing;

void appel_meter_start(void) {
    bool (*call)(uint64_t va, uint64_t pages) = call_nothing;
    for (int warm = 0; warm < 2; warm++) {
        for (enum appel_empty empty = 0; empty < EMPTIES; empty++) empty_cost[empty] = 0;
        for (unsigned i = 0; i < CALIBRATIONS; i++) {
            uint64_t start = appel_now();
            empty_cost[EMPTY_COUNTING] += appel_now() - start;
            start = appel_now();
            appel_write((uint64_t)page, i);
            empty_cost[EMPTY_TOUCH] += appel_now() - start;
            start = appel_now();
            call((uint64_t)page, 1);
            empty_cost[EMPTY_CALL] += appel_now() - start;
        }
    }
}

uint64_t appel_net(uint64_t spent, enum appel_empty empty, uint64_t count) {
    // Rounded: by the clock one is a fraction of a tick.
    uint64_t cost = (empty_cost[empty] * count + CALIBRATIONS / 2) / CALIBRATIONS;
    return spent > cost ? spent - cost : 0;
}

void appel_meter_begin(struct appel_meter *meter) { *meter = (struct appel_meter){.least = UINT64_MAX}; }

// Empties are taken off at the end, all together: by the clock a single one is less than a tick.
void appel_meter_add(struct appel_meter *meter, uint64_t spent, uint64_t operations, enum appel_empty empty) {
    uint64_t each = appel_net(spent, empty, 1) * HUNDREDTHS / operations;
    meter->spent += spent;
    meter->operations += operations;
    meter->samples++;
    meter->empty = empty;
    if (each < meter->least) meter->least = each;
    if (each > meter->most) meter->most = each;
}

void appel_meter_open(struct appel_meter *meter, const struct appel_system *system) { meter->opened = system->count(); }

void appel_meter_close(struct appel_meter *meter, const struct appel_system *system) {
    struct appel_counters now = system->count();
    meter->counters.faults += now.faults - meter->opened.faults;
    meter->counters.switches += now.switches - meter->opened.switches;
    meter->counters.fences += now.fences - meter->opened.fences;
}

static uint64_t rounded(uint64_t sum, uint64_t count) { return (sum + count / 2) / count; }

void appel_meter_tell(const struct appel_meter *meter, const char *row, const struct appel_system *system) {
    uint64_t n = meter->operations, spent = appel_net(meter->spent, meter->empty, meter->samples);
    system->print("appel %s %lu %lu %lu %lu %lu %lu\n", row, rounded(spent * HUNDREDTHS, n), meter->least, meter->most,
                  n, rounded(meter->counters.switches * HUNDREDTHS, n),
                  rounded(meter->counters.fences * HUNDREDTHS, n));
}
