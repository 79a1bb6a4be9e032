// SPDX-License-Identifier: MIT
// flock, and fcntl's locks on bytes. The file server has them; who must wait asks again, and again.
#include "linux_lock.h"

#include <os/files.h>
#include <os/time.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_place.h"
#include "linux_thread.h"
#include "linux_user.h"

enum {
    ASK_EVERY = 5000, // microseconds
    REGISTER_A0 = 9,
    // flock
    WHOLE_SHARED = 1,
    WHOLE_EXCLUSIVE = 2,
    WHOLE_NO_WAIT = 4,
    WHOLE_NONE = 8,
    // fcntl
    GET = 5,
    SET = 6,
    SET_WAITING = 7,
    GET_OF_FILE = 36,
    SET_OF_FILE = 37,
    SET_OF_FILE_WAITING = 38,
    TYPE_READ = 0,
    TYPE_WRITE = 1,
    TYPE_NONE = 2,
    FROM_START = 0,
    FROM_HERE = 1,
    FROM_END = 2,
};

struct range {
    int16_t type, from;
    int64_t start, length;
    int32_t process;
};
_Static_assert(sizeof(struct range) == 32, "as Linux has it");

static bool is_of_server(const struct linux_file *file) {
    return file->kind == &linux_regular || file->kind == &linux_folder;
}

// Until it is there, or at once.
static int64_t take(struct linux_file *file, uint64_t what, uint64_t first, uint64_t last, bool waits) {
    struct linux_thread *self = linux_self();
    struct os_file_lock other;
    if (!is_of_server(file)) return 0;
    self->again = linux_registers()->x[REGISTER_A0];
    self->interrupted = AGAIN_IF_RESTART;
    for (;;) {
        enum file_error error = os_file_lock(file->number, what, first, last, &other);
        if (error == FILE_BUSY && waits && linux_wait(os_after(ASK_EVERY)) != LINUX_SIGNAL) continue;
        if (error == FILE_BUSY && waits) return -EINTR;
        self->interrupted = AGAIN_NOT;
        return error == FILE_BUSY ? -EAGAIN : error == FILE_FULL ? -ENOLCK : linux_file_error(error);
    }
}

int64_t linux_sys_flock(uint64_t descriptor, uint64_t operation) {
    uint64_t how = operation & UINT32_MAX & ~(uint64_t)WHOLE_NO_WAIT, what = FILE_LOCK_OPENED | FILE_LOCK_WHOLE;
    if (how != WHOLE_SHARED && how != WHOLE_EXCLUSIVE && how != WHOLE_NONE) return -EINVAL;
    if (how != WHOLE_NONE) what |= how == WHOLE_SHARED ? FILE_LOCK_SHARED : FILE_LOCK_EXCLUSIVE;
    struct linux_file *file = linux_file_get(descriptor);
    if (file == NULL) return -EBADF;
    int64_t error = take(file, what, 0, UINT64_MAX, (operation & WHOLE_NO_WAIT) == 0);
    linux_file_put(file);
    return error;
}

// => 0, or a negative error
static int64_t resolve(struct linux_file *file, const struct range *range, uint64_t *first, uint64_t *last) {
    struct linux_stat stat = {0};
    int64_t start = range->start, base = 0;
    if (range->from == FROM_HERE && file->kind->seek != NULL) base = file->kind->seek(file, 0, FROM_HERE);
    if (range->from == FROM_END && file->kind->stat(file, &stat) == 0) base = stat.size;
    if (range->from < FROM_START || range->from > FROM_END) return -EINVAL;
    if (__builtin_add_overflow(start, base, &start)) return -EOVERFLOW;
    if (start < 0 || (range->length < 0 && start + range->length < 0)) return -EINVAL;
    *first = (uint64_t)(range->length < 0 ? start + range->length : start);
    *last = range->length == 0 ? INT64_MAX : (uint64_t)(range->length < 0 ? start - 1 : start + range->length - 1);
    return *last > INT64_MAX ? -EOVERFLOW : 0;
}

static int64_t test(struct linux_file *file, uint64_t what, struct range *range, uint64_t at, uint64_t first,
                    uint64_t last) {
    struct os_file_lock other;
    enum file_error error = FILE_OK;
    if (range->type == TYPE_NONE && (what & FILE_LOCK_OPENED) == 0) return -EINVAL;
    if (is_of_server(file)) error = os_file_lock(file->number, what | FILE_LOCK_TEST, first, last, &other);
    if (error != FILE_OK && error != FILE_BUSY) return linux_file_error(error);
    if (error == FILE_OK) range->type = TYPE_NONE;
    if (error == FILE_BUSY)
        *range = (struct range){.type = other.exclusive ? TYPE_WRITE : TYPE_READ,
                                .start = (int64_t)other.first,
                                .length = other.last == INT64_MAX ? 0 : (int64_t)(other.last - other.first + 1),
                                .process = other.process != 0 ? (int32_t)other.process : -1};
    return user_write(at, range, sizeof *range) ? 0 : -EFAULT;
}

int64_t lock_command(struct linux_file *file, uint32_t what, uint64_t at) {
    struct range range;
    uint64_t first = 0, last = 0;
    bool of_file = what >= GET_OF_FILE && what <= SET_OF_FILE_WAITING, of_process = what >= GET && what <= SET_WAITING;
    if (!of_file && !of_process) return INT64_MIN;
    if (!user_read(&range, at, sizeof range)) return -EFAULT;
    if (of_file && range.process != 0) return -EINVAL;
    if (range.type < TYPE_READ || range.type > TYPE_NONE) return -EINVAL;
    int64_t error = resolve(file, &range, &first, &last);
    if (error != 0) return error;
    uint64_t wanted = of_file ? FILE_LOCK_OPENED : 0;
    if (range.type != TYPE_NONE) wanted |= range.type == TYPE_READ ? FILE_LOCK_SHARED : FILE_LOCK_EXCLUSIVE;
    if (what == GET || what == GET_OF_FILE) return test(file, wanted, &range, at, first, last);
    if (range.type == TYPE_READ && !file_may_read(file)) return -EBADF;
    if (range.type == TYPE_WRITE && !file_may_write(file)) return -EBADF;
    return take(file, wanted, first, last, what == SET_WAITING || what == SET_OF_FILE_WAITING);
}
