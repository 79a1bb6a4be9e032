// SPDX-License-Identifier: MIT
// Paths. What begins with /dev, /proc or /boot is made by the personality; all else is the file server's, which says
// when a link or .. leads back to one of these three.
#include "linux_place.h"

#include "linux_errors.h"
#include "linux_layout.h"
#include "linux_user.h"
#include "string.h"

enum { LINK_MOST = 1024, LINKS_MOST = 40 };

#define FILES (LINUX_END + 0xc0000000) // the session's buffer

static const char ours[] = "dev\0proc\0boot\0";

int64_t linux_file_error(enum file_error error) {
    static const uint8_t errors[FILE_ERRORS] = {
        [FILE_OK] = 0,
        [FILE_NOT_FOUND] = ENOENT,
        [FILE_EXISTS] = EEXIST,
        [FILE_NOT_EMPTY] = ENOTEMPTY,
        [FILE_IS_DIRECTORY] = EISDIR,
        [FILE_NOT_DIRECTORY] = ENOTDIR,
        [FILE_NO_SPACE] = ENOSPC,
        [FILE_IO] = EIO,
        [FILE_CORRUPT] = EUCLEAN,
        [FILE_READ_ONLY] = EROFS,
        [FILE_BUSY] = EBUSY,
        [FILE_NAME_TOO_LONG] = ENAMETOOLONG,
        [FILE_LOOP] = ELOOP,
        [FILE_TOO_LARGE] = EFBIG,
        [FILE_TOO_MANY_LINKS] = EMLINK,
        [FILE_INTO_ITSELF] = EINVAL,
        [FILE_NOT_OPEN] = EBADF,
        [FILE_DENIED] = EPERM,
        [FILE_BAD_ARGUMENT] = EINVAL,
        [FILE_FULL] = ENFILE,
        [FILE_OUT_OF_MEMORY] = ENOMEM,
        [FILE_UNSUPPORTED] = EINVAL,
        [FILE_NO_SESSION] = EIO,
        [FILE_SEALED] = EPERM,
        [FILE_ELSEWHERE] = EXDEV,
        [FILE_BAD_MEMORY] = EFAULT,
        [FILE_GONE] = EIO,
    };
    return -(int64_t)errors[error];
}

bool place_session(void) { return os_files_begin_beside("file", FILES, ours, sizeof ours - 1) == FILE_OK; }

bool place_disk(void) {
    static enum { UNKNOWN, NONE, IS_THERE } disk; // found out once
    struct os_file_space space;
    if (disk == UNKNOWN) disk = place_session() && os_file_space(&space) == FILE_OK ? IS_THERE : NONE;
    return disk == IS_THERE;
}

// ---- what is made ----

static bool is_ours(const char *name, uint64_t length) {
    for (const char *one = ours; *one != '\0'; one += string_length(one) + 1) {
        if (string_length(one) == length && memcmp(one, name, length) == 0) return true;
    }
    return false;
}

static const char *skip_slashes(const char *at) {
    while (*at == '/') at++;
    return at;
}

static const char *name_end(const char *at) {
    while (*at != '/' && *at != '\0') at++;
    return at;
}

bool place_plain(char *path) {
    char *to = path;
    bool is_folder = true;
    for (const char *at = skip_slashes(path); *at != '\0';) {
        const char *end = name_end(at);
        uint64_t length = (uint64_t)(end - at);
        bool is_dot = length == 1 && at[0] == '.', is_up = length == 2 && at[0] == '.' && at[1] == '.';
        is_folder = is_dot || is_up || *end == '/';
        if (is_up) {
            while (to > path && *--to != '/') continue;
        } else if (!is_dot) {
            *to++ = '/';
            memmove(to, at, length);
            to += length;
        }
        at = skip_slashes(end);
    }
    if (to == path) *to++ = '/';
    *to = '\0';
    return is_folder;
}

// The link's text takes the place of the path up to `rest`; it stands in the folder whose name ends at `name`.
static int64_t splice(struct linux_place *place, const struct linux_made *link, uint64_t name, const char *rest) {
    char text[LINK_MOST];
    struct linux_sink sink = {.left = sizeof text - 1, .text = text};
    link->kind->text(link, &sink);
    uint64_t length = sink.done, more = string_length(rest) + 1;
    if (length == 0) return -ENOENT;
    if (text[0] == '/') name = 0;
    if (sink.is_full || name + length + 1 + more > sizeof place->path) return -ENAMETOOLONG;
    memmove(place->path + name + length + 1, rest, more);
    memcpy(place->path + name, text, length);
    place->path[name + length] = '/';
    if (more == 1) place->path[name + length] = '\0';
    return 0;
}

static bool must_follow(const struct linux_place *place, const struct linux_made *node, bool last, bool is_folder) {
    if ((node->mode & MADE_TYPE) != MADE_LINK) return false;
    return !last || is_folder || ((place->how & PLACE_FOLLOW) != 0 && node->kind->open == NULL);
}

