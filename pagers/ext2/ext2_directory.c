// SPDX-License-Identifier: MIT
// Directories: entries in blocks, in no order. A hash tree that another system made is read as what it is beneath,
// plain blocks, and is no tree any more once it is changed.
#include "ext2_directory.h"

#include "ext2_buffers.h"
#include "ext2_inode.h"
#include "ext2_map.h"
#include "ext2_transaction.h"
#include "string.h"

// The types of entries, in the order of their numbers.
static const uint16_t types[] = {0,
                                 EXT2_MODE_FILE,
                                 EXT2_MODE_DIRECTORY,
                                 EXT2_MODE_CHARACTER,
                                 EXT2_MODE_BLOCK,
                                 EXT2_MODE_FIFO,
                                 EXT2_MODE_SOCKET,
                                 EXT2_MODE_LINK};
enum { TYPES = sizeof(types) / sizeof(*types) };

static uint8_t number_of_type(const struct ext2 *fs, uint16_t type) {
    uint8_t number = 0;
    for (uint8_t i = 1; fs->types && i < TYPES; i++) number = types[i] == type ? i : number;
    return number;
}

static uint32_t bytes_for(size_t length) { return (uint32_t)(ENTRY_HEADER + length + 3) & ~3U; }

static enum ext2_error get_block(struct ext2 *fs, const struct inode *inode, uint64_t block, struct buffer **buffer) {
    struct ext2_run run;
    TRY(map_find(fs, inode, block, 1, &run));
    if (run.block == NO_BLOCK) return state_corrupt(fs, "a directory has a hole");
    return buffer_get(fs, (uint32_t)run.block, buffer);
}

// => CORRUPT, or an entry that is whole within its block
static enum ext2_error entry_at(struct ext2 *fs, const struct buffer *buffer, uint32_t offset, struct entry **entry) {
    if (offset > fs->block_size - ENTRY_HEADER) return state_corrupt(fs, "an entry of a directory makes no sense");
    *entry = (void *)(buffer->data + offset);
    uint32_t bytes = (*entry)->bytes;
    if (bytes % 4 != 0 || bytes < ENTRY_HEADER || bytes > fs->block_size - offset ||
        ((*entry)->inode != 0 && (bytes < bytes_for((*entry)->length) || (*entry)->length == 0)))
        return state_corrupt(fs, "an entry of a directory makes no sense");
    return EXT2_OK;
}

static uint64_t blocks_of(const struct ext2 *fs, const struct inode *inode) { return inode->size >> fs->block_shift; }

// ---- looking ----

static enum ext2_error find_in(struct ext2 *fs, const struct buffer *buffer, uint64_t block, struct ext2_name name,
                               struct place *place) {
    const uint32_t wanted = bytes_for(name.length);
    for (uint32_t offset = 0, before = 0; offset < fs->block_size;) {
        struct entry *entry = NULL;
        TRY(entry_at(fs, buffer, offset, &entry));
        if (entry->inode != 0 && entry->length == name.length && memcmp(entry->name, name.text, name.length) == 0) {
            place->inode = entry->inode;
            place->block = block;
            place->offset = offset;
            place->before = before;
            return EXT2_OK;
        }
        if (!place->has_room && entry->bytes >= wanted + (entry->inode == 0 ? 0 : bytes_for(entry->length))) {
            place->has_room = true;
            place->room_block = block;
            place->room_offset = offset;
        }
        before = offset;
        offset += entry->bytes;
    }
    return EXT2_OK;
}

enum ext2_error directory_find(struct ext2 *fs, const struct inode *inode, struct ext2_name name, struct place *place) {
    const struct inode copy = *inode; // its buffer does not last through a long directory
    *place = (struct place){0};
    for (uint64_t block = 0; block < blocks_of(fs, &copy) && place->inode == 0; block++) {
        struct buffer *buffer;
        TRY(get_block(fs, &copy, block, &buffer));
        TRY(find_in(fs, buffer, block, name, place));
    }
    if (place->inode > fs->inodes) return state_corrupt(fs, "an entry leads to an inode past the end");
    return EXT2_OK;
}

