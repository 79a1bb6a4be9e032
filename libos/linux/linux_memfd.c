// SPDX-License-Identifier: MIT
// memfd_create: a file of the server's that is of memory alone, and its seals.
#include <os/files.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_mapped.h"
#include "linux_regular.h"
#include "linux_source.h"
#include "linux_user.h"
#include "string.h"

enum {
    NAME_MOST = 250, // with its 0
    ADD_SEALS = 1033,
    GET_SEALS = 1034,
};

#define MEMFD_CLOEXEC       1u
#define MEMFD_ALLOW_SEALING 2u
#define MEMFD_NOEXEC_SEAL   8u
#define MEMFD_EXEC          16u
#define SEAL_EXEC           32u

int64_t linux_sys_memfd_create(uint64_t at, uint64_t flags) {
    static const char before[] = "/memfd:", behind[] = " (deleted)";
    char path[sizeof before + NAME_MOST + sizeof behind];
    uint64_t number = 0, sealed;
    uint32_t file;
    const uint32_t known = MEMFD_CLOEXEC | MEMFD_ALLOW_SEALING | MEMFD_NOEXEC_SEAL | MEMFD_EXEC;
    if ((flags & UINT32_MAX & ~(uint64_t)known) != 0) return -EINVAL; // huge pages too
    if ((flags & MEMFD_NOEXEC_SEAL) != 0 && (flags & MEMFD_EXEC) != 0) return -EINVAL;
    char *name = path + sizeof before - 1;
    uint64_t length = user_is_range(at, 1) ? linux_user_text(name, (const char *)at, NAME_MOST) : USER_FAULT;
    if (length == USER_FAULT) return -EFAULT;
    if (length == NAME_MOST) return -EINVAL;
    memcpy(path, before, sizeof before - 1);
    memcpy(name + length, behind, sizeof behind);
    enum file_error error = source_session();
    uint64_t mode = (flags & MEMFD_NOEXEC_SEAL) != 0 ? 0666 : 0777;
    if (error == FILE_OK) error = os_file_memory("", FILE_READ | FILE_WRITE, mode, 0, &number, &file);
    if (error != FILE_OK) return error == FILE_GONE ? -ENOSYS : -ENFILE;
    if ((flags & (MEMFD_ALLOW_SEALING | MEMFD_NOEXEC_SEAL)) == 0) os_file_seal(file, FILE_SEAL_SEAL, &sealed);
    struct linux_file *made = linux_file_make(&linux_regular, O_RDWR | O_LARGEFILE, file);
    if (made == NULL) {
        os_file_close(file);
        return -ENFILE;
    }
    linux_file_name(made, path);
    return linux_file_install(made, (flags & MEMFD_CLOEXEC) != 0 ? O_CLOEXEC : 0);
}

int64_t linux_mapped_command(struct linux_file *file, uint32_t what, uint64_t value) {
    uint64_t sealed;
    if (what != ADD_SEALS && what != GET_SEALS) return -EINVAL;
    if (what == ADD_SEALS && ((uint32_t)value & ~(FILE_SEALS | SEAL_EXEC)) != 0) return -EINVAL;
    enum file_error error = os_file_seal(file->number, what == ADD_SEALS ? (uint32_t)value & FILE_SEALS : 0, &sealed);
    if (error == FILE_OK) return what == GET_SEALS ? (int64_t)sealed : 0;
    return error == FILE_BUSY ? -EBUSY : error == FILE_SEALED || error == FILE_DENIED ? -EPERM : -EINVAL;
}
