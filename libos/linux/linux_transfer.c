// SPDX-License-Identifier: MIT
// Reading and writing, whatever the file is.
#include "linux_call.h"
#include "linux_errors.h"
#include "linux_file.h"
#include "linux_user.h"

enum { PIECES_MOST = 1024 };

#define BYTES_MOST  UINT64_C(0x7ffff000) // of one call
#define FLAGS_KNOWN 0x1fu                // of preadv2: hints

struct piece {
    uint64_t va, size;
};

typedef int64_t transfer(struct linux_file *file, uint64_t va, uint64_t size, uint64_t offset);

// => 0, or why the file cannot be read (written)
static int64_t check(const struct linux_file *file, bool is_read, uint64_t offset) {
    if (offset != FILE_AT_POSITION && file->kind->seek == NULL) return -ESPIPE;
    if (is_read ? !file_may_read(file) : !file_may_write(file)) return -EBADF;
    return (is_read ? file->kind->read : file->kind->write) == NULL ? -EINVAL : 0;
}

static transfer *work_of(const struct linux_file *file, bool is_read) {
    return is_read ? file->kind->read : file->kind->write;
}

static int64_t one(uint64_t descriptor, bool is_read, uint64_t va, uint64_t size, uint64_t offset) {
    if (offset != FILE_AT_POSITION && (int64_t)offset < 0) return -EINVAL;
    struct linux_file *file = linux_file_get(descriptor);
    if (file == NULL) return -EBADF;
    int64_t answer = check(file, is_read, offset);
    if (answer == 0 && !user_is_range(va, size)) answer = -EFAULT;
    if (answer == 0) answer = work_of(file, is_read)(file, va, size < BYTES_MOST ? size : BYTES_MOST, offset);
    linux_file_put(file);
    return answer;
}

int64_t linux_sys_read(uint64_t file, uint64_t to, uint64_t size) {
    return one(file, true, to, size, FILE_AT_POSITION);
}

int64_t linux_sys_write(uint64_t file, uint64_t from, uint64_t size) {
    return one(file, false, from, size, FILE_AT_POSITION);
}

int64_t linux_sys_pread64(uint64_t file, uint64_t to, uint64_t size, uint64_t offset) {
    return (int64_t)offset < 0 ? -EINVAL : one(file, true, to, size, offset);
}

int64_t linux_sys_pwrite64(uint64_t file, uint64_t from, uint64_t size, uint64_t offset) {
    return (int64_t)offset < 0 ? -EINVAL : one(file, false, from, size, offset);
}

// => 0, or what is wrong with them
static int64_t check_pieces(uint64_t pieces, uint64_t count) {
    struct piece piece;
    if (count > PIECES_MOST) return -EINVAL;
    for (uint64_t i = 0; i < count; i++) {
        if (!user_read(&piece, pieces + i * sizeof piece, sizeof piece)) return -EFAULT;
        if ((int64_t)piece.size < 0) return -EINVAL;
        if (!user_is_range(piece.va, piece.size)) return -EFAULT;
    }
    return 0;
}

// Whoever reads waits for the first byte, and not for those of further pieces.
static bool goes_on(struct linux_file *file, bool is_read, int64_t done) {
    return !is_read || done == 0 || file->kind->ready == NULL || file->kind->ready(file, POLLIN, false) != 0;
}

static int64_t each(struct linux_file *file, bool is_read, uint64_t pieces, uint64_t count, uint64_t offset) {
    transfer *work = work_of(file, is_read);
    struct piece piece;
    int64_t done = 0;
    for (uint64_t i = 0; i < count && (uint64_t)done < BYTES_MOST && goes_on(file, is_read, done); i++) {
        if (!user_read(&piece, pieces + i * sizeof piece, sizeof piece)) return done != 0 ? done : -EFAULT;
        if (piece.size == 0) continue;
        uint64_t size = piece.size < BYTES_MOST - (uint64_t)done ? piece.size : BYTES_MOST - (uint64_t)done;
        int64_t some = work(file, piece.va, size, offset);
        if (some < 0) return done != 0 ? done : some;
        done += some;
        if (offset != FILE_AT_POSITION) offset += (uint64_t)some;
        if ((uint64_t)some < piece.size) break;
    }
    return done;
}

static int64_t several(uint64_t descriptor, bool is_read, uint64_t pieces, uint64_t count, uint64_t offset) {
    struct linux_file *file = linux_file_get(descriptor);
    if (file == NULL) return -EBADF;
    int64_t answer = check(file, is_read, offset);
    if (answer == 0) answer = check_pieces(pieces, count);
    if (answer == 0) answer = each(file, is_read, pieces, count, offset);
    linux_file_put(file);
    return answer;
}

int64_t linux_sys_readv(uint64_t file, uint64_t pieces, uint64_t count) {
    return several(file, true, pieces, count, FILE_AT_POSITION);
}

int64_t linux_sys_writev(uint64_t file, uint64_t pieces, uint64_t count) {
    return several(file, false, pieces, count, FILE_AT_POSITION);
}

int64_t linux_sys_preadv(uint64_t file, uint64_t pieces, uint64_t count, uint64_t offset) {
    return (int64_t)offset < 0 ? -EINVAL : several(file, true, pieces, count, offset);
}

int64_t linux_sys_pwritev(uint64_t file, uint64_t pieces, uint64_t count, uint64_t offset) {
    return (int64_t)offset < 0 ? -EINVAL : several(file, false, pieces, count, offset);
}

int64_t linux_sys_preadv2(uint64_t file, uint64_t pieces, uint64_t count, uint64_t offset, uint64_t high,
                          uint64_t flags) {
    (void)high;
    if ((int64_t)offset < -1) return -EINVAL;
    return (flags & UINT32_MAX & ~(uint64_t)FLAGS_KNOWN) != 0 ? -EOPNOTSUPP
                                                              : several(file, true, pieces, count, offset);
}

int64_t linux_sys_pwritev2(uint64_t file, uint64_t pieces, uint64_t count, uint64_t offset, uint64_t high,
                           uint64_t flags) {
    (void)high;
    if ((int64_t)offset < -1) return -EINVAL;
    return (flags & UINT32_MAX & ~(uint64_t)FLAGS_KNOWN) != 0 ? -EOPNOTSUPP
                                                              : several(file, false, pieces, count, offset);
}

int64_t linux_sys_lseek(uint64_t descriptor, uint64_t offset, uint64_t from) {
    enum { FROM_MOST = 4 };
    struct linux_file *file = linux_file_get(descriptor);
    if (file == NULL) return -EBADF;
    int64_t answer = (uint32_t)from > FROM_MOST ? -EINVAL
                     : file->kind->seek == NULL ? -ESPIPE
                                                : file->kind->seek(file, (int64_t)offset, (uint32_t)from);
    linux_file_put(file);
    return answer;
}
