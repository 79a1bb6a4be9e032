// SPDX-License-Identifier: MIT
// The server `unix`: processes as their programs see them, signals between them, and streams. It has one thread, which
// asks init only, who never waits; what a client waits for is answered when it is there.
#include <os/begin.h>
#include <os/handlers.h>
#include <os/print.h>
#include <os/process.h>
#include <os/stubs.h>

#include "answers.h"
#include "counter.h"
#include "listeners.h"
#include "pages.h"
#include "pipe.h"
#include "records.h"
#include "shared_words.h"
#include "signals.h"
#include "streams.h"
#include "terminal.h"

enum { REGISTER_A0 = 9, ECALL_SIZE = 4 };

uint64_t unix_port;

typedef void serve(struct request *request, struct answer *answer);

static serve *const serves[UNIX_CALLS] = {
#define UNIX_CALL(name, arguments, results, what) serve_##name,
#include <os/unix_calls.def>
#undef UNIX_CALL
};

// A handle that a client passed on may name anything: what cannot be done with it is a status.
static void refuse_misuse(struct upcall_registers *interrupted, struct os_fault *fault) {
    if (FAULT_ACCESS(TAG_LABEL(fault->message.tag)) != FAULT_MISUSE) os_handler_give_up(interrupted, fault);
    interrupted->x[REGISTER_A0] = STATUS_DENIED;
    interrupted->pc += ECALL_SIZE;
}

static uint64_t tag_of(const struct record *whom, const struct answer *answer) {
    uint64_t tag = VERDICT_REPLY;
    if (whom != NULL && whom->has_to_take) tag |= (uint64_t)UNIX_TAKE << TAG_LABEL_SHIFT;
    if (answer->size != 0) tag |= TAG_TEXT | answer->size << TAG_TEXT_SHIFT;
    return answer->handle != 0 ? tag | TAG_HANDLE : tag;
}

// The last answer without a text or a handle goes when the server waits for what is next: in one call, and who it is
// for goes on at once.
static struct {
    uint64_t token; // 0: there is none
    uint64_t tag, word[5];
} last;

static void flush(void) {
    if (last.token != 0)
        os_reply(last.token, last.tag, last.word[0], last.word[1], last.word[2], last.word[3], last.word[4]);
    last.token = 0;
}

static struct message go_on(void) {
    uint64_t token = last.token;
    last.token = 0;
    if (token == 0) return os_recv(unix_port, 0);
    return os_reply_recv(token, last.tag, last.word[0], last.word[1], last.word[2], last.word[3], last.word[4],
                         unix_port);
}

bool answer_give_now(const struct record *whom, uint64_t token, const struct answer *answer) {
    uint64_t last_word = answer->handle != 0 ? answer->handle : answer->word[3];
    flush();
    return os_reply(token, tag_of(whom, answer), answer->error, answer->word[0], answer->word[1], answer->word[2],
                    last_word)
               .status == STATUS_OK;
}

bool answer_give(const struct record *whom, uint64_t token, const struct answer *answer) {
    if (answer->size != 0 || answer->handle != 0) return answer_give_now(whom, token, answer);
    flush();
    last.token = token;
    last.tag = tag_of(whom, answer);
    last.word[0] = answer->error;
    for (unsigned i = 0; i < 4; i++) last.word[1 + i] = answer->word[i];
    return true;
}

// => what follows it. Who asked goes on after those that it wakes, who are ahead of it in what they do together.
static struct message answer_and_go_on(const struct request *request, const struct answer *answer) {
    const struct record *whom = request->asker;
    if (answer->handle == 0 && !answer->later && !queues_have_moved()) {
        flush();
        return os_reply_recv(request->token, tag_of(whom, answer), answer->error, answer->word[0], answer->word[1],
                             answer->word[2], answer->word[3], unix_port);
    }
    if (!answer->later && !answer_give(whom, request->token, answer) && answer->handle != 0) {
        static const struct answer full = {.error = UNIX_OUT_OF_MEMORY}; // its table of handles has no room
        answer_give(whom, request->token, &full);
    }
    if (answer->handle != 0) os_close(answer->handle);
    if (queues_have_moved()) queues_wake();
    return go_on();
}

static struct message serve_call(const struct message *message) {
    struct answer answer = {.error = UNIX_OK};
    uint64_t call = TAG_LABEL(message->tag);
    struct request request = {.asker = record_find(message->badge), .token = message->token, .badge = message->badge};
    request.word = message->word;
    request.handle = (message->tag & TAG_HANDLE) != 0 ? message->handle : 0;
    request.size = (message->tag & TAG_TEXT) != 0 ? TAG_TEXT_SIZE(message->tag) : 0;
    if (request.asker != NULL && request.asker->state == RECORD_MADE) request.asker->state = RECORD_LIVES;
    bool is_known = request.asker != NULL && request.asker->state == RECORD_LIVES;
    if (call >= UNIX_CALLS)
        answer.error = UNIX_BAD_ARGUMENT;
    else if (!is_known && call != UNIX_CALL_begin && call != UNIX_CALL_look)
        answer.error = UNIX_NOT_BEGUN;
    else
        serves[call](&request, &answer);
    if (request.handle != 0) os_close(request.handle);
    return answer_and_go_on(&request, &answer);
}

static void serve_end(const struct message *message) {
    struct record *record = record_of_region(message->badge, message->word[0]);
    if (record != NULL) record_end(record);
    queues_wake();
}

// When the machine ends, first all that was written is shown.
static void hear(uint64_t bits) {
    static bool must_end;
    must_end = must_end || (bits & OS_FINISH) != 0;
    terminals_heard(bits);
    if (must_end && terminals_are_shown()) os_exit(0);
}

int main(void) {
    struct result port = os_port_create();
    if (port.status != STATUS_OK || os_handler_set(refuse_misuse) != STATUS_OK) return 1;
    unix_port = port.value;
    listeners_begin();
    words_begin();
    signals_begin();
    streams_begin();
    pipes_begin();
    counters_begin();
    pages_begin();
    terminals_begin(unix_port);
    if (os_announce(unix_port) != STATUS_OK) return 1;
    struct message message = os_recv(unix_port, 0);
    for (;;) {
        uint64_t kind = message.status == STATUS_OK ? TAG_KIND(message.tag) : MESSAGE_KINDS;
        if (kind == MESSAGE_CALL) {
            message = serve_call(&message);
            continue;
        }
        if (kind == MESSAGE_DETACHED) serve_end(&message);
        if (kind == MESSAGE_NOTIFY) hear(message.word[0]);
        if (kind == MESSAGE_FAULT) os_reply(message.token, VERDICT_FAIL, 0, 0, 0, 0, 0); // there is nothing to see
        message = go_on();
    }
}
