// SPDX-License-Identifier: MIT
// Inodes: where they are, their attributes and times.
#include "ext2_inode.h"

#include "ext2_bitmap.h"
#include "ext2_buffers.h"
#include "ext2_transaction.h"
#include "string.h"

enum {
    FLAG_COMPRESSED = 0x4,
    FLAG_ENCRYPTED = 0x800,
    FLAG_EXTENTS = 0x80000,
    FLAG_INLINE = 0x10000000,
    FLAGS_STRANGE = FLAG_COMPRESSED | FLAG_ENCRYPTED | FLAG_EXTENTS | FLAG_INLINE,
    EPOCH_BITS = 2
};

enum ext2_error inode_get(struct ext2 *fs, uint32_t number, struct inode **inode, struct buffer **buffer) {
    struct spot *spot = &fs->spots[number % SPOTS];
    if (spot->number == number && number != 0 && spot->buffer->block == spot->block) {
        *inode = spot->inode;
        *buffer = spot->buffer;
        buffer_used(fs, *buffer);
        return EXT2_OK;
    }
    if (number - 1 >= fs->inodes) return state_corrupt(fs, "there is no inode of such a number");
    uint32_t group = (number - 1) / fs->inodes_per_group, index = (number - 1) % fs->inodes_per_group;
    struct group *descriptor;
    TRY(group_get(fs, group, &descriptor, buffer));
    uint32_t at = index * fs->inode_size;
    TRY(buffer_get(fs, descriptor->inode_table + (at >> fs->block_shift), buffer));
    *inode = (void *)((*buffer)->data + (at & (fs->block_size - 1)));
    *spot = (struct spot){.number = number, .block = (*buffer)->block, .inode = *inode, .buffer = *buffer};
    return EXT2_OK;
}

enum ext2_error inode_get_used(struct ext2 *fs, uint32_t number, struct inode **inode, struct buffer **buffer) {
    if (number != EXT2_ROOT && (number < fs->first_inode || number > fs->inodes)) return EXT2_NOT_FOUND;
    TRY(inode_get(fs, number, inode, buffer));
    if ((*inode)->mode == 0) return EXT2_NOT_FOUND;
    if (((*inode)->flags & FLAGS_STRANGE) != 0) return state_corrupt(fs, "an inode is of a kind without its feature");
    return EXT2_OK;
}

enum ext2_error inode_get_directory(struct ext2 *fs, uint32_t number, struct inode **inode, struct buffer **buffer) {
    TRY(inode_get_used(fs, number, inode, buffer));
    if (inode_type(*inode) != EXT2_MODE_DIRECTORY) return EXT2_NOT_DIRECTORY;
    if ((*inode)->links == 0) return EXT2_NOT_FOUND;
    if (((*inode)->size & (fs->block_size - 1)) != 0 || (*inode)->size >> fs->block_shift > fs->blocks)
        return state_corrupt(fs, "the size of a directory makes no sense");
    return EXT2_OK;
}

// ---- times: 32 bits, and where there is room for more 2 bits above them and the nanoseconds ----

// => null: the inode has no such part
static struct inode_extra *extra_of(const struct ext2 *fs, struct inode *inode) {
    struct inode_extra *extra = (void *)(inode + 1);
    return fs->inode_size >= sizeof(*inode) + sizeof(*extra) && extra->extra_size >= 24 ? extra : NULL;
}

static struct ext2_time read_time(uint32_t low, const uint32_t *more) {
    struct ext2_time time = {(int32_t)low, 0};
    if (more != NULL) {
        time.seconds += (int64_t)(*more & ((1U << EPOCH_BITS) - 1)) << 32;
        time.nanoseconds = *more >> EPOCH_BITS;
    }
    return time;
}

static void write_time(struct ext2_time time, uint32_t *low, uint32_t *more) {
    *low = (uint32_t)time.seconds;
    if (more != NULL) {
        uint64_t epoch = (uint64_t)(time.seconds - (int32_t)*low) >> 32;
        *more = time.nanoseconds << EPOCH_BITS | ((uint32_t)epoch & ((1U << EPOCH_BITS) - 1));
    }
}

static void set_times(struct ext2 *fs, struct inode *inode, unsigned times, struct ext2_time time) {
    struct inode_extra *extra = extra_of(fs, inode);
    if ((times & TIME_ACCESSED) != 0) write_time(time, &inode->accessed, extra == NULL ? NULL : &extra->accessed);
    if ((times & TIME_MODIFIED) != 0) write_time(time, &inode->modified, extra == NULL ? NULL : &extra->modified);
    if ((times & TIME_CHANGED) != 0) write_time(time, &inode->changed, extra == NULL ? NULL : &extra->changed);
}

void inode_touch(struct ext2 *fs, struct inode *inode, struct buffer *buffer, unsigned times) {
    set_times(fs, inode, times, fs->device.now(fs->device.owner));
    buffer_dirty(fs, buffer, KIND_INODES);
}

