// SPDX-License-Identifier: MIT
// Limits: kept for all, and handed on to children. Descriptors, the stack, memory, the heap and time of processors are
// really limited.
#include "linux_limits.h"

#include <os/process.h>

#include "linux_call.h"
#include "linux_credentials.h"
#include "linux_errors.h"
#include "linux_file.h"
#include "linux_signal.h"
#include "linux_start.h"
#include "linux_thread.h"
#include "linux_timer.h"
#include "linux_user.h"

struct limit {
    uint64_t now, most;
};

enum { FILES_FIRST = 1024, FILES_MOST = LINUX_DESCRIPTORS, PROCESSES = 1000, LOCKED = 8 << 20, MESSAGES = 819200 };

#define NONE UINT64_MAX

static struct limit limits[LIMITS] = {
    [LIMIT_CPU] = {NONE, NONE},
    [LIMIT_FILE_SIZE] = {NONE, NONE},
    [LIMIT_DATA] = {NONE, NONE},
    [LIMIT_STACK] = {LINUX_STACK, NONE},
    [LIMIT_CORE] = {0, NONE},
    [LIMIT_RESIDENT] = {NONE, NONE},
    [LIMIT_PROCESSES] = {PROCESSES, PROCESSES},
    [LIMIT_FILES] = {FILES_FIRST, FILES_MOST},
    [LIMIT_LOCKED] = {LOCKED, LOCKED},
    [LIMIT_MEMORY] = {NONE, NONE},
    [LIMIT_LOCKS] = {NONE, NONE},
    [LIMIT_SIGNALS] = {LINUX_SIGNALS_QUEUED, LINUX_SIGNALS_QUEUED},
    [LIMIT_MESSAGES] = {MESSAGES, MESSAGES},
    [LIMIT_TIME] = {NONE, NONE},
};

uint64_t limit_of(enum linux_limit what) { return __atomic_load_n(&limits[what].now, __ATOMIC_RELAXED); }

uint64_t limit_most(enum linux_limit what) { return __atomic_load_n(&limits[what].most, __ATOMIC_RELAXED); }

static int64_t set(uint64_t what, struct limit new) {
    if (new.now > new.most) return -EINVAL;
    if (what == LIMIT_FILES && new.most > FILES_MOST) return -EPERM;
    if (new.most > limits[what].most && !credentials_has(CAPABILITY_RESOURCE)) return -EPERM;
    limits[what] = new;
    if (what == LIMIT_FILES) __atomic_store_n(&linux_file_limit, new.now, __ATOMIC_RELAXED);
    if (what == LIMIT_CPU) return timers_limit(new.now, new.most);
    return 0;
}

int64_t linux_sys_prlimit64(int process, uint32_t what, uint64_t new, uint64_t old) {
    struct limit limit, before;
    if (what >= LIMITS) return -EINVAL;
    if (new != 0 && !user_read(&limit, new, sizeof limit)) return -EFAULT;
    if (process != 0 && (uint32_t)process != os_start->process && linux_thread_find((uint64_t)process) == NULL)
        return -ESRCH;
    before = limits[what];
    int64_t error = new != 0 ? set(what, limit) : 0;
    if (error != 0) return error;
    return old == 0 || user_write(old, &before, sizeof before) ? 0 : -EFAULT;
}

int64_t linux_sys_getrlimit(uint32_t what, uint64_t old) {
    if (what >= LIMITS) return -EINVAL;
    return user_write(old, &limits[what], sizeof limits[what]) ? 0 : -EFAULT;
}

int64_t linux_sys_setrlimit(uint32_t what, uint64_t new) {
    struct limit limit;
    if (!user_read(&limit, new, sizeof limit)) return -EFAULT;
    return what >= LIMITS ? -EINVAL : set(what, limit);
}
