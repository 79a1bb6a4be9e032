// SPDX-License-Identifier: MIT
// What files cost as memory: guest instructions for a page that is in the cache. For each row of file_rows.def a
// line "bench NAME INSTRUCTIONS SWITCHES SHOOTDOWNS TIME". Runs on a whole system, whose file server and disk it uses;
// switches are those into this program. Meant for one hart.
#include <os/begin.h>
#include <os/files.h>
#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>

#include "cost.h"

enum {
    PAGE = 4096,
    ROUNDS = 8,
    PAGES = 512,
};
#define PLACE 0x3000000000ul
#define RW    (RIGHT_READ | RIGHT_WRITE)

enum row {
#define ROW(name, budget, what) ROW_##name,
#include "file_rows.def"
#undef ROW
    ROWS,
};

static const char *const row_names[] = {
#define ROW(name, budget, what) #name,
#include "file_rows.def"
#undef ROW
};

static struct cost costs[2][ROWS]; // in instructions; in ticks of the clock
static uint32_t file;
static char page[PAGE];

static struct space_counters count(void) {
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    return *(const struct space_counters *)os_self()->message;
}

__attribute__((noinline)) static void write_pages(uint64_t va) {
    for (uint64_t i = 0; i < PAGES; i++, va += PAGE) *(volatile uint64_t *)va = i;
}

__attribute__((noinline)) static void read_pages(uint64_t va) {
    for (uint64_t i = 0; i < PAGES; i++, va += PAGE) (void)*(volatile uint64_t *)va;
}

// The work on a new mapping, and once more on pages that are there, which is taken off.
static bool measure(enum row row, uint64_t options, void (*first)(uint64_t va), void (*work)(uint64_t va)) {
    struct cost sum = {0};
    for (int round = -1; round < ROUNDS; round++) {
        struct os_object object;
        if (os_file_map(&object, file, PLACE, 0, PAGES, options) != FILE_OK) return false;
        if (first != NULL) first(PLACE);
        struct space_counters before = count();
        uint64_t start = now();
        work(PLACE);
        uint64_t middle = now();
        work(PLACE);
        uint64_t end = now();
        struct space_counters after = count();
        os_detach(&object);
        os_file_sync(file, 0);
        if (round < 0) continue; // what is needed once is there from then on
        sum.spent += (middle - start) - (end - middle);
        sum.switches += after.switches - before.switches;
        sum.shootdowns += after.shootdowns - before.shootdowns;
        sum.operations += PAGES;
    }
    costs[by_clock][row] = sum;
    return true;
}

static bool make_file(void) {
    uint64_t done;
    bool made =
        os_files_begin("files", OS_FILES) == FILE_OK &&
        os_file_open(FILE_ROOT, "/bench", FILE_READ | FILE_WRITE | FILE_MAKE | FILE_TRUNCATE, 0644, &file) == FILE_OK;
    for (uint64_t i = 0; i < PAGES && made; i++)
        made = os_file_write(file, page, PAGE, i * PAGE, &done) == FILE_OK && done == PAGE;
    return made && os_file_sync(file, 0) == FILE_OK;
}

int main(void) {
    bool complete = make_file();
    for (by_clock = 0; by_clock < 2 && complete; by_clock++) {
        complete = measure(ROW_file_read, RIGHT_READ, NULL, read_pages) &&
                   measure(ROW_file_write, RW | FILE_SHARED, NULL, write_pages) &&
                   measure(ROW_file_write_there, RW | FILE_SHARED, read_pages, write_pages) &&
                   measure(ROW_file_copy, RW, NULL, write_pages);
    }
    for (enum row row = 0; row < ROWS; row++) {
        complete = cost_tell(row_names[row], &costs[0][row], &costs[1][row]) && complete;
    }
    return complete ? 0 : 1;
}
