// SPDX-License-Identifier: MIT
// prctl: what a process says of itself.
#include "linux_call.h"
#include "linux_credentials.h"
#include "linux_errors.h"
#include "linux_signal.h"
#include "linux_thread.h"
#include "linux_user.h"
#include "string.h"

enum {
    SET_DEATH_SIGNAL = 1,
    GET_DEATH_SIGNAL = 2,
    GET_DUMPABLE = 3,
    SET_DUMPABLE = 4,
    GET_KEEPS = 7,
    SET_KEEPS = 8,
    GET_TIMING = 13,
    SET_TIMING = 14,
    SET_NAME = 15,
    GET_NAME = 16,
    GET_SECCOMP = 21,
    READ_BOUNDING = 23,
    DROP_BOUNDING = 24,
    GET_SECURE = 27,
    SET_SECURE = 28,
    SET_SLACK = 29,
    GET_SLACK = 30,
    SET_REAPER = 36,
    GET_REAPER = 37,
    SET_NO_NEW = 38,
    GET_NO_NEW = 39,
    SET_NO_HUGE = 41,
    GET_NO_HUGE = 42,
    AMBIENT = 47,
    CAPABILITY_LAST = 40,
    SLACK = 50000, // nanoseconds
    AMBIENT_IS_SET = 1,
    AMBIENT_CLEAR_ALL = 4,
};

static struct {
    int death_signal;
    bool is_not_dumpable, is_reaper, no_new, no_huge;
    uint32_t secure;
    uint64_t slack, dropped;
} said;

static int64_t name(bool sets, uint64_t at) {
    struct linux_thread *self = linux_self();
    char text[LINUX_NAME] = "";
    if (!sets) return user_write(at, self->name, LINUX_NAME) ? 0 : -EFAULT;
    uint64_t length = user_is_range(at, 1) ? linux_user_text(text, (const char *)at, LINUX_NAME - 1) : USER_FAULT;
    if (length == USER_FAULT) return -EFAULT;
    memcpy(self->name, text, LINUX_NAME);
    return 0;
}

static int64_t set_flag(bool *flag, uint64_t value, bool both) {
    if (value > 1 || (value == 0 && !both)) return -EINVAL;
    *flag = value != 0;
    return 0;
}

static int64_t tell(uint64_t at, int value) { return user_write(at, &value, sizeof value) ? 0 : -EFAULT; }

// Nothing is ambient.
static int64_t ambient(uint64_t what, uint64_t capability) {
    if (what == AMBIENT_CLEAR_ALL) return capability == 0 ? 0 : -EINVAL;
    if (what == 0 || what > AMBIENT_CLEAR_ALL || capability > CAPABILITY_LAST) return -EINVAL;
    return what == AMBIENT_IS_SET ? 0 : -EPERM;
}

static int64_t capability(uint64_t what, uint64_t which) {
    if (which > CAPABILITY_LAST) return -EINVAL;
    if (what == READ_BOUNDING) return (said.dropped >> which & 1) == 0;
    if (!credentials_has(CAPABILITY_PERMIT)) return -EPERM;
    said.dropped |= UINT64_C(1) << which;
    return 0;
}

int64_t linux_sys_prctl(int what, uint64_t first, uint64_t second, uint64_t third, uint64_t fourth) {
    bool is_bare = second == 0 && third == 0 && fourth == 0;
    switch (what) {
    case SET_DEATH_SIGNAL:
        if (first > SIGNALS) return -EINVAL;
        said.death_signal = (int)first;
        return 0;
    case GET_DEATH_SIGNAL:
        return tell(first, said.death_signal);
    case GET_DUMPABLE:
        return !said.is_not_dumpable;
    case SET_DUMPABLE:
        if (first > 1) return -EINVAL;
        said.is_not_dumpable = first == 0;
        return 0;
    case GET_KEEPS:
        return linux_credentials.keeps;
    case SET_KEEPS:
        return set_flag(&linux_credentials.keeps, first, true);
    case GET_TIMING:
        return 0;
    case SET_TIMING:
        return first == 0 ? 0 : -EINVAL;
    case SET_NAME:
    case GET_NAME:
        return name(what == SET_NAME, first);
    case GET_SECCOMP:
        return 0;
    case READ_BOUNDING:
    case DROP_BOUNDING:
        return capability((uint64_t)what, first);
    case GET_SECURE:
        return said.secure;
    case SET_SECURE:
        if (!credentials_has(CAPABILITY_PERMIT)) return -EPERM;
        said.secure = (uint32_t)first;
        return 0;
    case SET_SLACK:
        said.slack = first;
        return 0;
    case GET_SLACK:
        return said.slack != 0 ? (int64_t)said.slack : SLACK;
    case SET_REAPER:
        said.is_reaper = first != 0;
        return 0;
    case GET_REAPER:
        return tell(first, said.is_reaper);
    case SET_NO_NEW:
        return is_bare ? set_flag(&said.no_new, first, false) : -EINVAL;
    case GET_NO_NEW:
        return first == 0 && is_bare ? said.no_new : -EINVAL;
    case SET_NO_HUGE:
        said.no_huge = first != 0;
        return is_bare ? 0 : -EINVAL;
    case GET_NO_HUGE:
        return first == 0 && is_bare ? said.no_huge : -EINVAL;
    case AMBIENT:
        return ambient(first, second);
    default:
        return -EINVAL;
    }
}
