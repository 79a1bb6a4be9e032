// SPDX-License-Identifier: MIT
// Calls on the data of a file: how long it is, what of it is on the disk, its entries.
#include <os/files.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_open.h"
#include "linux_regular.h"
#include "linux_user.h"

enum {
    ALLOCATE_KEEP = 1, // FALLOC_FL_KEEP_SIZE
    ADVICE_MOST = 5,
    SYNC_FLAGS = 7,
};

int64_t linux_sys_getdents64(uint64_t descriptor, uint64_t to, uint64_t size) {
    struct linux_file *file = linux_file_get(descriptor);
    if (file == NULL) return -EBADF;
    int64_t answer = file->kind->list == NULL ? -ENOTDIR : file->kind->list(file, to, size & UINT32_MAX);
    linux_file_put(file);
    return answer;
}

static enum file_error cut(struct linux_place *place, void *context) {
    uint32_t file;
    enum file_error error = os_file_open(place->directory, place->path, FILE_WRITE, 0, &file);
    if (error != FILE_OK) return error;
    error = os_file_truncate(file, *(const uint64_t *)context);
    os_file_close(file);
    return error;
}

int64_t linux_sys_truncate(uint64_t path, uint64_t size) {
    struct linux_place place;
    if ((int64_t)size < 0) return -EINVAL;
    int64_t error = place_find(&place, AT_FDCWD, path, PLACE_FOLLOW | PLACE_NO_MISSING);
    if (error == 0) error = place_ask(&place, cut, &size);
    if (error == PLACE_MADE) error = (place.made.mode & MADE_TYPE) == MADE_FOLDER ? -EISDIR : -EINVAL;
    place_end(&place);
    return error;
}

int64_t linux_sys_ftruncate(uint64_t descriptor, uint64_t size) {
    if ((int64_t)size < 0) return -EINVAL;
    struct linux_file *file = linux_file_get(descriptor);
    if (file == NULL) return -EBADF;
    int64_t answer = file->kind->truncate == NULL || !file_may_write(file) ? -EINVAL : file->kind->truncate(file, size);
    linux_file_put(file);
    return answer;
}

// What is promised is the length only: the disk may be full when it is written.
static int64_t allocate(struct linux_file *file, uint64_t mode, uint64_t end) {
    struct linux_stat stat = {0};
    if (!file_may_write(file)) return -EBADF;
    if (file->kind->seek == NULL) return -ESPIPE;
    if (file->kind->list != NULL) return -EISDIR;
    if (file->kind->truncate == NULL) return -ENODEV;
    if ((mode & ~(uint64_t)ALLOCATE_KEEP) != 0) return -EOPNOTSUPP;
    int64_t error = file->kind->stat(file, &stat);
    if (error != 0 || (mode & ALLOCATE_KEEP) != 0 || end <= (uint64_t)stat.size) return error;
    return file->kind->truncate(file, end);
}

int64_t linux_sys_fallocate(uint64_t descriptor, uint64_t mode, uint64_t offset, uint64_t size) {
    struct linux_file *file = linux_file_get(descriptor);
    if (file == NULL) return -EBADF;
    int64_t answer = (int64_t)offset < 0 || (int64_t)size <= 0 ? -EINVAL
                     : (int64_t)(offset + size) < 0            ? -EFBIG
                                                               : allocate(file, mode & UINT32_MAX, offset + size);
    linux_file_put(file);
    return answer;
}

static int64_t sync(uint64_t descriptor, bool data_only) {
    struct linux_file *file = linux_file_get(descriptor);
    if (file == NULL) return -EBADF;
    int64_t answer = file->kind->sync == NULL ? -EINVAL : file->kind->sync(file, data_only);
    linux_file_put(file);
    return answer;
}

int64_t linux_sys_fsync(uint64_t file) { return sync(file, false); }
int64_t linux_sys_fdatasync(uint64_t file) { return sync(file, true); }

int64_t linux_sys_sync(void) {
    if (place_disk()) os_file_sync(FILE_ROOT, 0);
    return 0;
}

int64_t linux_sys_syncfs(uint64_t descriptor) {
    struct linux_file *file = linux_file_get(descriptor);
    if (file == NULL) return -EBADF;
    linux_file_put(file);
    return linux_sys_sync();
}

int64_t linux_sys_sync_file_range(uint64_t descriptor, uint64_t offset, uint64_t size, uint64_t flags) {
    struct linux_file *file = linux_file_get(descriptor);
    if (file == NULL) return -EBADF;
    bool is_odd =
        (flags & UINT32_MAX & ~(uint64_t)SYNC_FLAGS) != 0 || (int64_t)offset < 0 || (int64_t)(offset + size) < 0;
    int64_t answer = is_odd ? -EINVAL : file->kind->sync == NULL ? -ESPIPE : file->kind->sync(file, true);
    linux_file_put(file);
    return answer;
}

// Hints that nothing follows from.
int64_t linux_sys_fadvise64(uint64_t descriptor, uint64_t offset, uint64_t size, uint64_t advice) {
    (void)offset;
    struct linux_file *file = linux_file_get(descriptor);
    if (file == NULL) return -EBADF;
    int64_t answer = file->kind->seek == NULL                                             ? -ESPIPE
                     : (int64_t)size < 0 || (advice & UINT32_MAX) > (uint64_t)ADVICE_MOST ? -EINVAL
                                                                                          : 0;
    linux_file_put(file);
    return answer;
}

int64_t linux_sys_readahead(uint64_t descriptor, uint64_t offset, uint64_t size) {
    (void)offset, (void)size;
    struct linux_file *file = linux_file_get(descriptor);
    if (file == NULL) return -EBADF;
    int64_t answer = !file_may_read(file) ? -EBADF : file->kind != &linux_regular ? -EINVAL : 0;
    linux_file_put(file);
    return answer;
}
