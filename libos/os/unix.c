// SPDX-License-Identifier: MIT
// A client's side of the server `unix`.
#include <os/unix.h>

#include <os/process.h>
#include <os/threads.h>

#include "string.h"

// In a table in which nothing is yet but what init puts there.
enum { SLOT_OF_CHILD = 64 };

static uint64_t server; // handle; 0: not begun
static uint64_t region; // where the page is
static uint64_t server_of_child;

static enum unix_error error_of(const struct message *answer) {
    if (answer->status != STATUS_OK) return UNIX_GONE;
    return answer->word[0] < UNIX_ERRORS ? (enum unix_error)answer->word[0] : UNIX_BAD_ARGUMENT;
}

static enum unix_error ask(uint64_t tag, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3, uint64_t w4,
                           struct message *answer) {
    if (server == 0) return UNIX_GONE;
    *answer = os_call(server, tag, w0, w1, w2, w3, w4);
    return error_of(answer);
}

enum unix_error os_unix_ask(enum unix_call call, uint64_t text, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3,
                            struct message *answer) {
    uint64_t tag = MESSAGE_CALL | (uint64_t)call << TAG_LABEL_SHIFT;
    if (text != 0) tag |= TAG_TEXT | text << TAG_TEXT_SHIFT;
    return ask(tag, w0, w1, w2, w3, 0, answer);
}

enum unix_error os_unix_tell(enum unix_call call, uint64_t w0, uint64_t w1, uint64_t w2) {
    struct message answer;
    return os_unix_ask(call, 0, w0, w1, w2, 0, &answer);
}

bool os_unix_has_begun(void) { return server != 0; }

static uint64_t make_region(uint64_t space, uint64_t va, uint64_t cookie) {
    return os_region(space, va, 1, server, cookie, 0, RIGHT_READ, 0).status;
}

enum unix_error os_unix_begin(const char *name, uint64_t va) {
    struct message answer;
    uint64_t length = string_length(name);
    struct result handle = os_lookup("unix");
    if (handle.status != STATUS_OK) return UNIX_GONE;
    server = handle.value;
    region = va;
    if (length >= UNIX_NAME) length = UNIX_NAME - 1;
    memcpy(os_self()->message, name, length);
    enum unix_error error = os_unix_ask(UNIX_CALL_begin, length, va, 0, 0, 0, &answer);
    if (error == UNIX_OK && make_region(HANDLE_SELF, va, answer.word[1]) != STATUS_OK) error = UNIX_OUT_OF_MEMORY;
    if (error != UNIX_OK) {
        os_close(server);
        server = 0;
    }
    return error;
}

enum unix_error os_unix_fork(uint64_t child, uint64_t space) {
    struct message answer;
    enum unix_error error = os_unix_ask(UNIX_CALL_fork, 0, child, region, 0, 0, &answer);
    if (error != UNIX_OK) return error;
    struct result given = os_give(space, answer.handle, SLOT_OF_CHILD);
    os_close(answer.handle);
    server_of_child = given.value;
    return given.status == STATUS_OK && make_region(space, region, answer.word[1]) == STATUS_OK ? UNIX_OK
                                                                                                : UNIX_OUT_OF_MEMORY;
}

void os_unix_forget(uint64_t child) { os_unix_tell(UNIX_CALL_forget, child, 0, 0); }

void os_unix_forked(void) { server = server_of_child; }

static enum unix_error give_port(enum unix_call call, uint64_t port, uint64_t bits, struct message *answer) {
    struct result copy = os_mint(port, HANDLE_NOTIFY | HANDLE_PASS, 0);
    if (copy.status != STATUS_OK) return UNIX_OUT_OF_MEMORY;
    enum unix_error error =
        ask(MESSAGE_CALL | TAG_HANDLE | (uint64_t)call << TAG_LABEL_SHIFT, bits, 0, 0, 0, copy.value, answer);
    os_close(copy.value);
    return error;
}

enum unix_error os_unix_attend(uint64_t port, uint64_t bits) {
    struct message answer;
    return give_port(UNIX_CALL_attend, port, bits, &answer);
}

enum unix_error os_unix_listen(uint64_t port, uint64_t bits, uint64_t *listener) {
    struct message answer;
    enum unix_error error = give_port(UNIX_CALL_listen, port, bits, &answer);
    if (error == UNIX_OK) *listener = answer.word[1];
    return error;
}

enum unix_error os_unix_look(uint64_t number, struct os_unix_process *process) {
    struct message answer;
    enum unix_error error = os_unix_ask(UNIX_CALL_look, 0, number, 0, 0, 0, &answer);
    if (error == UNIX_OK) memcpy(process, os_self()->message, sizeof *process);
    return error;
}
