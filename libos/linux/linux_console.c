// SPDX-License-Identifier: MIT
// The machine's console as a file: what there is when no terminal is.
#include <os/start_block.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>

#include "linux_errors.h"
#include "linux_file.h"
#include "linux_thread.h"
#include "linux_user.h"
#include "string.h"

enum {
    LOOK_EVERY = 20000, // microseconds
    ENTER = '\r',
    GET_TERMINAL = 0x5401,
    GET_WINDOW = 0x5413,
    MODE_CHARACTERS = 020620,
    CONSOLE_DEVICE = 0x501,
    DEVICE_FOLDER = 6,
    BLOCK_SIZE = 1024,
    COLUMNS = 80,
    ROWS = 24,
};

struct terminal {
    uint32_t input, output, control, local;
    uint8_t discipline, characters[19];
};

// => bytes, less when the memory is not the program's
static int64_t write(struct linux_file *file, uint64_t from, uint64_t size, uint64_t offset) {
    char *text = os_self()->message;
    uint64_t done = 0;
    (void)file, (void)offset;
    while (done < size) {
        uint64_t some = size - done < CONSOLE_BYTES ? size - done : CONSOLE_BYTES;
        if (!user_read(text, from + done, some)) return done != 0 ? (int64_t)done : -EFAULT;
        os_console(OS_SLOT_CONSOLE, CONSOLE_WRITE, some);
        done += some;
    }
    return (int64_t)done;
}

// Waits for the first character; those that are there already come along, up to the end of a line.
static int64_t read(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    struct linux_thread *self = linux_self();
    uint64_t done = 0;
    (void)offset;
    self->again = linux_registers()->x[9];
    self->interrupted = AGAIN_IF_RESTART;
    while (done < size) {
        struct result typed = os_console(OS_SLOT_CONSOLE, CONSOLE_READ, 0);
        if (typed.status != STATUS_OK && done > 0) break;
        if (typed.status != STATUS_OK && (file->flags & O_NONBLOCK) != 0) return -EAGAIN;
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

static int64_t control(struct linux_file *file, uint32_t what, uint64_t at) {
    static const struct terminal terminal = {.input = 02400, .output = 0, .control = 0277, .local = 0};
    static const uint16_t window[4] = {ROWS, COLUMNS};
    (void)file;
    if (what == GET_TERMINAL) return user_write(at, &terminal, 36) ? 0 : -EFAULT;
    if (what == GET_WINDOW) return user_write(at, window, sizeof window) ? 0 : -EFAULT;
    return -ENOTTY;
}

static int64_t stat(struct linux_file *file, struct linux_stat *stat) {
    (void)file;
    stat->device = DEVICE_FOLDER;
    stat->inode = 1;
    stat->mode = MODE_CHARACTERS;
    stat->links = 1;
    stat->special = CONSOLE_DEVICE;
    stat->block_size = BLOCK_SIZE;
    return 0;
}

const struct linux_file_kind linux_console = {
    .name = "console", .read = read, .write = write, .control = control, .stat = stat};
