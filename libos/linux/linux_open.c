// SPDX-License-Identifier: MIT
// openat: what a path leads to becomes an open file. The working directory.
#include <os/files.h>

#include "linux_call.h"
#include "linux_device.h"
#include "linux_errors.h"
#include "linux_open.h"
#include "linux_regular.h"
#include "linux_stream.h"
#include "linux_user.h"
#include "string.h"

enum { MODE_BITS = 07777 };

// What counts with O_PATH.
#define FLAGS_OF_PATH (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static uint32_t creation_mask = 022;
char linux_program_path[PLACE_PATH];

uint32_t linux_mode(uint64_t mode) { return (uint32_t)mode & MODE_BITS & ~creation_mask; }

struct wish {
    uint32_t flags, mode;
    struct os_file_opened opened;
};

static uint64_t server_flags(uint32_t flags) {
    static const struct {
        uint32_t bits;
        uint64_t server;
    } meanings[] = {{O_CREAT, FILE_MAKE},        {O_EXCL, FILE_NEW},   {O_TRUNC, FILE_TRUNCATE},
                    {O_APPEND, FILE_APPEND},     {O_DSYNC, FILE_SYNC}, {O_DIRECTORY, FILE_DIRECTORY},
                    {O_NOFOLLOW, FILE_NO_FOLLOW}};
    uint32_t access = flags & O_ACCMODE;
    uint64_t server = 0;
    if ((flags & O_PATH) != 0) server |= FILE_ITSELF;
    if ((flags & O_PATH) == 0 && access != O_WRONLY) server |= FILE_READ;
    if (access != O_RDONLY) server |= FILE_WRITE;
    for (unsigned i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if ((flags & meanings[i].bits) != 0) server |= meanings[i].server;
    }
    return server;
}

static enum file_error open_there(struct linux_place *place, void *context) {
    struct wish *wish = context;
    return os_file_open_as(place->directory, place->path, server_flags(wish->flags), wish->mode, &wish->opened);
}

// A device, a fifo, a socket: its node has been opened at the server, which is not to be asked for more.
static int64_t open_special(const struct wish *wish, struct linux_file **file) {
    struct os_file_stat stat;
    enum file_error error = os_file_stat(wish->opened.file, "", 0, &stat);
    os_file_close(wish->opened.file);
    if (error != FILE_OK) return linux_file_error(error);
    if (FILE_TYPE(stat.mode) == FILE_TYPE_FIFO)
        return stream_open_fifo(stat.inode, wish->flags & ~(O_CREAT | O_EXCL | O_TRUNC), file);
    const struct linux_made *device = FILE_TYPE(stat.mode) == FILE_TYPE_CHARACTER ? device_of(stat.device) : NULL;
    return device != NULL ? made_open(device, "", wish->flags & ~(O_CREAT | O_EXCL), file) : -ENXIO;
}

// As it is called from the root on. A folder's own path is asked for once.
static void name_file(struct linux_file *file, const struct linux_place *place) {
    char path[PLACE_PATH];
    uint64_t length = 0, more = string_length(place->path) + 1;
    struct linux_file *base = place->base;
    if (place->path[0] != '/' && base != NULL) {
        if (linux_file_path(base)[0] == '\0' && os_file_where(base->number, path, sizeof path) == FILE_OK)
            linux_file_name(base, path);
        length = string_length(linux_file_path(base));
        memcpy(path, linux_file_path(base), length);
    }
    if (length + 1 + more > sizeof path) return;
    path[length] = '/';
    memcpy(path + length + 1, place->path, more);
    place_plain(path);
    linux_file_name(file, path);
}

static int64_t open_file(const struct wish *wish, const struct linux_place *place, struct linux_file **file) {
    uint32_t type = FILE_TYPE(wish->opened.mode);
    bool is_known = type == FILE_TYPE_REGULAR || type == FILE_TYPE_DIRECTORY || (wish->flags & O_PATH) != 0;
    if (!is_known) return open_special(wish, file);
    *file =
        linux_file_make(type == FILE_TYPE_DIRECTORY ? &linux_folder : &linux_regular, wish->flags, wish->opened.file);
    if (*file == NULL) os_file_close(wish->opened.file);
    if (*file == NULL) return -ENFILE;
    name_file(*file, place);
    return 0;
}

