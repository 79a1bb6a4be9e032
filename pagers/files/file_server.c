// SPDX-License-Identifier: MIT
// The file server: the files of one disk, as memory (kind `file`) and by requests (<os/file_protocol.h>).
#include <os/begin.h>
#include <os/print.h>
#include <os/process.h>
#include <os/threads.h>

#include "file_server.h"
#include "fill.h"
#include "flush.h"
#include "kind_file.h"
#include "memory_file.h"
#include "reclaim.h"
#include "request.h"
#include "storage.h"
#include "string.h"

enum {
    METADATA_PART = 8, // of what the server may have the file system's buffers take one part
    METADATA_LEAST = 128,
    METADATA_MOST = 4096,
};

static const char *disk_name = "disk0";
static bool has_begun; // with a file system, or without
static bool must_end;  // and no task is there for that yet

static void mount(struct task *task) {
    (void)task;
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    uint64_t pages = ((const struct space_counters *)os_self()->message)->quota / METADATA_PART;
    if (pages < METADATA_LEAST) pages = METADATA_LEAST;
    const char *wrong = storage_mount(disk_name, pager_port(), pages < METADATA_MOST ? pages : METADATA_MOST);
    if (wrong == NULL) {
        fill_begin();
    } else {
        os_print("files: no file system on %s: %s\n", disk_name, wrong);
    }
    reclaim_begin(); // there are files of memory alone in any case
    flush_begin(pager_port());
    has_begun = true;
}

static void end(struct task *task) {
    (void)task;
    if (storage_fs != NULL) {
        enum file_error error = flush_all();
        if (error != FILE_OK)
            os_print("files: not all that was written is on the disk: %s\n", file_error_sentence(error));
        storage_unmount();
    }
    os_exit(0);
}

void server_wake(uint64_t bits) {
    tasks_hold(true); // one after the other: whoever waits for a page is not asked from within
    if ((bits & STORAGE_BITS) != 0) storage_collect();
    if ((bits & FLUSH_BITS) != 0) flush_tick();
    if ((bits & FLUSH_BITS) != 0) memory_files_sweep();
    must_end = must_end || (bits & OS_FINISH) != 0;
    if (must_end && task_start(end, NULL)) must_end = false;
    tasks_hold(false);
    tasks_run();
}

static void read_arguments(void) {
    for (unsigned i = 1; i < os_argument_count(); i++) {
        const char *word = os_argument(i);
        if (memcmp(word, "disk=", string_length(word) < 5 ? string_length(word) + 1 : 5) == 0) disk_name = word + 5;
    }
}

int main(void) {
    static const struct pager_ops *const kinds[] = {&kind_file, &kind_session};
    struct result port = os_port_create();
    bool started = port.status == STATUS_OK && pager_start(kinds, sizeof kinds / sizeof kinds[0], port.value);
    read_arguments();
    tasks_begin();
    nodes_begin();
    mappings_begin();
    memory_files_begin();
    if (started) started = task_start(mount, NULL);
    if (started) tasks_run();
    while (started && !has_begun) { // nobody but the disk knows of this port yet
        struct message message = os_recv(port.value, 0);
        if (TAG_KIND(message.tag) == MESSAGE_NOTIFY) server_wake(message.word[0]);
    }
    if (!started || os_announce(port.value) != STATUS_OK) {
        os_print("%s: there is no memory to begin with\n", os_argument(0));
        return 1;
    }
    pager_serve();
    return 0;
}
