// SPDX-License-Identifier: MIT
// What is told of files: fstat, newfstatat.
#include "linux_call.h"
#include "linux_errors.h"
#include "linux_file.h"
#include "linux_user.h"

enum { EMPTY_PATH = 0x1000 };

int64_t linux_sys_fstat(uint64_t descriptor, uint64_t to) {
    struct linux_stat status = {0};
    struct linux_file *file = linux_file_get_any(descriptor);
    if (file == NULL) return -EBADF;
    int64_t error = file->kind->stat(file, &status);
    linux_file_put(file);
    if (error != 0) return error;
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