// => 0: the path is plain, and this is its node, or its last name is not there; 1: a link leads elsewhere
static int64_t walk(struct linux_place *place, bool is_folder, unsigned *links) {
    char name[MADE_NAME];
    place->made = (struct linux_made){.kind = &made_root, .mode = MADE_FOLDER | 0755, .inode = 1};
    place->is_there = true;
    for (const char *at = place->path + 1; *at != '\0';) {
        const char *end = name_end(at), *rest = skip_slashes(end);
        uint64_t length = (uint64_t)(end - at);
        struct linux_made child;
        if ((place->made.mode & MADE_TYPE) != MADE_FOLDER) return -ENOTDIR;
        if (length >= sizeof name) return -ENAMETOOLONG;
        memcpy(name, at, length);
        name[length] = '\0';
        if (!place->made.kind->find(&place->made, name, &child)) {
            place->is_there = false;
            return *rest == '\0' && (place->how & PLACE_NO_MISSING) == 0 ? 0 : -ENOENT;
        }
        if (must_follow(place, &child, *rest == '\0', is_folder)) {
            if (++*links > LINKS_MOST) return -ELOOP;
            int64_t error = splice(place, &child, (uint64_t)(at - place->path), rest);
            return error != 0 ? error : 1;
        }
        place->made = child;
        at = rest;
    }
    return is_folder && (place->made.mode & MADE_TYPE) != MADE_FOLDER ? -ENOTDIR : 0;
}

// An absolute path of ours, or, by a link of ours or .., the file server's.
static int64_t find_made(struct linux_place *place) {
    int64_t found = 1;
    for (unsigned links = 0; found == 1;) {
        bool is_folder = place_plain(place->path);
        const char *first = place->path + 1;
        place->is_made = is_ours(first, (uint64_t)(name_end(first) - first)) || !place_disk();
        place->directory = FILE_ROOT;
        if (!place->is_made) return 0;
        found = walk(place, is_folder, &links);
    }
    return found;
}

// ---- either ----

// The path behind that of the folder where it begins.
static int64_t join(struct linux_place *place, const char *folder) {
    uint64_t length = string_length(folder), more = string_length(place->path) + 1;
    if (length + 1 + more > sizeof place->path) return -ENAMETOOLONG;
    memmove(place->path + length + 1, place->path, more);
    memcpy(place->path, folder, length);
    place->path[length] = '/';
    return find_made(place);
}

static int64_t find_below(struct linux_place *place, uint64_t folder) {
    bool is_here = (uint32_t)folder == AT_FDCWD;
    place->base = is_here ? linux_file_folder_get() : linux_file_get_any(folder);
    if (place->base == NULL && !is_here) return -EBADF;
    place->is_empty = place->path[0] == '\0';
    if (place->is_empty) return 0;
    if (place->base == NULL) return place_disk() ? 0 : join(place, "");
    if (place->base->kind == &linux_made_folder) return join(place, linux_file_path(place->base));
    place->directory = place->base->number;
    return place->base->kind == &linux_folder ? 0 : -ENOTDIR;
}

static int64_t find(struct linux_place *place, uint64_t folder) {
    const char *first = skip_slashes(place->path);
    if (place->path[0] == '\0' && (place->how & PLACE_EMPTY) == 0) return -ENOENT;
    if (place->path[0] != '/') return find_below(place, folder);
    if (is_ours(first, (uint64_t)(name_end(first) - first)) || !place_disk()) return find_made(place);
    return 0;
}

static void begin(struct linux_place *place, uint32_t how) {
    place->directory = FILE_ROOT;
    place->base = NULL;
    place->is_made = place->is_empty = place->is_there = false;
    place->how = how;
}

int64_t place_find(struct linux_place *place, uint64_t folder, uint64_t path, uint32_t how) {
    begin(place, how);
    uint64_t length =
        user_is_range(path, 1) ? linux_user_text(place->path, (const char *)path, sizeof place->path) : USER_FAULT;
    if (length == USER_FAULT) return -EFAULT;
    return length == sizeof place->path ? -ENAMETOOLONG : find(place, folder);
}

int64_t place_find_text(struct linux_place *place, const char *path, uint32_t how) {
    begin(place, how);
    uint64_t length = string_length(path) + 1;
    if (length > sizeof place->path) return -ENAMETOOLONG;
    memcpy(place->path, path, length);
    return find(place, AT_FDCWD);
}

void place_end(struct linux_place *place) {
    if (place->base != NULL) linux_file_put(place->base);
    place->base = NULL;
}

int64_t place_ask(struct linux_place *place, place_work *work, void *context) {
    for (unsigned turns = 0; turns <= LINKS_MOST; turns++) {
        if (place->is_made) return PLACE_MADE;
        enum file_error error = work(place, context);
        if (error != FILE_ELSEWHERE) return linux_file_error(error);
        const char *rest = os_file_rest();
        uint64_t length = string_length(rest) + 1;
        if (length + 1 > sizeof place->path) return -ENAMETOOLONG;
        memcpy(place->path + 1, rest, length);
        place->path[0] = '/';
        int64_t found = find_made(place);
        if (found != 0) return found;
    }
    return -ELOOP;
}
