// SPDX-License-Identifier: MIT
// Calls on names: they are made, changed, and go.
#include <os/files.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_open.h"
#include "linux_regular.h"
#include "linux_user.h"
#include "string.h"

enum {
    NO_FOLLOW = 0x100,
    REMOVE_FOLDER = 0x200,
    FOLLOW = 0x400,
    EMPTY_PATH = 0x1000,
    RENAME_KEEP = 1,
    RENAME_EXCHANGE = 2,
    RENAME_WHITEOUT = 4,
    RIGHTS = 07777,
    TIME_NOW = 0x3fffffff,
    TIME_OMIT = 0x3ffffffe,
    NANOSECONDS = 1000000000,
};

// What is asked, of one name.
struct work {
    uint64_t first, second, third;
    const char *text;
};

// made: the error for what is ours; PLACE_FOLLOW, PLACE_EMPTY as place_find() has them.
static place_work remove;

static int64_t on_name(uint64_t folder, uint64_t path, uint32_t how, place_work *function, struct work *work,
                       int64_t made) {
    struct linux_place place;
    int64_t error = place_find(&place, folder, path, how);
    if (error == 0) error = place_ask(&place, function, work);
    if (error == PLACE_MADE && function == remove && place.is_there && place.made.kind->remove != NULL)
        error = place.made.kind->remove(&place.made);
    else if (error == PLACE_MADE)
        error = made != -EEXIST ? (place.is_there ? made : -ENOENT) : place.is_there ? -EEXIST : -EPERM;
    place_end(&place);
    return error;
}

// ---- made ----

static enum file_error make(struct linux_place *place, void *context) {
    const struct work *work = context;
    return os_file_make(place->directory, place->path, work->first, work->second);
}

int64_t linux_sys_mkdirat(uint64_t folder, uint64_t path, uint64_t mode) {
    struct work work = {.first = FILE_TYPE_DIRECTORY | linux_mode(mode)};
    return on_name(folder, path, 0, make, &work, -EEXIST);
}

int64_t linux_sys_mknodat(uint64_t folder, uint64_t path, uint64_t mode, uint64_t device) {
    uint64_t type = FILE_TYPE((uint32_t)mode);
    struct work work = {type | linux_mode(mode), (uint32_t)device, 0, NULL};
    switch (type) {
    case 0:
    case FILE_TYPE_REGULAR:
        work = (struct work){FILE_TYPE_REGULAR | linux_mode(mode), 0, 0, NULL};
        return on_name(folder, path, 0, make, &work, -EEXIST);
    case FILE_TYPE_FIFO:
    case FILE_TYPE_SOCKET:
        work.second = 0;
        return on_name(folder, path, 0, make, &work, -EEXIST);
    case FILE_TYPE_CHARACTER:
    case FILE_TYPE_BLOCK:
        return on_name(folder, path, 0, make, &work, -EEXIST);
    case FILE_TYPE_DIRECTORY:
        return -EPERM;
    default:
        return -EINVAL;
    }
}

static enum file_error make_link(struct linux_place *place, void *context) {
    const struct work *work = context;
    return os_file_symlink(place->directory, place->path, work->text);
}

int64_t linux_sys_symlinkat(uint64_t target, uint64_t folder, uint64_t path) {
    char text[PLACE_PATH];
    struct work work = {.text = text};
    uint64_t length = user_is_range(target, 1) ? linux_user_text(text, (const char *)target, sizeof text) : USER_FAULT;
    if (length == USER_FAULT) return -EFAULT;
    if (length == 0) return -ENOENT;
    if (length == sizeof text) return -ENAMETOOLONG;
    return on_name(folder, path, 0, make_link, &work, -EEXIST);
}

// ---- removed ----

static enum file_error remove(struct linux_place *place, void *context) {
    const struct work *work = context;
    return os_file_remove(place->directory, place->path, work->first);
}

int64_t linux_sys_unlinkat(uint64_t folder, uint64_t path, uint64_t flags) {
    struct work work = {.first = (flags & REMOVE_FOLDER) != 0 ? FILE_A_DIRECTORY : 0};
    if ((flags & UINT32_MAX & ~(uint64_t)REMOVE_FOLDER) != 0) return -EINVAL;
    return on_name(folder, path, 0, remove, &work, (flags & REMOVE_FOLDER) != 0 ? -EBUSY : -EPERM);
}

// ---- two names ----

struct pair {
    struct linux_place from, to;
    uint64_t flags;
};

static enum file_error rename(struct linux_place *place, void *context) {
    const struct pair *pair = context;
    return os_file_rename(place->directory, place->path, pair->to.directory, pair->to.path, pair->flags);
}

static enum file_error add_link(struct linux_place *place, void *context) {
    const struct pair *pair = context;
    return os_file_link(place->directory, place->path, pair->to.directory, pair->to.path, pair->flags);
}

// What is ours is on another file system.
static int64_t on_pair(uint64_t from, uint64_t path, uint32_t how, uint64_t to, uint64_t name, place_work *function,
                       uint64_t flags) {
    struct pair pair = {.flags = flags};
    int64_t error = place_find(&pair.from, from, path, how);
    int64_t second = error == 0 ? place_find(&pair.to, to, name, 0) : error;
    if (second == 0 && (pair.from.is_made || pair.to.is_made)) second = -EXDEV;
    if (second == 0) second = linux_file_error(function(&pair.from, &pair));
    if (error == 0) place_end(&pair.to);
    place_end(&pair.from);
    return second;
}

