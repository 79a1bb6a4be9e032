// SPDX-License-Identifier: MIT
// Requests about names: files are opened, made, told of, renamed and removed.
#include "request.h"

#include <os/threads.h>
#include <os/time.h>

#include "flush.h"
#include "memory_file.h"
#include "path.h"
#include "resize.h"
#include "storage.h"
#include "string.h"

enum { RIGHTS = 07777 }; // of a mode

static bool is_directory(uint32_t mode) { return FILE_TYPE(mode) == FILE_TYPE_DIRECTORY; }

static bool is_read_only(void) {
    struct ext2_statistics statistics;
    ext2_statistics(storage_fs, &statistics);
    return statistics.read_only;
}

// With the storage locked. What is the client's own goes back to it, as the text.
static enum file_error find_path(struct task *task, struct path *path, uint32_t start, const char *text, unsigned how) {
    const struct session *session = session_find(request_client(task));
    enum file_error error = path_find(path, start, text, session != NULL ? session->elsewhere : "", how);
    if (error != FILE_ELSEWHERE) return error;
    memcpy(task->text, path->rest, string_length(path->rest) + 1);
    return error;
}

// One path, from where word 0 says. => false: that was answered. Else the storage is locked
static bool find(struct task *task, struct path *path, unsigned how, enum file_error *error) {
    const char *text;
    uint32_t start = request_directory(task, task->request.word[0]);
    if (start == 0 || !request_texts(task, &text, NULL)) return false;
    storage_lock();
    *error = find_path(task, path, start, text, how);
    return true;
}

static void finish(const struct task *task, enum file_error error) {
    storage_unlock();
    request_error(task, error);
}

// ---- open ----

static enum file_error make_file(struct path *path, uint64_t mode) {
    const struct ext2_new new = {.mode = (uint16_t)(FILE_TYPE_REGULAR | (mode & RIGHTS))};
    path->mode = new.mode;
    return storage_error(ext2_create(storage_fs, path->directory, path->name, &new, &path->inode));
}

static enum file_error may_open(const struct path *path, uint64_t flags) {
    bool directory = is_directory(path->mode);
    if ((flags & FILE_DIRECTORY) != 0 && !directory) return FILE_NOT_DIRECTORY;
    if ((flags & (FILE_NO_FOLLOW | FILE_ITSELF)) == FILE_NO_FOLLOW && FILE_TYPE(path->mode) == FILE_TYPE_SYMLINK)
        return FILE_LOOP;
    if ((flags & (FILE_WRITE | FILE_TRUNCATE)) != 0 && directory) return FILE_IS_DIRECTORY;
    if ((flags & (FILE_WRITE | FILE_TRUNCATE)) != 0 && FILE_TYPE(path->mode) == FILE_TYPE_REGULAR && is_read_only())
        return FILE_READ_ONLY;
    return FILE_OK;
}

static enum file_error open_path(struct path *path, enum file_error error, uint64_t flags, uint64_t mode,
                                 struct node **node) {
    bool makes = (flags & FILE_MAKE) != 0;
    if (error == FILE_OK && makes && (flags & FILE_NEW) != 0) return FILE_EXISTS;
    if (error == FILE_OK && makes && is_directory(path->mode)) return FILE_IS_DIRECTORY;
    if (error == FILE_NOT_FOUND && makes && path->directory != 0) {
        error = make_file(path, mode);
        flags &= ~(uint64_t)FILE_TRUNCATE;
    }
    if (error == FILE_OK) error = may_open(path, flags);
    return error == FILE_OK ? node_open(path->inode, node) : error;
}

