// SPDX-License-Identifier: MIT
// signalfd: a file from which signals are read that the reader blocks.
#include "linux_call.h"
#include "linux_errors.h"
#include "linux_file.h"
#include "linux_signal.h"
#include "linux_thread.h"
#include "linux_user.h"

enum { SET_SIZE = 8, ANONYMOUS_DEVICE = 14, BLOCK_SIZE = 4096, REGISTER_A0 = 9, CHILD_CODES = 6 };

// What is read of one.
struct information {
    uint32_t signal;
    int32_t error, code;
    uint32_t process, user;
    int32_t file;
    uint32_t timer, band, overrun, trap;
    int32_t status, integer;
    uint64_t value, user_time, system_time, va;
    uint8_t unused[48];
};

_Static_assert(sizeof(struct information) == 128, "as Linux has it");

#define UNBLOCKABLE (signal_bit(SIGNAL_KILL) | signal_bit(SIGNAL_STOP))

static struct information describe(int signal, const struct linux_cause *cause) {
    struct information it = {.signal = (uint32_t)signal, .error = cause->error, .code = cause->code};
    if (cause->code == CODE_TIMER) {
        it.timer = cause->timer;
        it.overrun = cause->overrun;
    } else {
        it.process = cause->process;
        it.user = cause->user;
    }
    if (signal == SIGNAL_CHLD && cause->code > 0 && cause->code <= CHILD_CODES) {
        it.status = cause->status;
        it.user_time = cause->field[2];
        it.system_time = cause->field[3];
    } else if (cause->code < 0 && cause->code != CODE_THREAD) {
        it.value = cause->value;
        it.integer = (int32_t)cause->value;
    }
    return it;
}

static void listen_to(uint64_t set) { __atomic_fetch_or(&linux_self()->signals.waited, set, __ATOMIC_SEQ_CST); }

static int64_t read(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    struct linux_thread *self = linux_self();
    struct linux_cause cause;
    uint64_t done = 0;
    (void)offset;
    if (size < sizeof(struct information)) return -EINVAL;
    self->again = linux_registers()->x[REGISTER_A0];
    self->interrupted = AGAIN_IF_RESTART;
    listen_to(file->word);
    while (done + sizeof(struct information) <= size) {
        int signal = linux_signal_fetch(__atomic_load_n(&file->word, __ATOMIC_RELAXED), &cause);
        if (signal != 0) {
            struct information it = describe(signal, &cause);
            if (!user_write(to + done, &it, sizeof it)) break;
            done += sizeof it;
        } else if (done != 0) {
            break;
        } else if ((file->flags & O_NONBLOCK) != 0) {
            self->interrupted = AGAIN_NOT;
            return -EAGAIN;
        } else if (linux_wait(UINT64_MAX) == LINUX_SIGNAL) {
            return -EINTR;
        }
    }
    self->interrupted = AGAIN_NOT;
    return done != 0 ? (int64_t)done : -EFAULT;
}

static uint32_t ready(struct linux_file *file, uint32_t events, bool listen) {
    if (listen) listen_to(file->word);
    return linux_signal_is_pending(file->word) ? events & POLLIN : 0;
}

static int64_t stat(struct linux_file *file, struct linux_stat *stat) {
    (void)file;
    *stat =
        (struct linux_stat){.device = ANONYMOUS_DEVICE, .inode = 1, .mode = 0600, .links = 1, .block_size = BLOCK_SIZE};
    return 0;
}

static const struct linux_file_kind signals = {
    .name = "anon_inode:[signalfd]", .read = read, .stat = stat, .ready = ready};

int64_t linux_sys_signalfd4(int descriptor, uint64_t set, uint64_t size, uint32_t flags) {
    uint64_t mask;
    if (size != SET_SIZE) return -EINVAL;
    if (!user_read(&mask, set, sizeof mask)) return -EFAULT;
    if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0) return -EINVAL;
    mask &= ~UNBLOCKABLE;
    if (descriptor == -1) {
        struct linux_file *file = linux_file_make(&signals, O_RDWR | (flags & O_NONBLOCK), 0);
        if (file == NULL) return -ENFILE;
        file->word = mask;
        return linux_file_install(file, flags);
    }
    struct linux_file *file = linux_file_get((uint64_t)(uint32_t)descriptor);
    if (file == NULL) return -EBADF;
    bool is_one = file->kind == &signals;
    if (is_one) __atomic_store_n(&file->word, mask, __ATOMIC_RELAXED);
    linux_file_put(file);
    return is_one ? descriptor : -EINVAL;
}