int64_t linux_sys_renameat2(uint64_t from, uint64_t path, uint64_t to, uint64_t name, uint64_t flags) {
    flags &= UINT32_MAX;
    if ((flags & ~(uint64_t)(RENAME_KEEP | RENAME_EXCHANGE | RENAME_WHITEOUT)) != 0) return -EINVAL;
    if ((flags & RENAME_EXCHANGE) != 0 && flags != RENAME_EXCHANGE) return -EINVAL;
    if ((flags & ~(uint64_t)RENAME_KEEP) != 0) return -EINVAL;
    return on_pair(from, path, 0, to, name, rename, flags != 0 ? FILE_NO_REPLACE : 0);
}

int64_t linux_sys_linkat(uint64_t from, uint64_t path, uint64_t to, uint64_t name, uint64_t flags) {
    if ((flags & UINT32_MAX & ~(uint64_t)(FOLLOW | EMPTY_PATH)) != 0) return -EINVAL;
    bool follow = (flags & FOLLOW) != 0;
    return on_pair(from, path, follow ? PLACE_FOLLOW : 0, to, name, add_link, follow ? FILE_FOLLOW : 0);
}

// ---- changed ----

static enum file_error change(struct linux_place *place, void *context) {
    const struct work *work = context;
    return os_file_change(place->directory, place->is_empty ? "." : place->path, work->first, work->second,
                          work->third);
}

// A file that is open. => 1: it is none of the server's
static int64_t change_open(struct linux_file *file, const struct work *work) {
    if (file->kind != &linux_regular && file->kind != &linux_folder) return PLACE_MADE;
    return linux_file_error(os_file_change(file->number, "", work->first, work->second, work->third));
}

// What is ours stays as it is, and nobody hears of that.
static int64_t change_name(uint64_t folder, uint64_t path, uint64_t flags, struct work *work) {
    struct linux_place place;
    bool follow = (flags & NO_FOLLOW) == 0;
    uint32_t how = PLACE_NO_MISSING | (follow ? PLACE_FOLLOW : 0) | ((flags & EMPTY_PATH) != 0 ? PLACE_EMPTY : 0);
    int64_t error = place_find(&place, folder, path, how);
    if (!follow) work->first |= FILE_CHANGE_NO_FOLLOW;
    if (error == 0 && place.is_empty && place.base != NULL)
        error = change_open(place.base, work);
    else if (error == 0)
        error = place_ask(&place, change, work);
    place_end(&place);
    return error == PLACE_MADE ? 0 : error;
}

static int64_t change_descriptor(uint64_t descriptor, const struct work *work) {
    struct linux_file *file = linux_file_get(descriptor);
    if (file == NULL) return -EBADF;
    int64_t error = change_open(file, work);
    linux_file_put(file);
    return error == PLACE_MADE ? 0 : error;
}

int64_t linux_sys_fchmod(uint64_t descriptor, uint64_t mode) {
    const struct work work = {FILE_CHANGE_MODE, mode & RIGHTS, 0, NULL};
    return change_descriptor(descriptor, &work);
}

int64_t linux_sys_fchmodat(uint64_t folder, uint64_t path, uint64_t mode) {
    struct work work = {FILE_CHANGE_MODE, mode & RIGHTS, 0, NULL};
    return change_name(folder, path, 0, &work);
}

int64_t linux_sys_fchmodat2(uint64_t folder, uint64_t path, uint64_t mode, uint64_t flags) {
    struct work work = {FILE_CHANGE_MODE, mode & RIGHTS, 0, NULL};
    if ((flags & UINT32_MAX & ~(uint64_t)(NO_FOLLOW | EMPTY_PATH)) != 0) return -EINVAL;
    return change_name(folder, path, flags, &work);
}

int64_t linux_sys_fchown(uint64_t descriptor, uint64_t user, uint64_t group) {
    const struct work work = {FILE_CHANGE_OWNER, (uint32_t)user, (uint32_t)group, NULL};
    return change_descriptor(descriptor, &work);
}

int64_t linux_sys_fchownat(uint64_t folder, uint64_t path, uint64_t user, uint64_t group, uint64_t flags) {
    struct work work = {FILE_CHANGE_OWNER, (uint32_t)user, (uint32_t)group, NULL};
    if ((flags & UINT32_MAX & ~(uint64_t)(NO_FOLLOW | EMPTY_PATH)) != 0) return -EINVAL;
    return change_name(folder, path, flags, &work);
}

struct file_time {
    int64_t seconds, nanoseconds;
};

static bool is_time(const struct file_time *time) {
    return time->nanoseconds == TIME_NOW || time->nanoseconds == TIME_OMIT ||
           (time->nanoseconds >= 0 && time->nanoseconds < NANOSECONDS);
}

static uint64_t server_time(const struct file_time *time) {
    return time->nanoseconds == TIME_NOW    ? FILE_TIME_NOW
           : time->nanoseconds == TIME_OMIT ? FILE_TIME_KEPT
                                            : (uint64_t)time->seconds;
}

int64_t linux_sys_utimensat(uint64_t folder, uint64_t path, uint64_t times, uint64_t flags) {
    struct file_time time[2] = {{0, TIME_NOW}, {0, TIME_NOW}};
    if (times != 0 && !user_read(time, times, sizeof time)) return -EFAULT;
    if (times != 0 && time[0].nanoseconds == TIME_OMIT && time[1].nanoseconds == TIME_OMIT) return 0;
    if (!is_time(&time[0]) || !is_time(&time[1])) return -EINVAL;
    struct work work = {FILE_CHANGE_TIMES, server_time(&time[0]), server_time(&time[1]), NULL};
    bool is_here = (uint32_t)folder == AT_FDCWD;
    if (path == 0 && !is_here) return (flags & UINT32_MAX) != 0 ? -EINVAL : change_descriptor(folder, &work);
    if ((flags & UINT32_MAX & ~(uint64_t)(NO_FOLLOW | EMPTY_PATH)) != 0) return -EINVAL;
    return change_name(folder, path, flags, &work);
}