void request_open(struct task *task) {
    uint64_t flags = task->request.word[1];
    struct path path;
    struct node *node;
    enum file_error error;
    unsigned how = (flags & (FILE_NO_FOLLOW | FILE_NEW)) == 0 ? PATH_FOLLOW : 0;
    if ((flags & FILE_MAKE) != 0) how |= PATH_FILE;
    if (!find(task, &path, how, &error)) return;
    error = open_path(&path, error, flags, task->request.word[2], &node);
    storage_unlock();
    if (error != FILE_OK) {
        request_error(task, error);
        return;
    }
    if ((flags & FILE_TRUNCATE) != 0 && node_is_regular(node)) {
        lock_take(&node->lock);
        error = resize_node(node, 0);
        lock_give(&node->lock);
    }
    if (error != FILE_OK) {
        node_close(node);
        request_error(task, error);
        return;
    }
    request_opened(task, node, flags, node->mode);
}

// ---- what is known of a file ----

static void describe(const struct ext2_attributes *from, struct os_file_stat *stat) {
    const struct node *node = node_find(from->inode);
    *stat = (struct os_file_stat){.inode = from->inode,
                                  .size = from->size,
                                  .blocks = from->sectors,
                                  .mode = from->mode,
                                  .links = from->links,
                                  .user = from->user,
                                  .group = from->group,
                                  .accessed = (uint64_t)from->accessed.seconds,
                                  .modified = (uint64_t)from->modified.seconds,
                                  .changed = (uint64_t)from->changed.seconds,
                                  .device = from->device,
                                  .block_size = storage_block};
    if (node == NULL || !node_is_regular(node)) return;
    stat->size = node->size; // the disk hears of it later
    if (node->modified != 0) stat->modified = stat->changed = node->modified;
}

// What a path names, or, where it is empty, word 0 itself. => 0: that was answered. Else the storage is locked
static uint32_t find_inode(struct task *task, bool follow) {
    struct path path;
    enum file_error error;
    const char *text;
    uint32_t start = request_directory(task, task->request.word[0]);
    if (start == 0 || !request_texts(task, &text, NULL)) return 0;
    if (*text == '\0') {
        storage_lock();
        return start;
    }
    if (!find(task, &path, follow ? PATH_FOLLOW : 0, &error)) return 0;
    if (error == FILE_OK) return path.inode;
    finish(task, error);
    return 0;
}

void request_stat(struct task *task) {
    struct ext2_attributes attributes;
    const struct node *memory = request_memory_file(task);
    if (memory != NULL) {
        memory_file_describe(memory->memory, (struct os_file_stat *)task->text);
        request_text(task, 0, sizeof(struct os_file_stat));
        return;
    }
    uint32_t inode = find_inode(task, (task->request.word[1] & FILE_NO_FOLLOW) == 0);
    if (inode == 0) return;
    enum ext2_error error = ext2_attributes(storage_fs, inode, &attributes);
    if (error != EXT2_OK) {
        finish(task, storage_error(error));
        return;
    }
    describe(&attributes, (struct os_file_stat *)task->text);
    storage_unlock();
    request_text(task, 0, sizeof(struct os_file_stat));
}

static struct ext2_time time_of(uint64_t seconds) {
    return (struct ext2_time){.seconds = (int64_t)(seconds == FILE_TIME_NOW ? os_seconds() : seconds)};
}

void request_change(struct task *task) {
    uint64_t what = task->request.word[1], value = task->request.word[2], second = task->request.word[3];
    struct ext2_change change = {0};
    struct node *memory = request_memory_file(task);
    if (memory != NULL) { // whose it is, and when it was used, nobody asks
        if (what == FILE_CHANGE_MODE) memory->mode = (uint16_t)(FILE_TYPE_REGULAR | (value & RIGHTS));
        request_error(task, what <= FILE_CHANGE_TIMES ? FILE_OK : FILE_BAD_ARGUMENT);
        return;
    }
    uint32_t inode = find_inode(task, (what & FILE_CHANGE_NO_FOLLOW) == 0);
    if (inode == 0) return;
    struct node *node = node_find(inode);
    switch (what & ~(uint64_t)FILE_CHANGE_NO_FOLLOW) {
    case FILE_CHANGE_MODE:
        change.what = EXT2_SET_MODE;
        change.mode = (uint16_t)(value & RIGHTS);
        break;
    case FILE_CHANGE_OWNER:
        change.what = (value != UINT32_MAX ? EXT2_SET_USER : 0) | (second != UINT32_MAX ? EXT2_SET_GROUP : 0);
        change.user = (uint32_t)value;
        change.group = (uint32_t)second;
        break;
    case FILE_CHANGE_TIMES:
        change.what =
            (value != FILE_TIME_KEPT ? EXT2_SET_ACCESSED : 0) | (second != FILE_TIME_KEPT ? EXT2_SET_MODIFIED : 0);
        change.accessed = time_of(value);
        change.modified = time_of(second);
        if (second != FILE_TIME_KEPT && node != NULL) node->modified = 0;
        break;
    default:
        finish(task, FILE_BAD_ARGUMENT);
        return;
    }
    enum ext2_error error = ext2_change(storage_fs, inode, &change);
    if (error == EXT2_OK && change.what == EXT2_SET_MODE && node != NULL)
        node->mode = (uint16_t)(FILE_TYPE(node->mode) | change.mode);
    finish(task, storage_error(error));
}

