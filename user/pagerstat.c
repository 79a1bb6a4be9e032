// SPDX-License-Identifier: MIT
// What the pagers have done: frames, faults by case, and how many instructions an answer took.
#include <os/attach.h>
#include <os/begin.h>
#include <os/file_protocol.h>
#include <os/handles.h>
#include <os/print.h>
#include <os/process.h>
#include <os/threads.h>

#include "pagers_seen.h"
#include "string.h"

enum { BAR = 40 };

static void show_cases(const struct pager_stat *stat) {
    for (unsigned i = 0; i < PAGER_CASES; i++) {
        if (stat->cases[i] != 0) os_print("  %-12s %10lu\n", pager_case_name(i), stat->cases[i]);
    }
}

static void show_latencies(const struct pager_stat *stat) {
    uint64_t most = 1;
    for (unsigned i = 0; i < PAGER_LATENCIES; i++) most = stat->latency[i] > most ? stat->latency[i] : most;
    for (unsigned i = 0; i < PAGER_LATENCIES; i++) {
        static const char bar[] = "########################################";
        if (stat->latency[i] == 0) continue;
        os_print("  %8u up %10lu %.*s\n", 1u << i, stat->latency[i], (int)(stat->latency[i] * BAR / most), bar);
    }
}

static void show_store(const struct pager_stored *store, uint64_t stored) {
    if (store->places == 0) return;
    os_print(
        " swap: %lu pages, %lu of them free; %lu pages only there; now %lu on their way out, %lu on their way in\n",
        store->places, store->places_free, stored, store->putting, store->getting);
    os_print(
        "  %lu out, %lu evicted that were there already, %lu taken back on their way; %lu in, %lu of them ahead: %lu "
        "used; errors: %lu out, %lu in\n",
        store->put, store->clean, store->returned, store->got, store->ahead, store->ahead_touched, store->put_failed,
        store->get_failed);
}

// What a file server has in its cache; other pagers have none.
static void show_cache(uint64_t pager) {
    struct os_file_counters now;
    struct message answer = os_call(
        pager, MESSAGE_CALL | (uint64_t)(FILE_CALL_FIRST + FILE_CALL_counters) << TAG_LABEL_SHIFT, 0, 0, 0, 0, 0);
    if (answer.status != STATUS_OK || answer.word[0] != FILE_OK || TAG_TEXT_SIZE(answer.tag) != sizeof now) return;
    memcpy(&now, os_self()->message, sizeof now);
    os_print(
        " cache: %lu of at most %lu pages: %lu clean, %lu dirty; now %lu on their way out; %lu files, %lu open, %lu "
        "mappings; %lu pages are of files of memory alone\n",
        now.pages, now.pages_most, now.pages_clean, now.pages_dirty, now.pages_writing, now.files, now.files_open,
        now.mappings, now.pages_memory);
    os_print("  %lu out, %lu evicted; %lu in, %lu of them ahead: %lu used; %lu commits; errors: %lu\n", now.written,
             now.evicted, now.read, now.read_ahead, now.read_ahead_hits, now.commits, now.errors);
}

static bool show(const char *name) {
    struct pager_stat stat;
    bool all;
    uint64_t pager = pagers_find(name, &all);
    enum pager_error error = pager == 0 ? PAGER_NO_OBJECT : os_pager_stat(pager, 0, &stat);
    if (pager == 0 || error != PAGER_OK) {
        os_print("pagerstat: %s does not answer as a pager: %s\n", name,
                 pager == 0 ? "it is not there" : pager_error_sentence(error));
        return false;
    }
    os_print("%s: %lu frames, %lu of them free, %lu objects; %lu pages evicted, %lu faults out of memory\n", name,
             stat.frames, stat.frames_free, stat.objects, stat.evicted, stat.refused);
    os_print(" %s objects: %lu pages, %lu resident, %lu shared, %lu dirty, %lu withheld\n", all ? "all" : "own",
             stat.pages, stat.resident, stat.shared, stat.dirty, stat.withheld);
    show_store(&stat.store, stat.stored);
    show_cache(pager);
    os_print(" faults by case\n");
    show_cases(&stat);
    os_print(" instructions from receiving a fault to answering it; without --icount the host's clock, not a count\n");
    show_latencies(&stat);
    os_close(pager);
    return true;
}

int main(void) {
    char name[OS_SERVER_TEXT];
    bool fine = true;
    if (os_argument_count() > 2) {
        os_print("usage: pagerstat [SERVER]\n");
        return 2;
    }
    if (os_argument_count() == 2) return show(os_argument(1)) ? 0 : 3;
    for (unsigned i = 0; pagers_name(i, name); i++) fine = show(name) && fine;
    return fine ? 0 : 3;
}
