// SPDX-License-Identifier: MIT
// Names that come and go: create, link, symlink, unlink, rmdir; and what renaming shares with them.
#include "ext2_names.h"

#include "ext2_bitmap.h"
#include "ext2_buffers.h"
#include "ext2_inode.h"
#include "ext2_map.h"
#include "ext2_orphan.h"
#include "ext2_transaction.h"
#include "string.h"

// ---- what they share ----

enum ext2_error name_check(struct ext2_name name) {
    if (name.length > EXT2_NAME_LIMIT) return EXT2_NAME_TOO_LONG;
    if (name.length == 0) return EXT2_INVALID;
    if (name.text[0] == '.' && (name.length == 1 || (name.length == 2 && name.text[1] == '.'))) return EXT2_INVALID;
    for (size_t i = 0; i < name.length; i++)
        if (name.text[i] == '/' || name.text[i] == '\0') return EXT2_INVALID;
    return EXT2_OK;
}

enum ext2_error name_find(struct ext2 *fs, uint32_t directory, struct ext2_name name, struct place *place) {
    struct buffer *buffer;
    struct inode *inode;
    TRY(inode_get_directory(fs, directory, &inode, &buffer));
    return directory_find(fs, inode, name, place);
}

enum ext2_error name_has_room(struct ext2 *fs, uint32_t directory, const struct place *place, uint32_t more) {
    struct buffer *buffer;
    struct inode *inode;
    uint32_t blocks;
    TRY(inode_get_directory(fs, directory, &inode, &buffer));
    TRY(directory_cost(fs, inode, place, &blocks));
    return transaction_usable(fs) < blocks + more ? EXT2_NO_SPACE : EXT2_OK;
}

enum ext2_error links_change(struct ext2 *fs, uint32_t number, int change) {
    struct buffer *buffer;
    struct inode *inode;
    TRY(inode_get(fs, number, &inode, &buffer));
    if (change < 0 && inode->links < -change) return state_corrupt(fs, "an inode has more names than links");
    inode->links = (uint16_t)(inode->links + change);
    inode_touch(fs, inode, buffer, TIME_CHANGED);
    return EXT2_OK;
}

enum ext2_error name_lost(struct ext2 *fs, uint32_t number, uint32_t parent, uint32_t *orphan) {
    struct buffer *buffer;
    struct inode *inode;
    TRY(inode_get(fs, number, &inode, &buffer));
    bool directory = inode_type(inode) == EXT2_MODE_DIRECTORY;
    TRY(links_change(fs, number, directory ? -(int)inode->links : -1));
    if (directory) TRY(links_change(fs, parent, -1));
    TRY(inode_get(fs, number, &inode, &buffer));
    if (inode->links > 0) return EXT2_OK;
    *orphan = number;
    return orphan_add(fs, number);
}

enum ext2_error name_inode(struct ext2 *fs, const struct place *place, struct inode **inode) {
    struct buffer *buffer;
    enum ext2_error error = inode_get_used(fs, place->inode, inode, &buffer);
    if (error == EXT2_NOT_FOUND || (error == EXT2_OK && (*inode)->links == 0))
        return state_corrupt(fs, "a name leads to an inode that is not in use");
    return error;
}

// Looks, and reads the inode that was found.
static enum ext2_error find_inode(struct ext2 *fs, uint32_t directory, struct ext2_name name, struct place *place,
                                  struct inode **inode) {
    TRY(name_find(fs, directory, name, place));
    return place->inode == 0 ? EXT2_NOT_FOUND : name_inode(fs, place, inode);
}

enum ext2_error ext2_lookup(struct ext2 *fs, uint32_t directory, struct ext2_name name, uint32_t *inode) {
    struct place place;
    struct inode *found;
    if (name.length > EXT2_NAME_LIMIT) return EXT2_NAME_TOO_LONG;
    TRY(find_inode(fs, directory, name, &place, &found));
    *inode = place.inode;
    return EXT2_OK;
}

// ---- new ones ----