void request_readlink(struct task *task) {
    struct ext2_attributes attributes;
    size_t length = 0;
    uint32_t inode = find_inode(task, false);
    if (inode == 0) return;
    enum file_error error = storage_error(ext2_attributes(storage_fs, inode, &attributes));
    if (error == FILE_OK && FILE_TYPE(attributes.mode) != FILE_TYPE_SYMLINK) error = FILE_BAD_ARGUMENT;
    if (error == FILE_OK) error = storage_error(ext2_read_link(storage_fs, inode, task->text, FILE_TEXT_MOST, &length));
    if (error != FILE_OK) {
        finish(task, error);
        return;
    }
    storage_unlock();
    request_text(task, length, length);
}

struct search {
    uint32_t inode;
    char *name; // grows downwards
    size_t room;
    bool found;
};

static bool is_this(void *context, const struct ext2_entry *entry) {
    struct search *search = context;
    bool is_dot = entry->name.text[0] == '.' &&
                  (entry->name.length == 1 || (entry->name.length == 2 && entry->name.text[1] == '.'));
    if (entry->inode != search->inode || is_dot || entry->name.length + 1 > search->room) return true;
    search->name -= entry->name.length + 1;
    search->room -= entry->name.length + 1;
    *search->name = '/';
    memcpy(search->name + 1, entry->name.text, entry->name.length);
    search->found = true;
    return false;
}

void request_where(struct task *task) {
    static const struct ext2_name up = {"..", 2};
    uint32_t here = request_directory(task, task->request.word[0]);
    if (here == 0) return;
    struct search search = {.name = task->text + FILE_TEXT_MOST - 1, .room = FILE_TEXT_MOST - 1};
    enum ext2_error error = EXT2_OK;
    *search.name = '\0';
    storage_lock();
    while (here != EXT2_ROOT && error == EXT2_OK) {
        uint32_t parent;
        search.inode = here;
        search.found = false;
        error = ext2_lookup(storage_fs, here, up, &parent);
        if (error == EXT2_OK) error = ext2_list(storage_fs, parent, 0, is_this, &search);
        if (error == EXT2_OK && !search.found) error = EXT2_NOT_FOUND;
        here = parent;
    }
    storage_unlock();
    if (error != EXT2_OK) {
        request_error(task, storage_error(error));
        return;
    }
    if (search.name[0] == '\0') *--search.name = '/';
    uint64_t bytes = string_length(search.name) + 1;
    memmove(task->text, search.name, bytes);
    request_text(task, 0, bytes);
}

// ---- new names ----

// The name must be free. => an error
static enum file_error is_free(const struct path *path, enum file_error error, bool directory) {
    if (error == FILE_OK) return FILE_EXISTS;
    if (error != FILE_NOT_FOUND || path->directory == 0) return error;
    return path->slash && !directory ? FILE_NOT_FOUND : FILE_OK;
}

