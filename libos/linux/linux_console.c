// SPDX-License-Identifier: MIT
// The console as the program's files 0, 1 and 2.
#include <os/start_block.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_thread.h"
#include "linux_user.h"
#include "string.h"

enum {
    FILES = 3,
    PIECES_MOST = 1024,
    LOOK_EVERY = 20000, // microseconds
    ENTER = '\r',
    // fcntl, ioctl, newfstatat
    GET_DESCRIPTOR = 1,
    SET_DESCRIPTOR = 2,
    GET_FLAGS = 3,
    READ_WRITE = 2,
    GET_TERMINAL = 0x5401,
    GET_WINDOW = 0x5413,
    EMPTY_PATH = 0x1000,
    MODE_CHARACTERS = 020620,
    CONSOLE_DEVICE = 0x501,
    COLUMNS = 80,
    ROWS = 24,
};

struct piece {
    uint64_t va, size;
};

struct file_status {
    uint64_t device, inode;
    uint32_t mode, links, user, group;
    uint64_t special, padding;
    int64_t size;
    int32_t block_size, padding_2;
    int64_t blocks;
    uint64_t times[6];
    uint32_t unused[2];
};

struct terminal {
    uint32_t input, output, control, local;
    uint8_t discipline, characters[19];
};

static uint32_t closed; // bit n: file n

static bool is_open(uint64_t file) { return (uint32_t)file < FILES && (closed >> (uint32_t)file & 1) == 0; }

// => bytes, less when the memory is not the program's
static uint64_t put(uint64_t from, uint64_t size) {
    char *text = os_self()->message;
    uint64_t done = 0;
    while (done < size) {
        uint64_t some = size - done < CONSOLE_BYTES ? size - done : CONSOLE_BYTES;
        if (!user_read(text, from + done, some)) break;
        os_console(OS_SLOT_CONSOLE, CONSOLE_WRITE, some);
        done += some;
    }
    return done;
}

int64_t linux_sys_write(uint64_t file, uint64_t from, uint64_t size) {
    if (!is_open(file)) return -EBADF;
    if ((int64_t)size < 0) return -EINVAL;
    uint64_t done = put(from, size);
    return done == 0 && size != 0 ? -EFAULT : (int64_t)done;
}

// Waits for the first character; those that are there already come along, up to the end of a line.
static int64_t get(uint64_t to, uint64_t size) {
    struct linux_thread *self = linux_self();
    uint64_t done = 0;
    self->again = linux_registers()->x[9];
    self->interrupted = AGAIN_IF_RESTART;
    while (done < size) {
        struct result typed = os_console(OS_SLOT_CONSOLE, CONSOLE_READ, 0);
        if (typed.status != STATUS_OK && done > 0) break;
        if (typed.status != STATUS_OK) {
            if (linux_wait(os_after(LOOK_EVERY)) == LINUX_SIGNAL) return -EINTR;
            continue;
        }
        char c = typed.value == ENTER ? '\n' : (char)typed.value;
        if (!user_write(to + done, &c, 1)) return done > 0 ? (int64_t)done : -EFAULT;
        done++;
        if (c == '\n') break;
    }
    self->interrupted = AGAIN_NOT;
    return (int64_t)done;
}

int64_t linux_sys_read(uint64_t file, uint64_t to, uint64_t size) {
    if (!is_open(file)) return -EBADF;
    if ((int64_t)size < 0) return -EINVAL;
    return get(to, size);
}

static int64_t each(uint64_t file, uint64_t pieces, uint64_t count, int64_t (*work)(uint64_t, uint64_t, uint64_t)) {
    struct piece piece;
    int64_t done = 0;
    if (!is_open(file)) return -EBADF;
    if (count > PIECES_MOST) return -EINVAL;
    for (uint64_t i = 0, sum = 0; i < count; i++) {
        if (!user_read(&piece, pieces + i * sizeof piece, sizeof piece)) return -EFAULT;
        sum += piece.size;
        if ((int64_t)piece.size < 0 || (int64_t)sum < 0) return -EINVAL;
    }
    for (uint64_t i = 0; i < count; i++) {
        if (!user_read(&piece, pieces + i * sizeof piece, sizeof piece)) return done != 0 ? done : -EFAULT;
        if (piece.size == 0) continue;
        int64_t some = work(file, piece.va, piece.size);
        if (some < 0) return done != 0 ? done : some;
        done += some;
        if ((uint64_t)some < piece.size) break;
    }
    return done;
}

int64_t linux_sys_readv(uint64_t file, uint64_t pieces, uint64_t count) {
    return each(file, pieces, count, linux_sys_read);
}

int64_t linux_sys_writev(uint64_t file, uint64_t pieces, uint64_t count) {
    return each(file, pieces, count, linux_sys_write);
}

int64_t linux_sys_close(uint64_t file) {
    if (!is_open(file)) return -EBADF;
    __atomic_fetch_or(&closed, UINT32_C(1) << (uint32_t)file, __ATOMIC_RELAXED);
    return 0;
}

int64_t linux_sys_lseek(uint64_t file) { return is_open(file) ? -ESPIPE : -EBADF; }

int64_t linux_sys_fcntl(uint64_t file, uint64_t what, uint64_t value) {
    (void)value;
    if (!is_open(file)) return -EBADF;
    if (what == GET_DESCRIPTOR || what == SET_DESCRIPTOR) return 0;
    return what == GET_FLAGS ? READ_WRITE : -EINVAL;
}

int64_t linux_sys_ioctl(uint64_t file, uint64_t what, uint64_t at) {
    static const struct terminal terminal = {.input = 02400, .output = 0, .control = 0277, .local = 0};
    static const uint16_t window[4] = {ROWS, COLUMNS};
    if (!is_open(file)) return -EBADF;
    if ((uint32_t)what == GET_TERMINAL) return user_write(at, &terminal, 36) ? 0 : -EFAULT;
    if ((uint32_t)what == GET_WINDOW) return user_write(at, window, sizeof window) ? 0 : -EFAULT;
    return -ENOTTY;
}

int64_t linux_sys_fstat(uint64_t file, uint64_t to) {
    struct file_status status = {
        .inode = 1, .mode = MODE_CHARACTERS, .links = 1, .special = CONSOLE_DEVICE, .block_size = 1024};
    _Static_assert(sizeof status == 128, "as Linux has it");
    if (!is_open(file)) return -EBADF;
    return user_write(to, &status, sizeof status) ? 0 : -EFAULT;
}

int64_t linux_sys_newfstatat(uint64_t folder, uint64_t path, uint64_t to, uint64_t flags) {
    char first;
    if (linux_user_text(&first, (const char *)(user_is_range(path, 1) ? path : LINUX_END), 1) == USER_FAULT)
        return -EFAULT;
    if (first != '\0') return -ENOENT;
    return (flags & EMPTY_PATH) != 0 ? linux_sys_fstat(folder, to) : -ENOENT;
}

int64_t linux_sys_readlinkat(uint64_t folder, uint64_t path, uint64_t to, int size) {
    (void)folder, (void)path, (void)to;
    return size <= 0 ? -EINVAL : -ENOENT;
}
