// SPDX-License-Identifier: MIT
// Counting what operations cost.
#include "appel_meter.h"

enum { CALIBRATIONS = 4096, SCALE = 4096, HUNDREDTHS = 100, SPOILT = 2 };

bool appel_by_clock;

static uint64_t empty_cost[EMPTIES]; // of SCALE of them
static uint64_t page[APPEL_PAGE / 8] __attribute__((aligned(APPEL_PAGE)));

static bool nothing(uint64_t va, uint64_t pages) {
    __asm__ volatile("" : : "r"(va), "r"(pages) : "memory");
    return true;
}

static bool (*volatile call_nothing)(uint64_t va, uint64_t pages) = nothing;

static void add(struct appel_pile *pile, uint64_t sample) {
    unsigned step = 0;
    while (step < APPEL_STEPS - 1 && sample >> step != 0) step++;
    pile->count[step]++;
    pile->sum[step] += sample;
}

// The sum of the samples that count, and how many: all instructions, but by the clock not what is far above the median.
static uint64_t sum_of(const struct appel_pile *pile, uint64_t *count) {
    uint64_t all = 0, sum = 0, below = 0;
    unsigned last = APPEL_STEPS - 1;
    for (unsigned step = 0; step < APPEL_STEPS; step++) all += pile->count[step];
    for (unsigned step = 0; appel_by_clock && step < APPEL_STEPS; step++) {
        below += pile->count[step];
        if (below * 2 < all) continue;
        last = step + SPOILT < APPEL_STEPS ? step + SPOILT : APPEL_STEPS - 1;
        break;
    }
    *count = 0;
    for (unsigned step = 0; step <= last; step++) {
        *count += pile->count[step];
        sum += pile->sum[step];
    }
    return sum;
}

void appel_meter_start(void) {
    bool (*call)(uint64_t va, uint64_t pages) = call_nothing;
    static struct appel_pile piles[EMPTIES];
    for (int warm = 0; warm < 2; warm++) {
        for (enum appel_empty empty = 0; empty < EMPTIES; empty++) piles[empty] = (struct appel_pile){{0}, {0}};
        for (unsigned i = 0; i < CALIBRATIONS; i++) {
            uint64_t start = appel_now();
            add(&piles[EMPTY_COUNTING], appel_now() - start);
            start = appel_now();
            appel_write((uint64_t)page, i);
            add(&piles[EMPTY_TOUCH], appel_now() - start);
            start = appel_now();
            call((uint64_t)page, 1);
            add(&piles[EMPTY_CALL], appel_now() - start);
        }
    }
    for (enum appel_empty empty = 0; empty < EMPTY_NOTHING; empty++) {
        uint64_t count, sum = sum_of(&piles[empty], &count);
        empty_cost[empty] = sum * SCALE / count;
    }
}

// Of all together: by the clock a single one is less than a tick.
uint64_t appel_net(uint64_t spent, enum appel_empty empty, uint64_t count) {
    uint64_t cost = (empty_cost[empty] * count + SCALE / 2) / SCALE;
    return spent > cost ? spent - cost : 0;
}

void appel_meter_begin(struct appel_meter *meter) { *meter = (struct appel_meter){.least = UINT64_MAX}; }

void appel_meter_add(struct appel_meter *meter, uint64_t spent, uint64_t operations, enum appel_empty empty) {
    uint64_t each = appel_net(spent, empty, 1) * HUNDREDTHS / operations;
    add(&meter->pile, spent);
    meter->operations += operations;
    meter->samples++;
    meter->empty = empty;
    if (each < meter->least) meter->least = each;
    if (each > meter->most) meter->most = each;
}

void appel_meter_open(struct appel_meter *meter, const struct appel_system *system) { meter->opened = system->count(); }

void appel_meter_close(struct appel_meter *meter, const struct appel_system *system) {
    struct appel_counters now = system->count();
    meter->counters.switches += now.switches - meter->opened.switches;
    meter->counters.fences += now.fences - meter->opened.fences;
}

static uint64_t rounded(uint64_t sum, uint64_t count) { return (sum + count / 2) / count; }

void appel_meter_tell(const struct appel_meter *meter, const char *row, const struct appel_system *system) {
    uint64_t n = meter->operations, samples, sum = sum_of(&meter->pile, &samples);
    uint64_t spent = appel_net(sum, meter->empty, samples), counted = samples * (n / meter->samples);
    system->print("appel %s %lu %lu %lu %lu %lu %lu\n", row, rounded(spent * HUNDREDTHS, counted), meter->least,
                  meter->most, n, rounded(meter->counters.switches * HUNDREDTHS, n),
                  rounded(meter->counters.fences * HUNDREDTHS, n));
}
