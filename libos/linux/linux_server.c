// SPDX-License-Identifier: MIT
// Requests to the server `unix`. Who waits there is parked: its call is answered later. A thread says so before it
// calls, and then looks for signals; who has one for it makes that known and then looks whether it is parked. So either
// it does not call, or its turn is cut off there, even if that comes first.
#include "linux_server.h"

#include <os/time.h>

#include "linux_errors.h"
#include "linux_layout.h"
#include "linux_process.h"
#include "linux_signal.h"
#include "linux_thread.h"

int64_t server_error(enum unix_error error) {
    static const uint8_t errors[UNIX_ERRORS] = {
        [UNIX_NOT_NOW] = EAGAIN,
        [UNIX_INTERRUPTED] = EINTR,
        [UNIX_NO_PROCESS] = ESRCH,
        [UNIX_NO_CHILD] = ECHILD,
        [UNIX_DENIED] = EPERM,
        [UNIX_EXECUTED] = EACCES,
        [UNIX_BAD_ARGUMENT] = EINVAL,
        [UNIX_NOT_OPEN] = EBADF,
        [UNIX_WRONG_WAY] = EBADF,
        [UNIX_BROKEN] = EPIPE,
        [UNIX_UNSUPPORTED] = EINVAL,
        [UNIX_NO_TERMINAL] = ENOTTY,
        [UNIX_IO] = EIO,
        [UNIX_BACKGROUND] = EIO,
        [UNIX_TOO_MANY] = EMFILE,
        [UNIX_FULL] = ENFILE,
        [UNIX_OUT_OF_MEMORY] = ENOMEM,
        [UNIX_NOT_BEGUN] = EIO,
        [UNIX_GONE] = EIO,
    };
    return -(int64_t)errors[error];
}

static enum unix_error ask(enum unix_call call, uint64_t text, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t turn,
                           struct message *answer) {
    enum unix_error error = os_unix_ask(call, text, w0, w1, w2, turn, answer);
    bool has_to_take = answer->status == STATUS_OK && TAG_LABEL(answer->tag) == UNIX_TAKE;
    if (error != UNIX_GONE && has_to_take) process_must_take();
    return error;
}

enum unix_error server_ask(enum unix_call call, uint64_t text, uint64_t w0, uint64_t w1, uint64_t w2,
                           struct message *answer) {
    return ask(call, text, w0, w1, w2, 0, answer);
}

const void *server_bytes(const struct message *answer) {
    return (answer->tag & TAG_TEXT) != 0 ? os_self()->message : (const void *)&answer->word[2];
}

void server_may_wait(void) {
    struct linux_thread *self = linux_self();
    self->again = linux_registers()->x[9];
    self->interrupted = AGAIN_IF_RESTART;
}

void server_has_waited(void) { linux_self()->interrupted = AGAIN_NOT; }

enum unix_error server_wait(enum unix_call call, uint64_t text, uint64_t w0, uint64_t w1, uint64_t w2,
                            struct message *answer) {
    struct linux_thread *self = linux_self();
    enum unix_error error;
    uint64_t listener = server_listener();
    if (listener == 0) return UNIX_OUT_OF_MEMORY;
    do {
        uint32_t turn = self->turn + 1;
        __atomic_store_n(&self->turn, turn, __ATOMIC_RELAXED);
        __atomic_store_n(&self->parked, 1, __ATOMIC_SEQ_CST);
        error = UNIX_INTERRUPTED;
        if (self->attention == 0 || !linux_signal_calls()) {
            __atomic_store_n(&self->idle_since, os_now(), __ATOMIC_RELEASE);
            error = ask(call, text, w0, w1, w2, UNIX_TURN(listener, turn), answer);
            self->idle += os_now() - self->idle_since;
            __atomic_store_n(&self->idle_since, 0, __ATOMIC_RELEASE);
        }
        __atomic_store_n(&self->parked, 0, __ATOMIC_RELAXED);
    } while (error == UNIX_INTERRUPTED && !linux_signal_calls());
    return error;
}

uint64_t server_listener(void) {
    struct linux_thread *self = linux_self();
    if (self->listener == 0 && os_unix_listen(self->os.port, LINUX_WAKE, &self->listener) != UNIX_OK) return 0;
    return self->listener;
}

void server_unlisten(struct linux_thread *thread) {
    if (thread->listener != 0) os_unix_tell(UNIX_CALL_unlisten, thread->listener, 0, 0);
    thread->listener = 0;
}

bool server_interrupt(const struct linux_thread *thread) {
    if (__atomic_load_n(&thread->parked, __ATOMIC_SEQ_CST) == 0) return false;
    os_unix_tell(UNIX_CALL_interrupt, thread->listener, __atomic_load_n(&thread->turn, __ATOMIC_RELAXED), 0);
    return true;
}
