// SPDX-License-Identifier: MIT
// timerfd: a file from which it is read how often a timer has come. After a fork each process has its own.
#include "linux_call.h"
#include "linux_errors.h"
#include "linux_file.h"
#include "linux_thread.h"
#include "linux_time.h"
#include "linux_timer.h"
#include "linux_user.h"

enum { ANONYMOUS_DEVICE = 14, BLOCK_SIZE = 4096, REGISTER_A0 = 9, AT_A_TIME = 1, UNTIL_SET = 2 };

static int64_t read(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    struct linux_thread *self = linux_self();
    uint64_t times;
    (void)offset;
    if (size < sizeof times) return -EINVAL;
    self->again = linux_registers()->x[REGISTER_A0];
    self->interrupted = AGAIN_IF_RESTART;
    while ((times = timer_come(file->number, true, true)) == 0) {
        if ((file->flags & O_NONBLOCK) != 0) {
            self->interrupted = AGAIN_NOT;
            return -EAGAIN;
        }
        if (linux_wait(UINT64_MAX) == LINUX_SIGNAL) return -EINTR;
    }
    self->interrupted = AGAIN_NOT;
    return user_write(to, &times, sizeof times) ? (int64_t)sizeof times : -EFAULT;
}

static uint32_t ready(struct linux_file *file, uint32_t events, bool listen) {
    return timer_come(file->number, false, listen) != 0 ? events & POLLIN : 0;
}

static int64_t stat(struct linux_file *file, struct linux_stat *stat) {
    (void)file;
    *stat =
        (struct linux_stat){.device = ANONYMOUS_DEVICE, .inode = 1, .mode = 0600, .links = 1, .block_size = BLOCK_SIZE};
    return 0;
}

static void last(struct linux_file *file) { timer_drop(file->number); }

static const struct linux_file_kind times = {
    .name = "anon_inode:[timerfd]", .read = read, .stat = stat, .ready = ready, .last = last};

int64_t linux_sys_timerfd_create(int clock, uint32_t flags) {
    bool is_clock = clock == CLOCK_REAL || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOT ||
                    clock == CLOCK_REAL_ALARM || clock == CLOCK_BOOT_ALARM;
    if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0 || !is_clock) return -EINVAL;
    int64_t number = timer_make(clock);
    if (number < 0) return number;
    struct linux_file *file = linux_file_make(&times, O_RDWR | (flags & O_NONBLOCK), (uint32_t)number);
    if (file != NULL) return linux_file_install(file, flags);
    timer_drop((uint32_t)number);
    return -ENFILE;
}

// => NULL: an error; else linux_file_put() afterwards
static struct linux_file *find(int descriptor, int64_t *error) {
    struct linux_file *file = linux_file_get((uint64_t)(uint32_t)descriptor);
    *error = file == NULL ? -EBADF : -EINVAL;
    if (file == NULL || file->kind == &times) return file;
    linux_file_put(file);
    return NULL;
}

int64_t linux_sys_timerfd_settime(int descriptor, uint32_t flags, uint64_t new, uint64_t old) {
    struct linux_setting setting, before;
    int64_t error;
    if (!user_read(&setting, new, sizeof setting)) return -EFAULT;
    if ((flags & ~(uint32_t)(AT_A_TIME | UNTIL_SET)) != 0 || !setting_is_valid(&setting)) return -EINVAL;
    struct linux_file *file = find(descriptor, &error);
    if (file == NULL) return error;
    error = timer_set(file->number, &setting, (flags & AT_A_TIME) != 0, &before);
    linux_file_put(file);
    if (error != 0) return error;
    return old == 0 || user_write(old, &before, sizeof before) ? 0 : -EFAULT;
}

int64_t linux_sys_timerfd_gettime(int descriptor, uint64_t to) {
    int64_t error;
    struct linux_file *file = find(descriptor, &error);
    if (file == NULL) return error;
    struct linux_setting setting = timer_setting(file->number);
    linux_file_put(file);
    return user_write(to, &setting, sizeof setting) ? 0 : -EFAULT;
}