static bool is_dots(const struct entry *entry) {
    return entry->name[0] == '.' && (entry->length == 1 || (entry->length == 2 && entry->name[1] == '.'));
}

enum ext2_error directory_is_empty(struct ext2 *fs, const struct inode *inode, bool *empty) {
    const struct inode copy = *inode;
    *empty = true;
    for (uint64_t block = 0; block < blocks_of(fs, &copy) && *empty; block++) {
        struct buffer *buffer;
        struct entry *entry;
        TRY(get_block(fs, &copy, block, &buffer));
        for (uint32_t offset = 0; offset < fs->block_size && *empty; offset += entry->bytes) {
            TRY(entry_at(fs, buffer, offset, &entry));
            *empty = entry->inode == 0 || is_dots(entry);
        }
    }
    return EXT2_OK;
}

struct listing {
    bool (*each)(void *context, const struct ext2_entry *entry);
    void *context;
    uint64_t position;
    bool more;
};

static enum ext2_error list_block(struct ext2 *fs, const struct buffer *buffer, uint64_t start,
                                  struct listing *listing) {
    struct entry *entry;
    for (uint32_t offset = 0; offset < fs->block_size && listing->more; offset += entry->bytes) {
        TRY(entry_at(fs, buffer, offset, &entry));
        if (entry->inode == 0 || start + offset < listing->position) continue;
        if (entry->inode > fs->inodes) return state_corrupt(fs, "an entry leads to an inode past the end");
        const struct ext2_entry told = {
            .next = start + offset + entry->bytes,
            .name = {entry->name, entry->length},
            .inode = entry->inode,
            .type = fs->types && entry->type < TYPES ? types[entry->type] : 0,
        };
        listing->more = listing->each(listing->context, &told);
    }
    return EXT2_OK;
}

enum ext2_error ext2_list(struct ext2 *fs, uint32_t directory, uint64_t position,
                          bool (*each)(void *context, const struct ext2_entry *entry), void *context) {
    struct listing listing = {each, context, position, true};
    struct buffer *buffer;
    struct inode *inode;
    TRY(inode_get_directory(fs, directory, &inode, &buffer));
    const struct inode copy = *inode;
    for (uint64_t block = position >> fs->block_shift; block < blocks_of(fs, &copy) && listing.more; block++) {
        TRY(get_block(fs, &copy, block, &buffer));
        TRY(list_block(fs, buffer, block << fs->block_shift, &listing));
    }
    return EXT2_OK;
}

// ---- changing ----

enum ext2_error directory_cost(struct ext2 *fs, const struct inode *inode, const struct place *place,
                               uint32_t *blocks) {
    *blocks = 0;
    if (inode->size >= UINT32_C(1) << 31) return EXT2_NO_SPACE;
    return place->has_room ? EXT2_OK : map_cost(fs, inode, blocks_of(fs, inode), blocks);
}

static enum ext2_error touch(struct ext2 *fs, uint32_t number) {
    struct buffer *buffer;
    struct inode *inode;
    TRY(inode_get(fs, number, &inode, &buffer));
    inode->flags &= ~(uint32_t)INODE_INDEXED;
    inode_touch(fs, inode, buffer, TIME_MODIFIED | TIME_CHANGED);
    return EXT2_OK;
}

static void write_entry(const struct ext2 *fs, struct entry *entry, uint32_t bytes, struct ext2_name name,
                        uint32_t inode, uint16_t type) {
    entry->inode = inode;
    entry->bytes = (uint16_t)bytes;
    entry->length = (uint8_t)name.length;
    entry->type = number_of_type(fs, type);
    memcpy(entry->name, name.text, name.length);
}

// One more block at the end, with one entry that is free.
static enum ext2_error append_block(struct ext2 *fs, uint32_t number, struct buffer **block) {
    struct buffer *buffer;
    struct inode *inode;
    struct ext2_run run;
    TRY(inode_get(fs, number, &inode, &buffer));
    TRY(map_allocate(fs, number, inode, buffer, blocks_of(fs, inode), 1, &run));
    inode_set_size(fs, inode, buffer, inode->size + fs->block_size);
    TRY(buffer_new(fs, (uint32_t)run.block, KIND_NAMES, block));
    ((struct entry *)(void *)(*block)->data)->bytes = (uint16_t)fs->block_size;
    return EXT2_OK;
}

