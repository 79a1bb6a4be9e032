// SPDX-License-Identifier: MIT
// sendfile and copy_file_range: what is read is written, by way of memory that the program has for so long.
#include "linux_call.h"
#include "linux_errors.h"
#include "linux_file.h"
#include "linux_user.h"

enum { PROTECTION = 3, PRIVATE_ANONYMOUS = 0x22, FROM_HERE = 1 };

#define PIECE UINT64_C(65536)
#define MOST  UINT64_C(0x7ffff000)

// From `in` at *from to `out` at *to, FILE_AT_POSITION: where they are. => bytes, or a negative error
static int64_t copy(struct linux_file *in, uint64_t *from, struct linux_file *out, uint64_t *to, uint64_t size) {
    int64_t memory = linux_sys_mmap(0, PIECE, PROTECTION, PRIVATE_ANONYMOUS, UINT64_MAX, 0), answer = 0;
    uint64_t done = 0;
    if (memory < 0) return memory;
    while (done < size && done < MOST) {
        uint64_t some = size - done < PIECE ? size - done : PIECE;
        answer = in->kind->read(in, (uint64_t)memory, some, *from);
        if (answer <= 0) break;
        int64_t got = answer;
        answer = out->kind->write(out, (uint64_t)memory, (uint64_t)got, *to);
        int64_t written = answer > 0 ? answer : 0;
        if (*from == FILE_AT_POSITION && written < got) in->kind->seek(in, written - got, FROM_HERE);
        if (*from != FILE_AT_POSITION) *from += (uint64_t)written;
        if (*to != FILE_AT_POSITION) *to += (uint64_t)written;
        done += (uint64_t)written;
        if (written < got) break;
    }
    linux_sys_munmap((uint64_t)memory, PIECE);
    return done != 0 || answer >= 0 ? (int64_t)done : answer;
}

// The program's word at `at`, 0: none. => false: it is not there
static bool read_offset(uint64_t at, uint64_t *offset) {
    *offset = FILE_AT_POSITION;
    return at == 0 || user_read(offset, at, sizeof *offset);
}

static int64_t send(struct linux_file *out, struct linux_file *in, uint64_t at, uint64_t size) {
    uint64_t from, to = FILE_AT_POSITION;
    if (!read_offset(at, &from)) return -EFAULT;
    if (!file_may_read(in) || !file_may_write(out)) return -EBADF;
    if (at != 0 && in->kind->seek == NULL) return -ESPIPE;
    if (at != 0 && (int64_t)from < 0) return -EINVAL;
    if (in->kind->seek == NULL || in->kind->read == NULL || out->kind->write == NULL || in->kind->list != NULL)
        return -EINVAL;
    if ((out->flags & O_APPEND) != 0) return -EINVAL;
    int64_t done = copy(in, &from, out, &to, size);
    return at == 0 || user_write(at, &from, sizeof from) ? done : -EFAULT;
}

int64_t linux_sys_sendfile(uint64_t out, uint64_t in, uint64_t at, uint64_t size) {
    struct linux_file *source = linux_file_get(in), *target = linux_file_get(out);
    int64_t answer = source == NULL || target == NULL ? -EBADF : send(target, source, at, size);
    if (source != NULL) linux_file_put(source);
    if (target != NULL) linux_file_put(target);
    return answer;
}

static int64_t copy_range(struct linux_file *in, uint64_t in_at, struct linux_file *out, uint64_t out_at,
                          uint64_t size) {
    uint64_t from, to;
    if (!read_offset(in_at, &from) || !read_offset(out_at, &to)) return -EFAULT;
    if (in->kind->list != NULL || out->kind->list != NULL) return -EISDIR;
    if (in->kind->truncate == NULL || out->kind->truncate == NULL) return -EINVAL;
    if (!file_may_read(in) || !file_may_write(out) || (out->flags & O_APPEND) != 0) return -EBADF;
    uint64_t first = from != FILE_AT_POSITION ? from : (uint64_t)in->kind->seek(in, 0, FROM_HERE);
    uint64_t second = to != FILE_AT_POSITION ? to : (uint64_t)out->kind->seek(out, 0, FROM_HERE);
    struct linux_stat one = {0}, other = {0};
    in->kind->stat(in, &one);
    out->kind->stat(out, &other);
    bool is_same = one.device == other.device && one.inode == other.inode;
    if (is_same && first < second + size && second < first + size) return -EINVAL;
    int64_t done = copy(in, &from, out, &to, size);
    if (in_at != 0 && !user_write(in_at, &from, sizeof from)) return -EFAULT;
    return out_at == 0 || user_write(out_at, &to, sizeof to) ? done : -EFAULT;
}

int64_t linux_sys_copy_file_range(uint64_t in, uint64_t in_at, uint64_t out, uint64_t out_at, uint64_t size,
                                  uint64_t flags) {
    struct linux_file *source = linux_file_get(in), *target = linux_file_get(out);
    int64_t answer = source == NULL || target == NULL ? -EBADF
                     : (flags & UINT32_MAX) != 0      ? -EINVAL
                                                      : copy_range(source, in_at, target, out_at, size);
    if (source != NULL) linux_file_put(source);
    if (target != NULL) linux_file_put(target);
    return answer;
}