void request_make(struct task *task) {
    uint64_t mode = task->request.word[1], type = FILE_TYPE(mode);
    struct path path;
    enum file_error error;
    uint32_t inode;
    if (!find(task, &path, PATH_NAME, &error)) return;
    const struct ext2_new new = {.mode = (uint16_t)(type | (mode & RIGHTS)), .device = (uint32_t)task->request.word[2]};
    error = is_free(&path, error, is_directory((uint32_t)type));
    if (error == FILE_OK && (type == 0 || type == FILE_TYPE_SYMLINK)) error = FILE_BAD_ARGUMENT;
    if (error == FILE_OK) error = storage_error(ext2_create(storage_fs, path.directory, path.name, &new, &inode));
    finish(task, error);
}

void request_symlink(struct task *task) {
    const struct ext2_new new = {.mode = FILE_TYPE_SYMLINK | 0777};
    const char *target, *text;
    struct path path;
    uint32_t inode, start = request_directory(task, task->request.word[0]);
    if (start == 0 || !request_texts(task, &target, &text)) return;
    storage_lock();
    char link[FILE_PATH_MOST];
    const struct ext2_name to = {link, string_length(target)};
    memcpy(link, target, to.length + 1);
    enum file_error error = is_free(&path, find_path(task, &path, start, text, PATH_NAME), false);
    if (error == FILE_OK && to.length == 0) error = FILE_NOT_FOUND;
    if (error == FILE_OK) error = storage_error(ext2_symlink(storage_fs, path.directory, path.name, to, &new, &inode));
    finish(task, error);
}

// An inode has lost its last name: it goes when nobody uses it any more. With the storage locked, which it gives.
static void finish_orphan(const struct task *task, enum file_error error, uint32_t orphan) {
    struct node *node = orphan != 0 ? node_find(orphan) : NULL;
    if (node != NULL) {
        node->orphan = true;
        node->users++;
    } else if (orphan != 0) {
        ext2_discard(storage_fs, orphan); // what fails here the next mount does
    }
    storage_unlock();
    if (node != NULL) node_close(node);
    request_error(task, error);
}

// Two paths, from where words 0 and 1 say. => false: that was answered. Else the storage is locked
static bool find_two(struct task *task, struct path *path, struct path *other, unsigned how, enum file_error *error,
                     enum file_error *second) {
    const char *text, *to;
    uint32_t start = request_directory(task, task->request.word[0]);
    uint32_t end = start != 0 ? request_directory(task, task->request.word[1]) : 0;
    if (end == 0 || !request_texts(task, &text, &to)) return false;
    storage_lock();
    *error = find_path(task, path, start, text, how);
    *second = *error == FILE_OK ? find_path(task, other, end, to, PATH_NAME) : *error;
    return true;
}

void request_link(struct task *task) {
    struct path path, other;
    enum file_error error, second;
    if (!find_two(task, &path, &other, (task->request.word[2] & FILE_FOLLOW) != 0 ? PATH_FOLLOW : 0, &error, &second))
        return;
    if (error == FILE_OK) error = is_free(&other, second, false);
    if (error == FILE_OK && is_directory(path.mode)) error = FILE_DENIED;
    if (error == FILE_OK) error = storage_error(ext2_link(storage_fs, path.inode, other.directory, other.name));
    finish(task, error);
}

static bool is_dots(struct ext2_name name) {
    return name.length == 0 || (name.length == 1 && name.text[0] == '.') ||
           (name.length == 2 && name.text[0] == '.' && name.text[1] == '.');
}

