// SPDX-License-Identifier: MIT
// Futexes in memory that processes share: the server `unix` knows who waits. Who waits tells it before he looks at the
// word, and a wake that came between is his.
#include "linux_shared.h"

#include "linux_errors.h"
#include "linux_memory.h"
#include "linux_server.h"
#include "linux_thread.h"
#include "linux_user.h"

enum { UPPER = 32, STAYS = 1 };

bool shared_word(uint64_t at, struct linux_word *word) {
    return os_unix_has_begun() && memory_shared_name(at, &word->object, &word->offset);
}

// => was it woken? With `stays` it waits on if not.
static bool is_woken(uint64_t listener, bool stays) {
    struct message answer;
    return server_ask(UNIX_CALL_word_done, 0, listener, stays ? STAYS : 0, 0, &answer) == UNIX_OK &&
           answer.word[1] != 0;
}

int64_t shared_wait(const struct linux_word *word, uint64_t at, uint32_t value, uint32_t bits, uint64_t deadline) {
    struct linux_thread *self = linux_self();
    struct message answer;
    uint64_t listener = server_listener();
    if (listener == 0) return -ENOMEM;
    enum unix_error error =
        server_ask(UNIX_CALL_word_wait, 0, word->object, word->offset, listener | (uint64_t)bits << UPPER, &answer);
    if (error != UNIX_OK) return -EAGAIN;
    uint64_t now = linux_user_load((const uint32_t *)at);
    if (now != value) return is_woken(listener, false) ? 0 : now == USER_FAULT ? -EFAULT : -EAGAIN;
    server_may_wait();
    if (deadline != UINT64_MAX) self->interrupted = AGAIN_NEVER;
    enum linux_wake why;
    bool woken;
    do {
        why = linux_wait(deadline);
        woken = is_woken(listener, why == LINUX_WOKEN);
    } while (!woken && why == LINUX_WOKEN);
    if (woken || why == LINUX_TIME) server_has_waited();
    return woken ? 0 : why == LINUX_TIME ? -ETIMEDOUT : -EINTR;
}

int64_t shared_wake(const struct linux_word *word, uint64_t count, uint32_t bits) {
    struct message answer;
    uint64_t most = count < INT32_MAX ? count : INT32_MAX;
    enum unix_error error =
        server_ask(UNIX_CALL_word_wake, 0, word->object, word->offset, most | (uint64_t)bits << UPPER, &answer);
    return error == UNIX_OK ? (int64_t)answer.word[1] : 0;
}
