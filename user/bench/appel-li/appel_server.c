// SPDX-License-Identifier: MIT
// The other process of the Appel-Li bench on Pagoda: a server of the system description that adds one to what it is
// sent, and maps a ready page for each fault.
#include <os/arena.h>
#include <os/begin.h>
#include <os/print.h>
#include <os/process.h>
#include <os/ranges.h>
#include <os/stubs.h>

#include "appel_server.h"

static void serve(uint64_t port, uint64_t pages) {
    struct message message = os_recv(port, 0);
    for (;;) {
        uint64_t kind = TAG_KIND(message.tag), *word = message.word;
        if (kind == MESSAGE_FAULT) {
            uint64_t from = pages + word[2] % (APPEL_SERVER_PAGES * OS_PAGE);
            message = os_reply_recv(message.token, VERDICT_MAP, from, word[1], 1, RIGHT_READ | RIGHT_WRITE, 0, port);
        } else if (kind == MESSAGE_CALL && TAG_LABEL(message.tag) == APPEL_LABEL_CALL) {
            message = os_reply_recv(message.token, VERDICT_REPLY, word[0] + 1, word[1] + 1, word[2] + 1, word[3] + 1,
                                    word[4] + 1, port);
        } else if (kind == MESSAGE_CALL) {
            uint64_t status = os_unmap_range(word[0], word[1], word[2]).status;
            message = os_reply_recv(message.token, VERDICT_REPLY, status, 0, 0, 0, 0, port);
        } else {
            message = os_recv(port, 0);
        }
    }
}

int main(void) {
    uint64_t pages = os_pages_take(APPEL_SERVER_PAGES), port = os_port_create().value;
    if (pages == 0) {
        os_print("appel-server: there is no memory\n");
        return 1;
    }
    // One large page would be split by the first answer.
    os_prot(0, pages, 1, RIGHT_READ);
    os_unprot(0, pages, 1, RIGHT_READ | RIGHT_WRITE);
    for (uint64_t page = 0; page < APPEL_SERVER_PAGES; page++) *(uint64_t *)(pages + page * OS_PAGE) = page;
    if (os_announce(port) != STATUS_OK) return 1;
    serve(port, pages);
    return 0;
}
