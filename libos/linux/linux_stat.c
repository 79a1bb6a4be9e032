// SPDX-License-Identifier: MIT
// What is told of files: fstat, newfstatat, statx, statfs, faccessat, readlinkat.
#include <os/files.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_place.h"
#include "linux_regular.h"
#include "linux_user.h"
#include "string.h"

enum {
    NO_FOLLOW = 0x100,
    EFFECTIVE = 0x200,
    NO_AUTOMOUNT = 0x800,
    EMPTY_PATH = 0x1000,
    SYNC_TYPES = 0x6000,
    MAY_EXECUTE = 1,
    MAY_WRITE = 2,
    EXECUTABLE = 0111,
    NAME_MOST = 255,
    EXT2_NUMBER = 0xef53,
    MADE_NUMBER = 0x01021994, // as a tmpfs
    STAT_KNOWN = 0x7ff,       // STATX_BASIC_STATS
    STAT_RESERVED = INT32_MIN,
};

int64_t linux_sys_fstat(uint64_t descriptor, uint64_t to) {
    struct linux_stat status = {0};
    struct linux_file *file = linux_file_get_any(descriptor);
    if (file == NULL) return -EBADF;
    int64_t error = file->kind->stat(file, &status);
    linux_file_put(file);
    if (error != 0) return error;
    return user_write(to, &status, sizeof status) ? 0 : -EFAULT;
}

// ---- by path ----

struct told {
    uint64_t flags; // of the server
    struct linux_stat stat;
};

static enum file_error stat_there(struct linux_place *place, void *context) {
    struct told *told = context;
    struct os_file_stat found;
    enum file_error error = os_file_stat(place->directory, place->is_empty ? "." : place->path, told->flags, &found);
    if (error == FILE_OK) regular_stat(&found, &told->stat);
    return error;
}

static int64_t stat_made(const struct linux_place *place, bool follow, struct linux_stat *stat) {
    if (!place->is_there) return -ENOENT;
    if (follow && place->made.kind->stat != NULL) return place->made.kind->stat(&place->made, stat);
    made_stat(&place->made, stat);
    return 0;
}

int64_t place_stat(struct linux_place *place, bool follow, struct linux_stat *stat) {
    struct told told = {.flags = follow ? 0 : FILE_NO_FOLLOW};
    *stat = (struct linux_stat){0};
    if (place->is_empty && place->base != NULL) return place->base->kind->stat(place->base, stat);
    int64_t error = place_ask(place, stat_there, &told);
    if (error == PLACE_MADE) return stat_made(place, follow, stat);
    *stat = told.stat;
    return error;
}

static int64_t stat_at(uint64_t folder, uint64_t path, uint64_t flags, struct linux_stat *stat) {
    struct linux_place place;
    bool follow = (flags & NO_FOLLOW) == 0;
    uint32_t how = PLACE_NO_MISSING | (follow ? PLACE_FOLLOW : 0) | ((flags & EMPTY_PATH) != 0 ? PLACE_EMPTY : 0);
    int64_t error = place_find(&place, folder, path, how);
    if (error == 0) error = place_stat(&place, follow, stat);
    place_end(&place);
    return error;
}

int64_t linux_sys_newfstatat(uint64_t folder, uint64_t path, uint64_t to, uint64_t flags) {
    struct linux_stat stat;
    if ((flags & UINT32_MAX & ~(uint64_t)(NO_FOLLOW | NO_AUTOMOUNT | EMPTY_PATH)) != 0) return -EINVAL;
    int64_t error = stat_at(folder, path, flags, &stat);
    if (error != 0) return error;
    return user_write(to, &stat, sizeof stat) ? 0 : -EFAULT;
}

struct extended_time {
    int64_t seconds;
    uint32_t nanoseconds, padding;
};

struct extended_stat {
    uint32_t mask, block_size;
    uint64_t attributes;
    uint32_t links, user, group;
    uint16_t mode, padding;
    uint64_t inode, size, blocks, attributes_known;
    struct extended_time accessed, born, changed, modified;
    uint32_t special_major, special_minor, device_major, device_minor;
    uint64_t unused[14];
};
_Static_assert(sizeof(struct extended_stat) == 256, "as Linux has it");

static uint32_t major_of(uint64_t device) { return device >> 8 & 0xfff; }
static uint32_t minor_of(uint64_t device) { return (uint32_t)((device & 0xff) | (device >> 12 & 0xfff00)); }

int64_t linux_sys_statx(uint64_t folder, uint64_t path, uint64_t flags, uint64_t mask, uint64_t to) {
    struct linux_stat stat;
    if (((uint32_t)mask & (uint32_t)STAT_RESERVED) != 0 || (flags & SYNC_TYPES) == SYNC_TYPES) return -EINVAL;
    if ((flags & UINT32_MAX & ~(uint64_t)(NO_FOLLOW | NO_AUTOMOUNT | EMPTY_PATH | SYNC_TYPES)) != 0) return -EINVAL;
    int64_t error = stat_at(folder, path, flags, &stat);
    if (error != 0) return error;
    const struct extended_stat extended = {.mask = STAT_KNOWN,
                                           .block_size = (uint32_t)stat.block_size,
                                           .links = stat.links,
                                           .user = stat.user,
                                           .group = stat.group,
                                           .mode = (uint16_t)stat.mode,
                                           .inode = stat.inode,
                                           .size = (uint64_t)stat.size,
                                           .blocks = (uint64_t)stat.blocks,
                                           .accessed = {(int64_t)stat.accessed, (uint32_t)stat.accessed_nanoseconds, 0},
                                           .changed = {(int64_t)stat.changed, (uint32_t)stat.changed_nanoseconds, 0},
                                           .modified = {(int64_t)stat.modified, (uint32_t)stat.modified_nanoseconds, 0},
                                           .special_major = major_of(stat.special),
                                           .special_minor = minor_of(stat.special),
                                           .device_major = major_of(stat.device),
                                           .device_minor = minor_of(stat.device)};
    return user_write(to, &extended, sizeof extended) ? 0 : -EFAULT;
}