static bool is_type(uint16_t type) {
    return type == EXT2_MODE_FILE || type == EXT2_MODE_DIRECTORY || type == EXT2_MODE_FIFO ||
           type == EXT2_MODE_SOCKET || type == EXT2_MODE_CHARACTER || type == EXT2_MODE_BLOCK;
}

// Refuses; afterwards there is an inode and room for the name, and nothing can be wrong but the disk.
static enum ext2_error prepare(struct ext2 *fs, uint32_t directory, struct ext2_name name, const struct ext2_new *new,
                               uint32_t blocks, struct place *place, uint32_t *number) {
    struct buffer *buffer;
    struct inode *inode;
    TRY(name_find(fs, directory, name, place));
    if (place->inode != 0) return EXT2_EXISTS;
    TRY(inode_get_directory(fs, directory, &inode, &buffer));
    bool is_directory = (new->mode &EXT2_MODE_TYPE) == EXT2_MODE_DIRECTORY;
    if (is_directory && inode->links >= LINKS_LIMIT) return EXT2_TOO_MANY_LINKS;
    TRY(name_has_room(fs, directory, place, blocks));
    if (fs->super->free_inodes == 0) return EXT2_NO_SPACE;
    return inode_new(fs, directory, new, number, &inode, &buffer);
}

static enum ext2_error create(struct ext2 *fs, uint32_t directory, struct ext2_name name, const struct ext2_new *new,
                              uint32_t *number) {
    struct place place;
    const uint16_t type = new->mode &EXT2_MODE_TYPE;
    const bool is_directory = type == EXT2_MODE_DIRECTORY;
    TRY(prepare(fs, directory, name, new, is_directory ? 1 : 0, &place, number));
    if (is_directory) {
        TRY(directory_new(fs, *number, directory));
        TRY(links_change(fs, *number, 1));
        TRY(links_change(fs, directory, 1));
    }
    return directory_add(fs, directory, name, &place, *number, type);
}

enum ext2_error ext2_create(struct ext2 *fs, uint32_t directory, struct ext2_name name, const struct ext2_new *new,
                            uint32_t *inode) {
    TRY(name_check(name));
    if (!is_type(new->mode &EXT2_MODE_TYPE)) return EXT2_INVALID;
    TRY(transaction_begin(fs, NAME_BUFFERS, 8));
    return transaction_end(fs, create(fs, directory, name, new, inode));
}

// A short text is in the inode itself, where the pointers are; a longer one in a block, which is written like a name.
static enum ext2_error write_text(struct ext2 *fs, uint32_t number, struct ext2_name text) {
    struct buffer *buffer, *block;
    struct inode *inode;
    TRY(inode_get(fs, number, &inode, &buffer));
    inode_set_size(fs, inode, buffer, text.length);
    if (text.length < sizeof(inode->pointers)) {
        memcpy(inode->pointers, text.text, text.length);
        return EXT2_OK;
    }
    struct ext2_run run;
    TRY(map_allocate(fs, number, inode, buffer, 0, 1, &run));
    TRY(buffer_new(fs, (uint32_t)run.block, KIND_BASE, &block));
    memcpy(block->data, text.text, text.length);
    return EXT2_OK;
}

static enum ext2_error make_link(struct ext2 *fs, uint32_t directory, struct ext2_name name, struct ext2_name text,
                                 const struct ext2_new *new, uint32_t *number) {
    struct place place;
    TRY(prepare(fs, directory, name, new, 1, &place, number));
    TRY(write_text(fs, *number, text));
    return directory_add(fs, directory, name, &place, *number, EXT2_MODE_LINK);
}

enum ext2_error ext2_symlink(struct ext2 *fs, uint32_t directory, struct ext2_name name, struct ext2_name text,
                             const struct ext2_new *new, uint32_t *inode) {
    struct ext2_new link = *new;
    link.mode = EXT2_MODE_LINK | 0777;
    link.device = 0;
    TRY(name_check(name));
    if (text.length == 0) return EXT2_INVALID;
    if (text.length >= fs->block_size) return EXT2_NAME_TOO_LONG;
    for (size_t i = 0; i < text.length; i++)
        if (text.text[i] == '\0') return EXT2_INVALID;
    TRY(transaction_begin(fs, NAME_BUFFERS, 8));
    return transaction_end(fs, make_link(fs, directory, name, text, &link, inode));
}

