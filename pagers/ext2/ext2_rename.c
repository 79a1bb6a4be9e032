// SPDX-License-Identifier: MIT
// Renaming: the one call that changes up to four inodes at once.
#include "ext2_buffers.h"
#include "ext2_inode.h"
#include "ext2_names.h"
#include "ext2_transaction.h"

struct renaming {
    struct ext2 *fs;
    uint32_t from, to;
    struct ext2_name old_name, new_name;
    struct place old, new; // where the names are, or may be
    bool directory;        // is renamed
    uint16_t type;
};

// Whether `number` is above `directory`, or is it.
static enum ext2_error is_above(struct ext2 *fs, uint32_t number, uint32_t directory, bool *above) {
    for (uint32_t steps = 0; steps <= fs->inodes; steps++) {
        *above = directory == number;
        if (*above || directory == EXT2_ROOT) return EXT2_OK;
        enum ext2_error error = directory_parent(fs, directory, &directory);
        if (error == EXT2_NOT_FOUND || error == EXT2_NOT_DIRECTORY)
            return state_corrupt(fs, "a parent is no directory");
        TRY(error);
    }
    return state_corrupt(fs, "directories go round in a ring");
}

// A new directory entry below `to` may need a block and a link.
static enum ext2_error check_new(struct renaming *it) {
    struct ext2 *fs = it->fs;
    struct buffer *buffer;
    struct inode *inode;
    TRY(inode_get_directory(fs, it->to, &inode, &buffer));
    if (it->directory && it->from != it->to && inode->links >= LINKS_LIMIT) return EXT2_TOO_MANY_LINKS;
    return name_has_room(fs, it->to, &it->new, 0);
}

// Whether what has the new name may be replaced.
static enum ext2_error check_replaced(struct renaming *it, bool keep) {
    struct ext2 *fs = it->fs;
    struct inode *inode;
    if (keep) return EXT2_EXISTS;
    TRY(name_inode(fs, &it->new, &inode));
    bool directory = inode_type(inode) == EXT2_MODE_DIRECTORY, empty;
    if (directory != it->directory) return directory ? EXT2_IS_DIRECTORY : EXT2_NOT_DIRECTORY;
    if (!directory) return EXT2_OK;
    if (it->new.inode == EXT2_ROOT) return EXT2_INVALID;
    TRY(directory_is_empty(fs, inode, &empty));
    return empty ? EXT2_OK : EXT2_NOT_EMPTY;
}

static enum ext2_error check(struct renaming *it, bool keep) {
    struct ext2 *fs = it->fs;
    struct inode *inode;
    TRY(name_find(fs, it->from, it->old_name, &it->old));
    TRY(name_find(fs, it->to, it->new_name, &it->new));
    if (it->old.inode == 0) return EXT2_NOT_FOUND;
    TRY(name_inode(fs, &it->old, &inode));
    it->type = inode_type(inode);
    it->directory = it->type == EXT2_MODE_DIRECTORY;
    if (it->directory && it->from != it->to) {
        bool above;
        TRY(is_above(fs, it->old.inode, it->to, &above));
        if (above) return EXT2_INVALID;
    }
    return it->new.inode == 0 ? check_new(it) : check_replaced(it, keep);
}

static enum ext2_error perform(struct renaming *it, uint32_t *orphan) {
    struct ext2 *fs = it->fs;
    const uint32_t moved = it->old.inode, replaced = it->new.inode;
    if (replaced != 0)
        TRY(directory_replace(fs, it->to, &it->new, moved, it->type));
    else
        TRY(directory_add(fs, it->to, it->new_name, &it->new, moved, it->type));
    // The old entry may have been moved or cut by the new one.
    TRY(name_find(fs, it->from, it->old_name, &it->old));
    if (it->old.inode != moved) return state_corrupt(fs, "a directory changed under way");
    TRY(directory_remove(fs, it->from, &it->old));
    if (replaced != 0) TRY(name_lost(fs, replaced, it->to, orphan));
    if (it->directory && it->from != it->to) {
        TRY(directory_set_parent(fs, moved, it->to));
        TRY(links_change(fs, it->from, -1));
        TRY(links_change(fs, it->to, 1));
    }
    return links_change(fs, moved, 0);
}

enum ext2_error ext2_rename(struct ext2 *fs, uint32_t from, struct ext2_name old_name, uint32_t to,
                            struct ext2_name new_name, bool keep, uint32_t *orphan) {
    struct renaming it = {.fs = fs, .from = from, .to = to, .old_name = old_name, .new_name = new_name};
    *orphan = 0;
    TRY(name_check(old_name));
    TRY(name_check(new_name));
    TRY(transaction_begin(fs, NAME_BUFFERS, 8));
    enum ext2_error error = check(&it, keep);
    if (error == EXT2_OK && it.old.inode == it.new.inode) return EXT2_OK;
    return transaction_end(fs, error != EXT2_OK ? error : perform(&it, orphan));
}