// ---- may it be used ----

static int64_t access(uint64_t folder, uint64_t path, uint64_t mode, uint64_t flags) {
    struct linux_stat stat;
    struct os_file_space space;
    if ((mode & UINT32_MAX & ~UINT64_C(7)) != 0) return -EINVAL;
    if ((flags & UINT32_MAX & ~(uint64_t)(NO_FOLLOW | EFFECTIVE | EMPTY_PATH)) != 0) return -EINVAL;
    int64_t error = stat_at(folder, path, flags, &stat);
    if (error != 0) return error;
    bool is_folder = (stat.mode & MADE_TYPE) == MADE_FOLDER;
    if ((mode & MAY_EXECUTE) != 0 && !is_folder && (stat.mode & EXECUTABLE) == 0) return -EACCES;
    if ((mode & MAY_WRITE) == 0 || (stat.mode & MADE_TYPE) == MADE_CHARACTER || !place_disk()) return 0;
    return os_file_space(&space) == FILE_OK && space.read_only ? -EROFS : 0;
}

int64_t linux_sys_faccessat(uint64_t folder, uint64_t path, uint64_t mode) { return access(folder, path, mode, 0); }

int64_t linux_sys_faccessat2(uint64_t folder, uint64_t path, uint64_t mode, uint64_t flags) {
    return access(folder, path, mode, flags);
}

// ---- links ----

struct link_text {
    char text[PLACE_PATH];
    uint64_t length;
};

static enum file_error read_link(struct linux_place *place, void *context) {
    struct link_text *link = context;
    return os_file_readlink(place->directory, place->path, link->text, sizeof link->text, &link->length);
}

static int64_t read_made_link(const struct linux_place *place, struct link_text *link) {
    if (!place->is_there) return -ENOENT;
    if ((place->made.mode & MADE_TYPE) != MADE_LINK) return -EINVAL;
    struct linux_sink sink = {.left = sizeof link->text, .text = link->text};
    place->made.kind->text(&place->made, &sink);
    link->length = sink.done;
    return link->length != 0 ? 0 : -ENOENT;
}

int64_t linux_sys_readlinkat(uint64_t folder, uint64_t path, uint64_t to, int size) {
    struct linux_place place;
    struct link_text link;
    if (size <= 0) return -EINVAL;
    int64_t error = place_find(&place, folder, path, PLACE_NO_MISSING | PLACE_EMPTY);
    bool is_link = place.is_empty && place.base != NULL && place.base->kind == &linux_regular;
    if (error == 0 && place.is_empty && !is_link) error = -ENOENT;
    if (error == 0 && is_link) place.directory = place.base->number;
    if (error == 0) error = place_ask(&place, read_link, &link);
    if (is_link && error == -EINVAL) error = -ENOENT;
    if (error == PLACE_MADE) error = read_made_link(&place, &link);
    place_end(&place);
    if (error != 0) return error;
    uint64_t length = link.length < (uint64_t)size ? link.length : (uint64_t)size;
    return user_write(to, link.text, length) ? (int64_t)length : -EFAULT;
}

// ---- the file system ----

struct system {
    uint64_t type, block_size, blocks, free, available, files, files_free, number, name_most, fragment, flags, spare[4];
};
_Static_assert(sizeof(struct system) == 120, "as Linux has it");

static int64_t tell_system(bool is_made, uint64_t to) {
    struct system system = {.type = MADE_NUMBER, .block_size = 4096, .fragment = 4096, .name_most = NAME_MOST};
    struct os_file_space space;
    if (!is_made) {
        enum file_error error = os_file_space(&space);
        if (error != FILE_OK) return linux_file_error(error);
        system = (struct system){.type = EXT2_NUMBER,
                                 .block_size = space.block_size,
                                 .blocks = space.blocks,
                                 .free = space.blocks_free,
                                 .available = space.blocks_available,
                                 .files = space.files,
                                 .files_free = space.files_free,
                                 .name_most = NAME_MOST,
                                 .fragment = space.block_size,
                                 .flags = 0x20 | (space.read_only != 0 ? 1 : 0)}; // ST_VALID, ST_RDONLY
    }
    return user_write(to, &system, sizeof system) ? 0 : -EFAULT;
}

int64_t linux_sys_statfs(uint64_t path, uint64_t to) {
    struct linux_place place;
    struct linux_stat stat;
    int64_t error = place_find(&place, AT_FDCWD, path, PLACE_NO_MISSING | PLACE_FOLLOW);
    if (error == 0) error = place_stat(&place, true, &stat);
    place_end(&place);
    return error != 0 ? error : tell_system(place.is_made, to);
}

int64_t linux_sys_fstatfs(uint64_t descriptor, uint64_t to) {
    struct linux_file *file = linux_file_get_any(descriptor);
    if (file == NULL) return -EBADF;
    bool is_made = file->kind != &linux_regular && file->kind != &linux_folder;
    linux_file_put(file);
    return tell_system(is_made, to);
}
