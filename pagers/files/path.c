// SPDX-License-Identifier: MIT
// From a path to an inode, name by name.
#include "path.h"

#include "string.h"

// What a link says takes the place of its name; `rest` is behind that. => NAME_TOO_LONG
static enum file_error splice(struct path *path, const char *rest) {
    char link[FILE_PATH_MOST];
    size_t length, more = string_length(rest) + 1;
    enum ext2_error error = ext2_read_link(storage_fs, path->inode, link, sizeof link, &length);
    if (error != EXT2_OK) return storage_error(error);
    if (length == 0) return FILE_NOT_FOUND;
    if (length + more > sizeof path->work) return FILE_NAME_TOO_LONG;
    memmove(path->work + length, rest, more);
    memcpy(path->work, link, length);
    return FILE_OK;
}

static enum file_error look_up(struct path *path) {
    struct ext2_attributes attributes;
    enum ext2_error error = ext2_lookup(storage_fs, path->directory, path->name, &path->inode);
    if (error == EXT2_OK) error = ext2_attributes(storage_fs, path->inode, &attributes);
    if (error == EXT2_OK) path->mode = attributes.mode;
    if (error != EXT2_OK) path->inode = 0;
    return storage_error(error);
}

// The next name of what is left. => what is behind it, and its slashes
static const char *next_name(struct path *path, const char *at) {
    const char *end = at;
    while (*end != '/' && *end != '\0') end++;
    path->name = (struct ext2_name){at, (size_t)(end - at)};
    path->slash = *end == '/';
    while (*end == '/') end++;
    return end;
}

static bool is_elsewhere(struct ext2_name name, const char *elsewhere) {
    while (*elsewhere != '\0') {
        size_t length = string_length(elsewhere);
        if (length == name.length && memcmp(elsewhere, name.text, length) == 0) return true;
        elsewhere += length + 1;
    }
    return false;
}

enum file_error path_find(struct path *path, uint32_t start, const char *text, const char *elsewhere, unsigned how) {
    size_t length = string_length(text);
    if (length == 0) return FILE_NOT_FOUND;
    if (length >= sizeof path->work) return FILE_NAME_TOO_LONG;
    memcpy(path->work, text, length + 1);
    const char *at = path->work;
    uint32_t here = *at == '/' ? EXT2_ROOT : start;
    path->directory = 0;
    for (unsigned links = 0;;) {
        while (*at == '/') at++;
        path->inode = here;
        path->mode = FILE_TYPE_DIRECTORY;
        path->name.length = 0;
        if (*at == '\0') {
            path->directory = here;
            return FILE_OK;
        }
        const char *rest = next_name(path, at);
        bool last = *rest == '\0';
        bool must = path->slash && (how & PATH_NAME) == 0; // be a directory
        if (last && path->slash && (how & PATH_FILE) != 0) return FILE_IS_DIRECTORY;
        path->directory = here;
        path->rest = at;
        if (here == EXT2_ROOT && is_elsewhere(path->name, elsewhere)) return FILE_ELSEWHERE;
        enum file_error error = look_up(path);
        if (error != FILE_OK && !(last && error == FILE_NOT_FOUND)) path->directory = 0;
        if (error != FILE_OK) return error;
        bool is_link = FILE_TYPE(path->mode) == FILE_TYPE_SYMLINK;
        if (is_link && (!last || (how & PATH_FOLLOW) != 0 || must)) {
            if (++links > FILE_LINKS_MOST) return FILE_LOOP;
            error = splice(path, path->slash && last ? "/" : rest - (path->slash ? 1 : 0));
            if (error != FILE_OK) return error;
            at = path->work;
            here = *at == '/' ? EXT2_ROOT : here;
            continue;
        }
        bool is_directory = FILE_TYPE(path->mode) == FILE_TYPE_DIRECTORY;
        if ((must || !last) && !is_directory) return FILE_NOT_DIRECTORY;
        if (last) return FILE_OK;
        here = path->inode;
        at = rest;
    }
}
