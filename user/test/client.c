// SPDX-License-Identifier: MIT
// A client whose faults the test answers.
#include "client.h"

struct os_child client_made(void (*function)(uint64_t argument), uint64_t argument) {
    struct os_child child = suite_child_made(function, argument, CHILD_QUOTA, 1);
    EXPECT_STATUS(
        OK, os_region(child.space, LAZY_START, LAZY_PAGES, child.port, LAZY_COOKIE, LAZY_OFFSET, RIGHTS_ACCESS, 0));
    return child;
}

struct os_child client_start(void (*function)(uint64_t argument), uint64_t argument) {
    struct os_child child = client_made(function, argument);
    os_child_start(&child);
    return child;
}

struct message client_message(const struct os_child *child) {
    struct message message = os_recv(child->port, 0);
    EXPECT_STATUS(OK, message);
    return message;
}

struct message client_fault(const struct os_child *child) {
    struct message fault = client_message(child);
    EXPECT_EQUAL(TAG_KIND(fault.tag), MESSAGE_FAULT);
    EXPECT_EQUAL(fault.badge, LAZY_COOKIE);
    return fault;
}

uint64_t verdict_map(const struct message *fault, uint64_t from, uint64_t va, uint64_t pages, uint64_t rights) {
    return verdict_of(fault, VERDICT_MAP, from, va, pages, rights);
}

uint64_t verdict_of(const struct message *fault, uint64_t verdict, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3) {
    return os_reply(fault->token, verdict, w0, w1, w2, w3, 0).status;
}
