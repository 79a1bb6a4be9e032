// SPDX-License-Identifier: MIT
// Calls that ask for the system, and for who one is.
#include <os/process.h>
#include <os/stubs.h>
#include <os/time.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_random.h"
#include "linux_start.h"
#include "linux_thread.h"
#include "linux_user.h"
#include "string.h"

enum {
    NAME = 65,
    LIMITS = 16,
    LIMIT_STACK = 3,
    LIMIT_FILES = 7,
    FILES_MOST = 1024,
    RANDOM_FLAGS = 7,
    RANDOM_BOTH = 6, // GRND_RANDOM and GRND_INSECURE
};

int64_t linux_sys_getpid(void) { return os_start->process; }
int64_t linux_sys_getppid(void) { return linux_parent; }
int64_t linux_sys_getuid(void) { return 0; }
int64_t linux_sys_geteuid(void) { return 0; }
int64_t linux_sys_getgid(void) { return 0; }
int64_t linux_sys_getegid(void) { return 0; }

int64_t linux_sys_uname(uint64_t to) {
    static const char names[6][NAME] = {"Linux", "pagoda", "6.1.0", "#1 Pagoda", "riscv64", "(none)"};
    return user_write(to, names, sizeof names) ? 0 : -EFAULT;
}

int64_t linux_sys_prlimit64(int process, uint64_t what, uint64_t new, uint64_t old) {
    uint64_t limit[2] = {UINT64_MAX, UINT64_MAX};
    if (what >= LIMITS) return -EINVAL;
    if (process != 0 && (uint32_t)process != os_start->process) return -ESRCH;
    if (what == LIMIT_STACK) limit[0] = LINUX_STACK;
    if (what == LIMIT_FILES) limit[0] = limit[1] = FILES_MOST;
    if (new != 0) return -EPERM;
    return old == 0 || user_write(old, limit, sizeof limit) ? 0 : -EFAULT;
}

int64_t linux_sys_getrandom(uint64_t to, uint64_t size, uint64_t flags) {
    if ((flags & ~(uint64_t)RANDOM_FLAGS) != 0 || (flags & RANDOM_BOTH) == RANDOM_BOTH) return -EINVAL;
    if (size > INT32_MAX) size = INT32_MAX;
    uint64_t done = 0;
    while (done < size) {
        uint64_t word = random_word(), some = size - done < sizeof word ? size - done : sizeof word;
        if (!user_write(to + done, &word, some)) return done != 0 ? (int64_t)done : -EFAULT;
        done += some;
    }
    return (int64_t)done;
}

int64_t linux_sys_sched_yield(void) {
    os_timer(linux_self()->os.port, 0, UINT64_MAX); // through the kernel, which may let another go on
    return 0;
}

int64_t linux_sys_sched_getaffinity(int thread, uint64_t size, uint64_t to) {
    static const uint64_t processors = 1;
    if (size < sizeof processors || size % sizeof processors != 0) return -EINVAL;
    if (thread != 0 && linux_thread_find((uint64_t)thread) == NULL) return -ESRCH;
    return user_write(to, &processors, sizeof processors) ? (int64_t)sizeof processors : -EFAULT;
}