void request_rename(struct task *task) {
    struct path path, other;
    enum file_error error, second;
    uint32_t orphan = 0;
    if (!find_two(task, &path, &other, PATH_NAME, &error, &second)) return;
    if (error == FILE_OK && second != FILE_OK && (second != FILE_NOT_FOUND || other.directory == 0)) error = second;
    bool keep = (task->request.word[2] & FILE_NO_REPLACE) != 0;
    if (error == FILE_OK && is_dots(path.name)) error = FILE_BUSY;
    if (error == FILE_OK && keep && second == FILE_OK) error = FILE_EXISTS;
    if (error == FILE_OK && is_dots(other.name)) error = FILE_BUSY;
    if (error == FILE_OK && (path.slash || other.slash) && !is_directory(path.mode)) error = FILE_NOT_DIRECTORY;
    if (error == FILE_OK) {
        enum ext2_error done =
            ext2_rename(storage_fs, path.directory, path.name, other.directory, other.name, keep, &orphan);
        error = done == EXT2_INVALID ? FILE_INTO_ITSELF : storage_error(done);
    }
    finish_orphan(task, error, orphan);
}

void request_remove(struct task *task) {
    bool directory = (task->request.word[1] & FILE_A_DIRECTORY) != 0;
    struct path path;
    enum file_error error;
    uint32_t orphan = 0;
    if (!find(task, &path, PATH_NAME, &error)) return;
    if (error == FILE_OK && is_dots(path.name))
        error = !directory              ? FILE_IS_DIRECTORY
                : path.name.length == 1 ? FILE_BAD_ARGUMENT
                : path.name.length == 2 ? FILE_NOT_EMPTY
                                        : FILE_BUSY;
    if (error == FILE_OK && path.slash && !directory)
        error = is_directory(path.mode) ? FILE_IS_DIRECTORY : FILE_NOT_DIRECTORY;
    if (error == FILE_OK)
        error = storage_error(directory ? ext2_rmdir(storage_fs, path.directory, path.name, &orphan)
                                        : ext2_unlink(storage_fs, path.directory, path.name, &orphan));
    finish_orphan(task, error, orphan);
}

// ---- directories ----

struct listing {
    char *at;
    uint64_t left, next;
    bool full;
};

static bool add_entry(void *context, const struct ext2_entry *entry) {
    struct listing *listing = context;
    size_t size = (offsetof(struct os_file_entry, name) + entry->name.length + 1 + 7) / 8 * 8;
    struct os_file_entry *told = (struct os_file_entry *)(void *)listing->at;
    listing->full = size > listing->left;
    if (listing->full) return false;
    memset(told, 0, size);
    told->inode = entry->inode;
    told->next = entry->next;
    told->size = (uint16_t)size;
    told->type = (uint8_t)(entry->type >> 12);
    told->length = (uint8_t)entry->name.length;
    memcpy(listing->at + offsetof(struct os_file_entry, name), entry->name.text, entry->name.length);
    listing->at += size;
    listing->left -= size;
    listing->next = entry->next;
    return true;
}

void request_list(struct task *task) {
    struct opened *opened = request_file(task);
    if (opened == NULL) return;
    uint64_t most = task->request.word[1] < FILE_TEXT_MOST ? task->request.word[1] : FILE_TEXT_MOST;
    struct listing listing = {.at = task->text, .left = most, .next = opened->position};
    enum file_error error = is_directory(opened->node->mode) ? FILE_OK : FILE_NOT_DIRECTORY;
    if (error == FILE_OK) {
        storage_lock();
        error = storage_error(ext2_list(storage_fs, opened->node->inode, opened->position, add_entry, &listing));
        storage_unlock();
    }
    if (error == FILE_OK && listing.left == most && listing.full) error = FILE_BAD_ARGUMENT; // no room for one
    if (error == FILE_OK) {
        opened->position = listing.next;
        request_text(task, most - listing.left, most - listing.left);
    } else {
        request_error(task, error);
    }
    opened_leave(opened);
}

void request_space(struct task *task) {
    struct ext2_statistics from;
    ext2_statistics(storage_fs, &from);
    *(struct os_file_space *)task->text = (struct os_file_space){.block_size = from.block_size,
                                                                 .blocks = from.blocks,
                                                                 .blocks_free = from.free_blocks,
                                                                 .blocks_available = from.available_blocks,
                                                                 .files = from.inodes,
                                                                 .files_free = from.free_inodes,
                                                                 .read_only = from.read_only};
    request_text(task, 0, sizeof(struct os_file_space));
}
