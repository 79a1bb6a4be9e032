// SPDX-License-Identifier: MIT
// A pager and its client, in two spaces.
#include "pair.h"

struct pair pair_start(void (*pager)(uint64_t argument), void (*client)(uint64_t argument), uint64_t argument,
                       uint64_t deadline) {
    struct pair pair = {.pager = suite_child(pager, argument)};
    struct message call = client_message(&pair.pager);
    EXPECT_EQUAL(call.tag & TAG_HANDLE, TAG_HANDLE);
    pair.port = (uint32_t)call.handle;
    pair.client = suite_child_made(client, argument, CHILD_QUOTA, 2);
    EXPECT_STATUS(OK, os_region(pair.client.space, LAZY_START, LAZY_PAGES, pair.port, LAZY_COOKIE, 0,
                                RIGHTS_ACCESS | deadline << REGION_DEADLINE_SHIFT, 0));
    os_reply(call.token, VERDICT_REPLY, 0, 0, 0, 0, 0);
    os_child_start(&pair.client);
    return pair;
}

void pair_kill_pager(struct pair *pair) { os_finish(pair->pager.space); }

void pair_end(struct pair *pair) {
    os_child_end(&pair->client);
    os_child_end(&pair->pager);
    os_close(pair->port);
}

uint64_t pair_pager_port(void) {
    os_handler_set(suite_handler);
    uint64_t port = os_port_create().value;
    os_call(OS_CHILD_PORT, MESSAGE_CALL | TAG_HANDLE, 0, 0, 0, 0, os_mint(port, HANDLE_SEND | HANDLE_PASS, 0).value);
    return port;
}
