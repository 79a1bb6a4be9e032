// SPDX-License-Identifier: MIT
// wait4 and waitid.
#include <os/process.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_server.h"
#include "linux_signal.h"
#include "linux_time.h"
#include "linux_user.h"

enum {
    OPTION_NOW = 1,
    OPTION_STOPPED = 2,
    OPTION_EXITED = 4,
    OPTION_CONTINUED = 8,
    OPTION_KEEP = 0x01000000,
    ID_ALL = 0,
    ID_PROCESS = 1,
    ID_GROUP = 2,
    ID_FILE = 3,
    CODE_EXITED = 1,
    CODE_KILLED = 2,
    CODE_STOPPED = 5,
    CODE_CONTINUED = 6,
    USAGE = 18, // words
};
#define OPTIONS_OF_THREADS UINT64_C(0xe0000000) // __WNOTHREAD, __WALL, __WCLONE

_Static_assert(OPTION_NOW == UNIX_WAIT_NOW && OPTION_STOPPED == UNIX_WAIT_STOPPED && OPTION_EXITED == UNIX_WAIT_ENDED &&
                   OPTION_CONTINUED == UNIX_WAIT_GONE_ON && OPTION_KEEP == UNIX_WAIT_KEEP,
               "the server has Linux's numbers");

struct ended {
    uint64_t number; // 0: none yet
    uint32_t status;
    uint64_t usage[USAGE];
};

static int64_t wait_for(uint64_t which, uint64_t number, uint64_t options, struct ended *ended) {
    struct message answer;
    *ended = (struct ended){0};
    server_may_wait();
    enum unix_error error = (options & OPTION_NOW) != 0
                                ? server_ask(UNIX_CALL_wait, 0, which, number, options, &answer)
                                : server_wait(UNIX_CALL_wait, 0, which, number, options, &answer);
    if (error == UNIX_INTERRUPTED) return -EINTR;
    server_has_waited();
    if (error == UNIX_NOT_NOW) return 0;
    if (error != UNIX_OK) return error == UNIX_GONE || error == UNIX_NOT_BEGUN ? -ECHILD : server_error(error);
    *ended = (struct ended){.number = answer.word[1], .status = (uint32_t)answer.word[2]};
    for (unsigned i = 0; i < 2; i++) { // of the user, of the system
        struct linux_time time = time_of_ticks(answer.word[3 + i]);
        ended->usage[2 * i] = (uint64_t)time.seconds;
        ended->usage[2 * i + 1] = (uint64_t)time.nanoseconds / 1000;
    }
    return 0;
}

int64_t linux_sys_wait4(int wanted, uint64_t status, uint64_t options, uint64_t usage) {
    struct ended ended;
    uint64_t which = wanted > 0 ? UNIX_NUMBER : wanted == -1 ? UNIX_ANY : UNIX_GROUP;
    uint64_t known = OPTION_NOW | OPTION_STOPPED | OPTION_CONTINUED | OPTIONS_OF_THREADS;
    options &= UINT32_MAX;
    if ((options & ~known) != 0) return -EINVAL;
    if (wanted == INT32_MIN) return -ESRCH;
    options = (options & ~OPTIONS_OF_THREADS) | OPTION_EXITED;
    int64_t error = wait_for(which, (uint64_t)(wanted < 0 ? -(int64_t)wanted : wanted), options, &ended);
    if (error != 0 || ended.number == 0) return error;
    if (status != 0 && !user_write(status, &ended.status, sizeof ended.status)) return -EFAULT;
    if (usage != 0 && !user_write(usage, ended.usage, sizeof ended.usage)) return -EFAULT;
    return (int64_t)ended.number;
}

struct info {
    int32_t signal, error, code, padding;
    uint32_t process, user;
    int32_t status;
};

int64_t linux_sys_waitid(int which, int wanted, uint64_t to, int options, uint64_t usage) {
    static const uint8_t kinds[] = {[ID_ALL] = UNIX_ANY, [ID_PROCESS] = UNIX_NUMBER, [ID_GROUP] = UNIX_GROUP};
    const uint32_t wanted_of = OPTION_EXITED | OPTION_STOPPED | OPTION_CONTINUED,
                   known = wanted_of | OPTION_NOW | OPTION_KEEP;
    struct ended ended;
    uint32_t its = (uint32_t)options & ~(uint32_t)OPTIONS_OF_THREADS;
    if ((its & ~known) != 0 || (its & wanted_of) == 0) return -EINVAL;
    if (which == ID_FILE) return -EBADF;
    if (which < 0 || which > ID_GROUP || (which == ID_PROCESS && wanted <= 0) || wanted < 0) return -EINVAL;
    int64_t error = wait_for(kinds[which], (uint64_t)wanted, its, &ended);
    if (error != 0) return error;
    struct info info = {.signal = ended.number != 0 ? SIGNAL_CHLD : 0, .process = (uint32_t)ended.number};
    uint32_t signal = ended.status & 0x7f;
    info.code = CODE_EXITED;
    info.status = (int32_t)(ended.status >> 8);
    if (ended.status == UNIX_STATUS_GONE_ON) {
        info.code = CODE_CONTINUED;
        info.status = SIGNAL_CONT;
    } else if (signal == 0x7f) {
        info.code = CODE_STOPPED;
    } else if (signal != 0) {
        info.code = CODE_KILLED;
        info.status = (int32_t)signal;
    }
    if (ended.number == 0) info.code = info.status = 0;
    if (usage != 0 && !user_write(usage, ended.usage, sizeof ended.usage)) return -EFAULT;
    return to == 0 || user_write(to, &info, sizeof info) ? 0 : -EFAULT;
}
