// SPDX-License-Identifier: MIT
// What many tests need.
#include "suite.h"

#include <os/begin.h>
#include <os/print.h>

void suite_skip(struct upcall_registers *interrupted) {
    uint16_t first = *(const uint16_t *)interrupted->pc;
    interrupted->pc += (first & 3) == 3 ? 4 : 2;
}

void suite_handler(struct upcall_registers *interrupted, struct os_fault *fault) {
    uint64_t label = TAG_LABEL(fault->message.tag);
    if (FAULT_ACCESS(label) == FAULT_MISUSE) {
        interrupted->x[REGISTER_A0] = STATUS_MISUSE;
        interrupted->pc += 4;
        return;
    }
    suite_fail("a fault", (int)FAULT_ACCESS(label), "none: its va, its pc", fault->message.word[1], interrupted->pc);
    if (FAULT_ACCESS(label) == FAULT_EXECUTE)
        interrupted->pc = interrupted->x[0]; // as if the call had returned
    else if (FAULT_ACCESS(label) != FAULT_CALL)
        suite_skip(interrupted);
}

struct os_child suite_child_made(void (*function)(uint64_t argument), uint64_t argument, uint64_t quota,
                                 unsigned rank) {
    struct os_child child;
    if (!os_child_make(&child, function, argument, quota, rank)) {
        os_print("Bail out! there is no memory for a child\n");
        os_exit(1);
    }
    return child;
}

struct os_child suite_child(void (*function)(uint64_t argument), uint64_t argument) {
    struct os_child child = suite_child_made(function, argument, CHILD_QUOTA, 1);
    os_child_start(&child);
    return child;
}

void suite_child_finish(struct os_child *child) {
    struct message last;
    if (!os_child_wait(child, &last))
        suite_fail("a child", (int)TAG_KIND(last.tag), "its function to return: va or bits, pc",
                   TAG_KIND(last.tag) == MESSAGE_FAULT ? last.word[1] : last.word[0], last.word[3]);
    os_child_end(child);
}

void suite_sleep(uint64_t microseconds) {
    uint64_t port = os_port_create().value;
    os_timer(port, 1, os_after(microseconds));
    os_recv(port, 0);
    os_end(port);
}
