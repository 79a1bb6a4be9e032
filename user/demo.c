// SPDX-License-Identifier: MIT
// A program with a region of somebody's pager: reads it, writes to it, and says what came of that.
//
//   demo KIND
#include <os/arena.h>
#include <os/attach.h>
#include <os/begin.h>
#include <os/handlers.h>
#include <os/print.h>
#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>

enum { PAGES = 16, SHOWN = 4, WORDS = 512, ACCESS_FAILED = 3 };
#define REGION UINT64_C(0x70000000)

static volatile uint64_t *const memory = (volatile uint64_t *)REGION;

static void on_failure(struct upcall_registers *interrupted, struct os_fault *fault) {
    uint64_t error = FAULT_ERROR(TAG_LABEL(fault->message.tag)), va = fault->message.word[1];
    os_print("demo: the access to 0x%lx (page %lu) at pc 0x%lx failed: %s\n", va, (va - REGION) / OS_PAGE,
             interrupted->pc,
             error >= FAULT_FAILED ? pager_error_sentence(error - FAULT_FAILED) : "nobody answers for that address");
    os_exit(ACCESS_FAILED);
}

static uint64_t faults_paged(void) {
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    return ((const struct space_counters *)os_self()->message)->faults_paged;
}

int main(void) {
    struct os_object object;
    struct pager_stat stat;
    const char *kind = os_argument(1);
    if (kind == NULL) {
        os_print("usage: demo KIND\n");
        return 2;
    }
    struct result pager = os_lookup(kind);
    enum pager_error error = PAGER_NO_KIND;
    if (pager.status == STATUS_OK)
        error = os_attach(&object, pager.value, kind, REGION, PAGES, RIGHT_READ | RIGHT_WRITE, 0);
    if (error != PAGER_OK) {
        os_print("demo: there is no region of kind %s to be had: %s\n", kind, pager_error_sentence(error));
        return 1;
    }
    os_handler_set(on_failure);
    os_print("demo: %u pages of kind %s at 0x%lx\n", PAGES, kind, REGION);
    uint64_t before = faults_paged();
    for (uint64_t page = 0; page < SHOWN; page++)
        os_print("demo: page %lu begins with 0x%016lx, ends with 0x%016lx\n", page, memory[page * WORDS],
                 memory[page * WORDS + WORDS - 1]);
    for (uint64_t page = 0; page < PAGES; page++) memory[page * WORDS] = page + 1;
    uint64_t wrong = 0;
    for (uint64_t page = 0; page < PAGES; page++) wrong += memory[page * WORDS] != page + 1 ? 1 : 0;
    os_print("demo: wrote to %u pages, %lu of them read otherwise; %lu faults went to the pager\n", PAGES, wrong,
             faults_paged() - before);
    if (os_pager_stat(object.pager, object.cookie, &stat) == PAGER_OK)
        os_print("demo: the pager says: %lu pages, %lu with a frame, %lu of them written\n", stat.pages, stat.resident,
                 stat.dirty);
    return os_detach(&object) == PAGER_OK && wrong == 0 ? 0 : 1;
}
