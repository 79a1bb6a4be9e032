// SPDX-License-Identifier: MIT
// Calls on descriptors, whatever they stand for: close, dup, fcntl, ioctl.
#include "linux_call.h"
#include "linux_errors.h"
#include "linux_file.h"
#include "linux_lock.h"
#include "linux_user.h"

enum {
    // fcntl
    COMMAND_DUPLICATE = 0,
    COMMAND_GET_MARKS = 1,
    COMMAND_SET_MARKS = 2,
    COMMAND_GET_FLAGS = 3,
    COMMAND_SET_FLAGS = 4,
    COMMAND_SET_OWNER = 8,
    COMMAND_GET_OWNER = 9,
    COMMAND_DUPLICATE_CLOSING = 1030,
    MARK_CLOSES = 1,
    NOT_HERE = 1 << 30,
    // ioctl
    CONTROL_NOT_CLOSING = 0x5450,
    CONTROL_CLOSING = 0x5451,
    CONTROL_NO_WAIT = 0x5421,
    // close_range
    RANGE_UNSHARE = 2,
    RANGE_CLOSING = 4,
};

#define FLAGS_SETTABLE (O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME)

int64_t linux_sys_close(uint64_t file) { return linux_file_close(file) ? 0 : -EBADF; }

int64_t linux_sys_close_range(uint64_t first, uint64_t last, uint64_t flags) {
    first &= UINT32_MAX;
    last &= UINT32_MAX;
    if ((flags & UINT32_MAX & ~(uint64_t)(RANGE_UNSHARE | RANGE_CLOSING)) != 0 || first > last) return -EINVAL;
    linux_file_close_range(first, last, (flags & RANGE_CLOSING) != 0);
    return 0;
}

static int64_t duplicate(uint64_t descriptor, uint64_t least, uint32_t flags) {
    struct linux_file *file = linux_file_get_any(descriptor);
    if (file == NULL) return -EBADF;
    int64_t made = linux_file_install_from(file, flags, least);
    linux_file_put(file);
    return made;
}

int64_t linux_sys_dup(uint64_t file) { return duplicate(file, 0, 0); }

int64_t linux_sys_dup3(uint64_t old, uint64_t new, uint64_t flags) {
    old &= UINT32_MAX;
    new &= UINT32_MAX;
    if ((flags & UINT32_MAX & ~(uint64_t)O_CLOEXEC) != 0 || old == new) return -EINVAL;
    if (new >= linux_file_limit) return -EBADF;
    struct linux_file *file = linux_file_get_any(old);
    if (file == NULL) return -EBADF;
    int64_t made = linux_file_place(file, new, (uint32_t)flags);
    linux_file_put(file);
    return made;
}

static int64_t set_flags(struct linux_file *file, uint32_t flags) {
    uint32_t now = (file->flags & ~FLAGS_SETTABLE) | (flags & FLAGS_SETTABLE);
    if ((flags & O_DIRECT) != 0 && file->kind->truncate == NULL) return -EINVAL;
    int64_t error = file->kind->set_flags != NULL ? file->kind->set_flags(file, now) : 0;
    if (error == 0) file->flags = now;
    return error;
}

static int64_t command(struct linux_file *file, uint32_t what, uint64_t value) {
    int64_t answer = lock_command(file, what, value);
    if (answer != INT64_MIN) return answer;
    switch (what) {
    case COMMAND_SET_FLAGS:
        return set_flags(file, (uint32_t)value);
    case COMMAND_SET_OWNER:
    case COMMAND_GET_OWNER:
        return 0;
    default:
        return file->kind->command != NULL ? file->kind->command(file, what, value) : -EINVAL;
    }
}

// What may be asked of those opened by O_PATH, too. => NOT_HERE: nothing of that
static int64_t command_on_descriptor(uint64_t descriptor, const struct linux_file *file, uint32_t what,
                                     uint64_t value) {
    switch (what) {
    case COMMAND_DUPLICATE:
    case COMMAND_DUPLICATE_CLOSING:
        if (value >= linux_file_limit) return -EINVAL;
        return duplicate(descriptor, value, what == COMMAND_DUPLICATE_CLOSING ? O_CLOEXEC : 0);
    case COMMAND_GET_MARKS: {
        int64_t marks = linux_file_marks(descriptor);
        return marks > 0 ? MARK_CLOSES : marks;
    }
    case COMMAND_SET_MARKS:
        return linux_file_mark(descriptor, (value & MARK_CLOSES) != 0);
    case COMMAND_GET_FLAGS:
        return file->flags | ((file->flags & O_PATH) != 0 ? 0 : file->kind->truncate != NULL ? O_LARGEFILE : 0);
    default:
        return NOT_HERE;
    }
}

int64_t linux_sys_fcntl(uint64_t descriptor, uint64_t what, uint64_t value) {
    struct linux_file *file = linux_file_get_any(descriptor);
    if (file == NULL) return -EBADF;
    int64_t answer = command_on_descriptor(descriptor, file, (uint32_t)what, value);
    if (answer == NOT_HERE && (file->flags & O_PATH) != 0) answer = -EBADF;
    if (answer == NOT_HERE) answer = command(file, (uint32_t)what, value);
    linux_file_put(file);
    return answer;
}

static int64_t control(uint64_t descriptor, struct linux_file *file, uint32_t what, uint64_t at) {
    uint32_t word;
    switch (what) {
    case CONTROL_CLOSING:
    case CONTROL_NOT_CLOSING:
        return linux_file_mark(descriptor, what == CONTROL_CLOSING);
    case CONTROL_NO_WAIT:
        if (!user_read(&word, at, sizeof word)) return -EFAULT;
        return set_flags(file, word != 0 ? file->flags | O_NONBLOCK : file->flags & ~O_NONBLOCK);
    default:
        return file->kind->control != NULL ? file->kind->control(file, what, at) : -ENOTTY;
    }
}

int64_t linux_sys_ioctl(uint64_t descriptor, uint64_t what, uint64_t at) {
    struct linux_file *file = linux_file_get(descriptor);
    if (file == NULL) return -EBADF;
    int64_t answer = control(descriptor, file, (uint32_t)what, at);
    linux_file_put(file);
    return answer;
}
