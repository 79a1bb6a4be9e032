// SPDX-License-Identifier: MIT
// Files of the file server in the program's memory.
#include "linux_mapped.h"

#include <os/attach.h>
#include <os/files.h>
#include <os/process.h>

#include "linux_errors.h"

enum {
    DISK_DEVICE = 0xfe00,
    MEMORY_DEVICE = 1,
};

static int64_t error_of(enum file_error error) {
    switch ((int)error) {
    case FILE_OK:
        return 0;
    case FILE_UNSUPPORTED:
        return -ENODEV;
    case FILE_DENIED:
    case FILE_READ_ONLY:
        return -EACCES;
    case FILE_SEALED:
        return -EPERM;
    default:
        return -ENOMEM;
    }
}

int64_t linux_mapped(struct linux_file *file, uint64_t offset, uint64_t pages, uint64_t va, struct linux_terms *terms,
                     struct linux_backing *backing) {
    struct os_object object;
    uint64_t options = PROTECTION_ALL | (os_start->pays != 0 ? PAGER_CLIENT_PAYS : 0), number;
    if (terms->is_shared) options = terms->most | FILE_SHARED;
    enum file_error error = os_file_object(&object, file->number, va, offset / PAGE, pages, options, &number);
    if (error == FILE_SEALED) { // it can be seen, and never be written to
        terms->most &= ~(uint64_t)PROTECTION_WRITE;
        error = os_file_object(&object, file->number, va, offset / PAGE, pages, terms->most | FILE_SHARED, &number);
    }
    if (error != FILE_OK) return error_of(error);
    bool is_memory = number > UINT32_MAX;
    *backing = (struct linux_backing){
        .kind = "file",
        .pager = object.pager,
        .cookie = object.cookie,
        .va = va,
        .pages = pages,
        .first = offset / PAGE,
        .number = number,
        .origin = origin_take(linux_file_path(file), is_memory ? MEMORY_DEVICE : DISK_DEVICE, number & UINT32_MAX)};
    return 0;
}