// The block and the entry of a place, again.
static enum ext2_error get_entry(struct ext2 *fs, uint32_t number, uint64_t block, uint32_t offset,
                                 struct buffer **buffer, struct entry **entry) {
    struct inode *inode;
    TRY(inode_get(fs, number, &inode, buffer));
    TRY(get_block(fs, inode, block, buffer));
    return entry_at(fs, *buffer, offset, entry);
}

enum ext2_error directory_add(struct ext2 *fs, uint32_t number, struct ext2_name name, const struct place *place,
                              uint32_t inode, uint16_t type) {
    struct buffer *buffer;
    struct entry *entry;
    if (place->has_room) {
        TRY(get_entry(fs, number, place->room_block, place->room_offset, &buffer, &entry));
    } else {
        TRY(append_block(fs, number, &buffer));
        entry = (void *)buffer->data;
    }
    uint32_t bytes = entry->bytes;
    if (entry->inode != 0) { // what it does not need is the new one's
        uint32_t used = bytes_for(entry->length);
        if (used >= bytes) return state_corrupt(fs, "a directory changed under way");
        entry->bytes = (uint16_t)used;
        bytes -= used;
        entry = (void *)((uint8_t *)entry + used);
    }
    if (bytes < bytes_for(name.length)) return state_corrupt(fs, "a directory changed under way");
    write_entry(fs, entry, bytes, name, inode, type);
    buffer_dirty(fs, buffer, KIND_NAMES);
    return touch(fs, number);
}

enum ext2_error directory_remove(struct ext2 *fs, uint32_t number, const struct place *place) {
    struct buffer *buffer;
    struct entry *entry, *before;
    TRY(get_entry(fs, number, place->block, place->offset, &buffer, &entry));
    TRY(entry_at(fs, buffer, place->before, &before));
    if (before != entry) before->bytes = (uint16_t)(before->bytes + entry->bytes);
    entry->inode = 0;
    buffer_dirty(fs, buffer, KIND_NAMES);
    return touch(fs, number);
}

enum ext2_error directory_replace(struct ext2 *fs, uint32_t number, const struct place *place, uint32_t inode,
                                  uint16_t type) {
    struct buffer *buffer;
    struct entry *entry;
    TRY(get_entry(fs, number, place->block, place->offset, &buffer, &entry));
    entry->inode = inode;
    entry->type = number_of_type(fs, type);
    buffer_dirty(fs, buffer, KIND_NAMES);
    return touch(fs, number);
}

enum ext2_error directory_new(struct ext2 *fs, uint32_t number, uint32_t parent) {
    struct buffer *buffer;
    TRY(append_block(fs, number, &buffer));
    const uint32_t first = bytes_for(1);
    write_entry(fs, (void *)buffer->data, first, (struct ext2_name){".", 1}, number, EXT2_MODE_DIRECTORY);
    write_entry(fs, (void *)(buffer->data + first), fs->block_size - first, (struct ext2_name){"..", 2}, parent,
                EXT2_MODE_DIRECTORY);
    return EXT2_OK;
}

static enum ext2_error find_parent(struct ext2 *fs, uint32_t number, struct place *place) {
    struct buffer *buffer;
    struct inode *inode;
    TRY(inode_get_directory(fs, number, &inode, &buffer));
    TRY(directory_find(fs, inode, (struct ext2_name){"..", 2}, place));
    return place->inode == 0 ? state_corrupt(fs, "a directory has no parent") : EXT2_OK;
}

enum ext2_error directory_parent(struct ext2 *fs, uint32_t number, uint32_t *parent) {
    struct place place;
    TRY(find_parent(fs, number, &place));
    *parent = place.inode;
    return EXT2_OK;
}

enum ext2_error directory_set_parent(struct ext2 *fs, uint32_t number, uint32_t parent) {
    struct place place;
    TRY(find_parent(fs, number, &place));
    return directory_replace(fs, number, &place, parent, EXT2_MODE_DIRECTORY);
}
