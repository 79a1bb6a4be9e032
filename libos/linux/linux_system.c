// SPDX-License-Identifier: MIT
// Calls that ask for the system, and for who one is.
#include <os/process.h>
#include <os/ranges.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>

#include "linux_call.h"
#include "linux_credentials.h"
#include "linux_errors.h"
#include "linux_memory.h"
#include "linux_random.h"
#include "linux_start.h"
#include "linux_system.h"
#include "linux_thread.h"
#include "linux_user.h"
#include "string.h"

enum {
    NAME = 65,
    NAMES = 6,
    NAME_OF_HOST = 1,
    NAME_OF_DOMAIN = 5,
    LOG_READ = 2,
    LOG_READ_CLEAR = 4,
    LOG_SIZE = 10,
    BARRIER_QUERY = 0,
    BARRIER_EXPEDITED = 8,
    BARRIER_REGISTER = 16,
    RANDOM_FLAGS = 7,
    RANDOM_BOTH = 6, // GRND_RANDOM and GRND_INSECURE
};

#define REBOOT_MAGIC     0xfee1deadu
#define REBOOT_RESTART   0x01234567u
#define REBOOT_HALT      0xcdef0123u
#define REBOOT_POWER_OFF 0x4321fedcu
#define REBOOT_KEYS_ON   0x89abcdefu
#define REBOOT_KEYS_OFF  0u

int64_t linux_sys_getpid(void) { return os_start->process; }

static char names[NAMES][NAME] = {"Linux", "pagoda", "6.1.0", "#1 Pagoda", "riscv64", "(none)"};

const char *system_name(enum system_name which) { return names[which]; }

int64_t linux_sys_uname(uint64_t to) { return user_write(to, names, sizeof names) ? 0 : -EFAULT; }

static int64_t set_name(unsigned which, uint64_t from, int size) {
    char name[NAME] = "";
    if (!credentials_has(CAPABILITY_ADMIN)) return -EPERM;
    if (size < 0 || size >= NAME) return -EINVAL;
    if (!user_read(name, from, (uint64_t)size)) return -EFAULT;
    memcpy(names[which], name, NAME);
    return 0;
}

int64_t linux_sys_sethostname(uint64_t from, int size) { return set_name(NAME_OF_HOST, from, size); }
int64_t linux_sys_setdomainname(uint64_t from, int size) { return set_name(NAME_OF_DOMAIN, from, size); }

// The memory that there is for this process, which is what it has to know of the machine's.
int64_t linux_sys_sysinfo(uint64_t to) {
    struct {
        int64_t uptime;
        uint64_t loads[3], memory, free, shared, buffers, swap, swap_free;
        uint16_t processes, padding[3];
        uint64_t high, high_free;
        uint32_t unit, padding_2;
    } information;
    struct space_counters counters;
    memset(&information, 0, sizeof information);
    os_space_control(HANDLE_SELF, SPACE_COUNTERS, 0, 0);
    memcpy(&counters, os_self()->message, sizeof counters);
    information.uptime = (int64_t)(os_now() / os_ticks_per_second);
    information.memory = counters.quota * PAGE;
    information.free = (counters.quota - counters.used) * PAGE;
    information.processes = 1;
    information.unit = 1;
    return user_write(to, &information, sizeof information) ? 0 : -EFAULT;
}

// The kernel writes no log.
int64_t linux_sys_syslog(uint32_t what, uint64_t to, int size) {
    if (what > LOG_SIZE) return -EINVAL;
    if (what < LOG_READ || what > LOG_READ_CLEAR) return 0;
    return size < 0 || to == 0 ? -EINVAL : 0;
}

int64_t linux_sys_personality(uint64_t new) {
    static uint32_t personality;
    uint32_t old = personality;
    if ((new &UINT32_MAX) != UINT32_MAX) personality = (uint32_t) new;
    return old;
}

int64_t linux_sys_reboot(uint32_t first, uint32_t second, uint32_t what) {
    static const uint32_t magic[] = {672274793, 85072278, 369367448, 537993216};
    bool is_magic = false;
    for (unsigned i = 0; i < sizeof magic / sizeof magic[0]; i++) is_magic = is_magic || second == magic[i];
    if (!credentials_has(CAPABILITY_BOOT)) return -EPERM;
    if (first != REBOOT_MAGIC || !is_magic) return -EINVAL;
    switch (what) {
    case REBOOT_KEYS_ON:
    case REBOOT_KEYS_OFF:
        return 0;
    case REBOOT_RESTART:
    case REBOOT_HALT:
    case REBOOT_POWER_OFF:
        if (os_end_machine(what == REBOOT_RESTART, 0) != STATUS_OK) return -EPERM;
        for (;;) os_recv(linux_self()->os.port, 0);
    default:
        return -EINVAL;
    }
}

// Each hart that runs this process takes an interrupt when a page of it becomes stale, and that is a barrier.
int64_t linux_sys_membarrier(int what, uint32_t flags) {
    static char page[PAGE] __attribute__((aligned(PAGE)));
    static bool is_registered;
    if (flags != 0) return -EINVAL;
    switch (what) {
    case BARRIER_QUERY:
        return BARRIER_EXPEDITED | BARRIER_REGISTER;
    case BARRIER_REGISTER:
        is_registered = true;
        return 0;
    case BARRIER_EXPEDITED:
        if (!is_registered) return -EPERM;
        __atomic_store_n(&page[0], 1, __ATOMIC_SEQ_CST);
        os_prot(0, (uint64_t)page, 1, RIGHT_READ);
        os_unprot(0, (uint64_t)page, 1, RIGHT_READ | RIGHT_WRITE);
        return 0;
    default:
        return -EINVAL;
    }
}

// There is one tree of files, and it stays what it is.
int64_t linux_sys_mount(void) { return -EPERM; }
int64_t linux_sys_umount2(void) { return -EPERM; }
// There is no net.
int64_t linux_sys_socket(void) { return -EAFNOSUPPORT; }

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