void inode_set_size(struct ext2 *fs, struct inode *inode, struct buffer *buffer, uint64_t size) {
    inode->size = (uint32_t)size;
    if (inode_type(inode) == EXT2_MODE_FILE) inode->size_high = (uint32_t)(size >> 32);
    if (size >= UINT64_C(1) << 31 && fs->super->revision > 0 && (fs->super->read_only & READ_ONLY_LARGE_FILE) == 0) {
        fs->super->read_only |= READ_ONLY_LARGE_FILE;
        super_dirty(fs);
    }
    buffer_dirty(fs, buffer, KIND_INODES);
}

// ---- attributes ----

// Devices are told in the first pointer, or in a wider form in the second.
static uint32_t device_of(const struct inode *inode) {
    uint16_t type = inode_type(inode);
    if (type != EXT2_MODE_CHARACTER && type != EXT2_MODE_BLOCK) return 0;
    return inode->pointers[0] != 0 ? inode->pointers[0] : inode->pointers[1];
}

enum ext2_error ext2_attributes(struct ext2 *fs, uint32_t number, struct ext2_attributes *attributes) {
    struct buffer *buffer;
    struct inode *inode;
    TRY(inode_get_used(fs, number, &inode, &buffer));
    const struct inode_extra *extra = extra_of(fs, inode);
    *attributes = (struct ext2_attributes){
        .size = inode_size(inode),
        .sectors = inode->sectors,
        .accessed = read_time(inode->accessed, extra == NULL ? NULL : &extra->accessed),
        .modified = read_time(inode->modified, extra == NULL ? NULL : &extra->modified),
        .changed = read_time(inode->changed, extra == NULL ? NULL : &extra->changed),
        .inode = number,
        .links = inode->links,
        .user = inode->user | (uint32_t)inode->user_high << 16,
        .group = inode->group | (uint32_t)inode->group_high << 16,
        .generation = inode->generation,
        .device = device_of(inode),
        .mode = inode->mode,
    };
    return EXT2_OK;
}

static void set_owner(struct inode *inode, uint32_t user, uint32_t group) {
    inode->user = (uint16_t)user;
    inode->user_high = (uint16_t)(user >> 16);
    inode->group = (uint16_t)group;
    inode->group_high = (uint16_t)(group >> 16);
}

static enum ext2_error change(struct ext2 *fs, uint32_t number, const struct ext2_change *change) {
    struct buffer *buffer;
    struct inode *inode;
    TRY(inode_get_used(fs, number, &inode, &buffer));
    const unsigned mode_bits = 0xffffU & ~(unsigned)EXT2_MODE_TYPE;
    if ((change->what & EXT2_SET_MODE) != 0)
        inode->mode = (uint16_t)((inode->mode & EXT2_MODE_TYPE) | (change->mode & mode_bits));
    uint32_t user = inode->user | (uint32_t)inode->user_high << 16,
             group = inode->group | (uint32_t)inode->group_high << 16;
    set_owner(inode, (change->what & EXT2_SET_USER) != 0 ? change->user : user,
              (change->what & EXT2_SET_GROUP) != 0 ? change->group : group);
    if ((change->what & EXT2_SET_ACCESSED) != 0) set_times(fs, inode, TIME_ACCESSED, change->accessed);
    if ((change->what & EXT2_SET_MODIFIED) != 0) set_times(fs, inode, TIME_MODIFIED, change->modified);
    inode_touch(fs, inode, buffer, TIME_CHANGED);
    return EXT2_OK;
}

enum ext2_error ext2_change(struct ext2 *fs, uint32_t number, const struct ext2_change *what) {
    TRY(transaction_begin(fs, 1, 0));
    return transaction_end(fs, change(fs, number, what));
}

enum ext2_error inode_new(struct ext2 *fs, uint32_t parent, const struct ext2_new *new, uint32_t *number,
                          struct inode **inode, struct buffer **buffer) {
    TRY(inode_allocate(fs, parent, (new->mode &EXT2_MODE_TYPE) == EXT2_MODE_DIRECTORY, number));
    TRY(inode_get(fs, *number, inode, buffer));
    uint32_t generation = (*inode)->generation + 1;
    memset(*inode, 0, fs->inode_size);
    if (fs->inode_size >= sizeof(struct inode) + sizeof(struct inode_extra)) {
        struct inode_extra *extra = (void *)(*inode + 1);
        extra->extra_size = INODE_EXTRA_BYTES;
        write_time(fs->device.now(fs->device.owner), &extra->created, &extra->created_extra);
    }
    (*inode)->mode = new->mode;
    (*inode)->links = 1;
    (*inode)->generation = generation;
    set_owner(*inode, new->user, new->group);
    // The narrow form is for what it can tell.
    bool device = inode_type(*inode) == EXT2_MODE_CHARACTER || inode_type(*inode) == EXT2_MODE_BLOCK;
    if (device) (*inode)->pointers[new->device > 0xffff ? 1 : 0] = new->device;
    inode_touch(fs, *inode, *buffer, TIME_ACCESSED | TIME_MODIFIED | TIME_CHANGED);
    return EXT2_OK;
}
