// SPDX-License-Identifier: MIT
// What the system's servers have for others: processes, objects, open files, records, frames. Before and after a load
// it must be the same.
//
//   account         says it
//   account note    keeps it in the file /account
//   account same    compares with what was kept: status 1, if something is lost
#include <os/attach.h>
#include <os/begin.h>
#include <os/files.h>
#include <os/print.h>
#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/unix.h>

#include "pagers_seen.h"
#include "string.h"

enum { FRAMES_MORE = 256 }; // servers keep some, and page tables, for the next time

enum count { PROCESSES, OBJECTS, FILES_OPEN, MAPPINGS, RECORDS, FRAMES, COUNTS };

static const char *const names[] = {"processes", "objects", "open files", "mappings", "records", "frames"};
static const char file_name[] = "/account";

struct counts {
    uint64_t count[COUNTS];
};

static struct counts counts_now(void) {
    struct counts counts = {0};
    struct os_process process;
    struct os_file_counters files;
    struct os_unix_process record;
    char name[OS_SERVER_TEXT];
    bool all;
    for (uint64_t number = 0; os_look(number, &process); number = process.process + 1) {
        counts.count[PROCESSES]++;
        counts.count[FRAMES] += process.used;
    }
    for (unsigned i = 0; pagers_name(i, name); i++) {
        struct pager_stat stat;
        uint64_t pager = pagers_find(name, &all);
        if (pager != 0 && os_pager_stat(pager, 0, &stat) == PAGER_OK) counts.count[OBJECTS] += stat.objects;
    }
    if (os_file_counters(&files) == FILE_OK) {
        counts.count[FILES_OPEN] = files.files_open;
        counts.count[MAPPINGS] = files.mappings;
    }
    for (uint64_t number = 0; os_unix_look(number, &record) == UNIX_OK; number = record.process + 1)
        counts.count[RECORDS]++;
    return counts;
}

static void tell_frames(void) {
    struct os_process process;
    os_print("account: frames:");
    for (uint64_t number = 0; os_look(number, &process); number = process.process + 1)
        os_print(" %s %lu", process.name, process.used);
    os_print("\n");
}

static enum file_error keep(struct counts *counts, bool write) {
    uint32_t file;
    uint64_t done = 0;
    uint64_t flags = write ? FILE_WRITE | FILE_MAKE | FILE_TRUNCATE : FILE_READ;
    enum file_error error = os_file_open(FILE_ROOT, file_name, flags, 0644, &file);
    if (error != FILE_OK) return error;
    error = write ? os_file_write(file, counts, sizeof *counts, 0, &done)
                  : os_file_read(file, counts, sizeof *counts, 0, &done);
    os_file_close(file);
    return error == FILE_OK && done != sizeof *counts ? FILE_IO : error;
}

static bool compare(const struct counts *now, const struct counts *before) {
    bool same = true;
    for (enum count count = 0; count < COUNTS; count++) {
        uint64_t most = before->count[count] + (count == FRAMES ? FRAMES_MORE : 0);
        if (now->count[count] <= most) continue;
        os_print("account: lost: %lu %s, before there were %lu\n", now->count[count], names[count],
                 before->count[count]);
        same = false;
    }
    if (same) os_print("account: nothing is lost\n");
    return same;
}

int main(void) {
    const char *what = os_argument(1);
    enum file_error error = os_files_begin("file", OS_FILES);
    struct counts now = counts_now(), before;
    os_print("account:");
    for (enum count count = 0; count < COUNTS; count++) os_print(" %lu %s", now.count[count], names[count]);
    os_print("\n");
    tell_frames();
    if (what == NULL) return 0;
    bool note = string_equal(what, "note");
    if (!note && !string_equal(what, "same")) {
        os_print("usage: account [note|same]\n");
        return 2;
    }
    if (error == FILE_OK) error = keep(note ? &now : &before, note);
    if (error != FILE_OK) {
        os_print("account: %s: %s\n", file_name, file_error_sentence(error));
        return 3;
    }
    return note || compare(&now, &before) ? 0 : 1;
}