enum ext2_error ext2_read_link(struct ext2 *fs, uint32_t number, char *text, size_t size, size_t *length) {
    struct buffer *buffer;
    struct inode *inode;
    TRY(inode_get_used(fs, number, &inode, &buffer));
    if (inode_type(inode) != EXT2_MODE_LINK) return EXT2_INVALID;
    const void *from = inode->pointers;
    *length = inode->size;
    if (*length >= fs->block_size) return state_corrupt(fs, "the text of a link is longer than a block");
    if (inode_has_blocks(inode)) {
        struct ext2_run run;
        TRY(map_find(fs, inode, 0, 1, &run));
        if (run.block == NO_BLOCK) return state_corrupt(fs, "the text of a link is missing");
        TRY(buffer_get(fs, (uint32_t)run.block, &buffer));
        from = buffer->data;
    }
    memcpy(text, from, *length < size ? *length : size);
    return EXT2_OK;
}

static enum ext2_error add_link(struct ext2 *fs, uint32_t number, uint32_t directory, struct ext2_name name) {
    struct place place;
    struct buffer *buffer;
    struct inode *inode;
    TRY(name_find(fs, directory, name, &place));
    if (place.inode != 0) return EXT2_EXISTS;
    TRY(name_has_room(fs, directory, &place, 0));
    TRY(inode_get_used(fs, number, &inode, &buffer));
    const uint16_t type = inode_type(inode);
    if (type == EXT2_MODE_DIRECTORY) return EXT2_IS_DIRECTORY;
    if (inode->links == 0) return EXT2_NOT_FOUND;
    if (inode->links >= LINKS_LIMIT) return EXT2_TOO_MANY_LINKS;
    TRY(links_change(fs, number, 1));
    return directory_add(fs, directory, name, &place, number, type);
}

enum ext2_error ext2_link(struct ext2 *fs, uint32_t inode, uint32_t directory, struct ext2_name name) {
    TRY(name_check(name));
    TRY(transaction_begin(fs, NAME_BUFFERS, 8));
    return transaction_end(fs, add_link(fs, inode, directory, name));
}

// ---- and old ones ----

static enum ext2_error take_name(struct ext2 *fs, uint32_t directory, struct ext2_name name, bool of_directory,
                                 uint32_t *orphan) {
    struct place place;
    struct inode *inode;
    TRY(find_inode(fs, directory, name, &place, &inode));
    bool is_directory = inode_type(inode) == EXT2_MODE_DIRECTORY, empty = true;
    if (is_directory && !of_directory) return EXT2_IS_DIRECTORY;
    if (!is_directory && of_directory) return EXT2_NOT_DIRECTORY;
    if (is_directory) TRY(directory_is_empty(fs, inode, &empty));
    if (!empty) return EXT2_NOT_EMPTY;
    TRY(directory_remove(fs, directory, &place));
    return name_lost(fs, place.inode, directory, orphan);
}

static enum ext2_error take(struct ext2 *fs, uint32_t directory, struct ext2_name name, bool of_directory,
                            uint32_t *orphan) {
    *orphan = 0;
    TRY(name_check(name));
    TRY(transaction_begin(fs, NAME_BUFFERS, 0));
    return transaction_end(fs, take_name(fs, directory, name, of_directory, orphan));
}

enum ext2_error ext2_unlink(struct ext2 *fs, uint32_t directory, struct ext2_name name, uint32_t *orphan) {
    return take(fs, directory, name, false, orphan);
}

enum ext2_error ext2_rmdir(struct ext2 *fs, uint32_t directory, struct ext2_name name, uint32_t *orphan) {
    return take(fs, directory, name, true, orphan);
}