// What is made by the personality has a folder or two where files can be.
static int64_t make_there(const struct linux_place *place, uint32_t flags, uint32_t mode, struct linux_file **file) {
    const char *name = place->path;
    if ((flags & O_CREAT) == 0) return -ENOENT;
    if (place->made.kind->make == NULL) return -EACCES;
    for (const char *at = name; *at != '\0'; at++)
        if (*at == '/') name = at + 1;
    int64_t error = place->made.kind->make(&place->made, name, flags, mode, file);
    if (error == 0) linux_file_name(*file, place->path);
    return error;
}

int64_t place_open(struct linux_place *place, uint32_t flags, uint32_t mode, struct linux_file **file) {
    struct wish wish = {.flags = flags, .mode = mode};
    int64_t error = place_ask(place, open_there, &wish);
    if (error == PLACE_MADE) {
        if (!place->is_there) return make_there(place, flags, mode, file);
        return made_open(&place->made, place->path, flags, file);
    }
    return error != 0 ? error : open_file(&wish, place, file);
}

int64_t linux_sys_openat(uint64_t folder, uint64_t path, uint64_t flags, uint64_t mode) {
    struct linux_place place;
    struct linux_file *file;
    uint32_t wanted = (uint32_t)flags;
    if ((wanted & O_PATH) != 0) wanted &= FLAGS_OF_PATH;
    if ((wanted & O_CREAT) == 0) wanted &= ~O_EXCL;
    if ((wanted & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY)) return -EINVAL;
    if ((wanted & O_TMPFILE) != 0)
        return (wanted & O_DIRECTORY) != 0 && (wanted & O_ACCMODE) != O_RDONLY ? -EOPNOTSUPP : -EINVAL;
    uint32_t follow =
        (wanted & O_NOFOLLOW) != 0 || (wanted & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL) ? 0 : PLACE_FOLLOW;
    int64_t error = place_find(&place, folder, path, follow);
    if (error == 0) error = place_open(&place, wanted, (wanted & O_CREAT) != 0 ? linux_mode(mode) : 0, &file);
    place_end(&place);
    if (error != 0) return error;
    bool is_shared = file->holds != 0;
    int64_t descriptor = linux_file_install(file, wanted);
    if (is_shared) linux_file_put(file);
    return descriptor;
}

// ---- the working directory ----

static bool is_folder(const struct linux_file *file) {
    return file->kind == &linux_folder || file->kind == &linux_made_folder;
}

int64_t linux_sys_chdir(uint64_t path) {
    struct linux_place place;
    struct linux_file *file;
    int64_t error = place_find(&place, AT_FDCWD, path, PLACE_FOLLOW | PLACE_NO_MISSING);
    if (error == 0) error = place_open(&place, O_PATH | O_DIRECTORY, 0, &file);
    place_end(&place);
    if (error == 0) linux_file_folder_set(file);
    return error;
}

int64_t linux_sys_fchdir(uint64_t descriptor) {
    struct linux_file *file = linux_file_get_any(descriptor);
    if (file == NULL) return -EBADF;
    int64_t error = is_folder(file) ? 0 : -ENOTDIR;
    if (error == 0) linux_file_folder_set(file);
    linux_file_put(file);
    return error;
}

// => 0, or a negative error
int64_t linux_folder_text(char *text, uint64_t size) {
    struct linux_file *file = linux_file_folder_get();
    if (file == NULL) memcpy(text, "/", 2);
    if (file == NULL) return 0;
    int64_t error = 0;
    if (file->kind == &linux_folder)
        error = linux_file_error(os_file_where(file->number, text, size));
    else
        memcpy(text, linux_file_path(file), string_length(linux_file_path(file)) + 1);
    linux_file_put(file);
    return error;
}

int64_t linux_sys_getcwd(uint64_t to, uint64_t size) {
    char text[PLACE_PATH];
    int64_t error = linux_folder_text(text, sizeof text);
    if (error != 0) return error;
    uint64_t length = string_length(text) + 1;
    if (length > size) return -ERANGE;
    return user_write(to, text, length) ? (int64_t)length : -EFAULT;
}

int64_t linux_sys_umask(uint64_t mask) {
    return __atomic_exchange_n(&creation_mask, (uint32_t)mask & 0777, __ATOMIC_RELAXED);
}
