// SPDX-License-Identifier: MIT
// Where the blocks of a file are, and giving it some.
#include "ext2_map.h"

#include "ext2_bitmap.h"
#include "ext2_buffers.h"
#include "ext2_inode.h"
#include "ext2_transaction.h"

enum ext2_error map_way(const struct ext2 *fs, uint64_t file_block, struct map_way *way) {
    const uint32_t shift = fs->pointer_shift, mask = (1U << shift) - 1;
    way->levels = 0;
    if (file_block < INODE_DIRECT) {
        way->index[0] = (uint32_t)file_block;
        way->neighbours = INODE_DIRECT - file_block;
        return EXT2_OK;
    }
    uint64_t rest = file_block - INODE_DIRECT;
    for (uint32_t levels = 1; levels <= 3; levels++) {
        uint64_t reach = UINT64_C(1) << shift * levels;
        if (rest < reach) {
            way->levels = levels;
            way->index[0] = INODE_DIRECT + levels - 1;
            for (uint32_t i = 1; i <= levels; i++) way->index[i] = (uint32_t)(rest >> shift * (levels - i)) & mask;
            way->neighbours = mask + 1 - (uint32_t)(rest & mask);
            return EXT2_OK;
        }
        rest -= reach;
    }
    return EXT2_TOO_BIG;
}

// How far there are blocks on a way, and the pointers in the last of them.
struct found {
    uint32_t level;
    const uint32_t *slots;
    struct buffer *holder; // null: the inode
};

static enum ext2_error go_down(struct ext2 *fs, const struct inode *inode, const struct map_way *way,
                               struct found *found) {
    *found = (struct found){0, inode->pointers, NULL};
    for (; found->level < way->levels; found->level++) {
        uint32_t block = found->slots[way->index[found->level]];
        if (block == NO_BLOCK) return EXT2_OK;
        if (!state_is_sound(fs, block)) return state_corrupt(fs, "a pointer of a file is past the end");
        TRY(buffer_get(fs, block, &found->holder));
        found->slots = (const void *)found->holder->data;
    }
    return EXT2_OK;
}

// A pointer that is missing further up stands for as many blocks as are below it.
static uint64_t room_of(const struct ext2 *fs, const struct map_way *way, uint32_t level) {
    uint64_t room = way->neighbours;
    for (uint32_t i = level + 1; i < way->levels; i++)
        room += (uint64_t)((1U << fs->pointer_shift) - 1 - way->index[i]) << fs->pointer_shift * (way->levels - i);
    return room;
}

// What the last pointers of a way tell of at most `most` blocks.
static enum ext2_error tell_run(struct ext2 *fs, const uint32_t *slots, uint32_t most, struct ext2_run *run) {
    const uint32_t block = *slots, step = block == NO_BLOCK ? 0 : 1;
    uint32_t count = 1;
    for (uint32_t next = block + step; count < most && slots[count] == next; next += step) count++;
    *run = (struct ext2_run){block, count, false};
    if (step == 1 && (!state_is_sound(fs, block) || count > fs->blocks - block))
        return state_corrupt(fs, "a pointer of a file is past the end");
    return EXT2_OK;
}

static enum ext2_error find(struct ext2 *fs, const struct inode *inode, uint64_t file_block, uint32_t count,
                            struct ext2_run *run, struct spot *spot) {
    struct map_way way;
    struct found found;
    TRY(map_way(fs, file_block, &way));
    TRY(go_down(fs, inode, &way, &found));
    if (found.level < way.levels) {
        *run = (struct ext2_run){NO_BLOCK, state_minimum(room_of(fs, &way, found.level), count), false};
        return EXT2_OK;
    }
    const uint32_t index = way.index[way.levels];
    if (spot != NULL && found.holder != NULL) {
        spot->leaf = found.holder;
        spot->leaf_block = found.holder->block;
        spot->leaf_first = file_block - index;
        spot->leaf_count = 1U << fs->pointer_shift;
    }
    return tell_run(fs, found.slots + index, state_minimum(way.neighbours, count), run);
}

enum ext2_error map_find(struct ext2 *fs, const struct inode *inode, uint64_t file_block, uint32_t count,
                         struct ext2_run *run) {
    return find(fs, inode, file_block, count, run, NULL);
}

enum ext2_error map_cost(struct ext2 *fs, const struct inode *inode, uint64_t file_block, uint32_t *blocks) {
    struct map_way way;
    struct found found;
    TRY(map_way(fs, file_block, &way));
    TRY(go_down(fs, inode, &way, &found));
    *blocks = way.levels - found.level + 1;
    return EXT2_OK;
}

// ---- giving blocks ----

// Where a new block of a file should be: behind the one before it, else behind what points to it, else in its group.
static uint32_t goal_of(struct ext2 *fs, uint32_t number, uint64_t file_block, const uint32_t *slots, uint32_t index,
                        const struct buffer *holder) {
    const struct hint *hint = &fs->hints[number % HINTS];
    if (hint->inode == number && hint->file_block == file_block) return hint->block;
    if (index > 0 && slots[index - 1] != NO_BLOCK) return slots[index - 1] + 1;
    return holder != NULL ? holder->block + 1 : inode_goal(fs, number);
}

struct giving {
    struct ext2 *fs;
    uint32_t number;
    uint64_t file_block;
    struct inode *inode;
    struct buffer *inode_buffer;
};

// Blocks for slots[index] and `count` - 1 behind it, whose holder is dirty then.
static enum ext2_error give(const struct giving *to, uint32_t *slots, uint32_t index, struct buffer *holder,
                            uint32_t *count) {
    struct ext2 *fs = to->fs;
    uint32_t first, goal = goal_of(fs, to->number, to->file_block, slots, index, holder);
    // Before the search, which may look at so many groups that clean buffers do not last.
    if (holder != NULL) buffer_dirty(fs, holder, KIND_BASE);
    buffer_dirty(fs, to->inode_buffer, KIND_INODES);
    TRY(blocks_allocate(fs, goal, *count, &first, count));
    for (uint32_t i = 0; i < *count; i++) slots[index + i] = first + i;
    to->inode->sectors += *count << (fs->block_shift - 9);
    fs->hints[to->number % HINTS] = (struct hint){to->number, first + *count, to->file_block};
    return EXT2_OK;
}

enum ext2_error map_allocate(struct ext2 *fs, uint32_t number, struct inode *inode, struct buffer *buffer,
                             uint64_t file_block, uint32_t count, struct ext2_run *run) {
    const struct giving to = {fs, number, file_block, inode, buffer};
    struct map_way way;
    TRY(map_way(fs, file_block, &way));
    if (inode->sectors + ((uint64_t)(count + 3) << (fs->block_shift - 9)) > UINT32_MAX) return EXT2_TOO_BIG;
    uint32_t *slots = inode->pointers;
    struct buffer *holder = NULL; // null: the inode
    for (uint32_t level = 0; level < way.levels; level++) {
        uint32_t *slot = &slots[way.index[level]], one = 1;
        if (*slot == NO_BLOCK) {
            TRY(give(&to, slots, way.index[level], holder, &one));
            TRY(buffer_new(fs, *slot, KIND_BASE, &holder));
        } else {
            TRY(buffer_get(fs, *slot, &holder));
        }
        slots = (void *)holder->data;
    }
    const uint32_t index = way.index[way.levels];
    uint32_t hole = 0, most = state_minimum(way.neighbours, count);
    while (hole < most && slots[index + hole] == NO_BLOCK) hole++;
    if (hole == 0) return state_corrupt(fs, "a block that was a hole is none");
    TRY(give(&to, slots, index, holder, &hole));
    fs->hints[number % HINTS].file_block = file_block + hole;
    *run = (struct ext2_run){slots[index], hole, true};
    return EXT2_OK;
}

// ---- what the owner calls ----

static enum ext2_error get_file(struct ext2 *fs, uint32_t number, struct inode **inode, struct buffer **buffer) {
    TRY(inode_get_used(fs, number, inode, buffer));
    if (inode_type(*inode) == EXT2_MODE_DIRECTORY) return EXT2_IS_DIRECTORY;
    return inode_type(*inode) == EXT2_MODE_FILE ? EXT2_OK : EXT2_INVALID;
}

enum ext2_error ext2_map(struct ext2 *fs, uint32_t number, uint64_t file_block, uint32_t count, struct ext2_run *run) {
    struct buffer *buffer;
    struct inode *inode;
    struct spot *spot = &fs->spots[number % SPOTS];
    const uint64_t index = file_block - spot->leaf_first;
    if (count == 0) return EXT2_INVALID;
    if (spot->number == number && index < spot->leaf_count && spot->leaf->block == spot->leaf_block) {
        buffer_used(fs, spot->leaf);
        return tell_run(fs, (const uint32_t *)(const void *)spot->leaf->data + index,
                        state_minimum(spot->leaf_count - index, count), run);
    }
    TRY(get_file(fs, number, &inode, &buffer)); // which makes the spot the inode's
    return find(fs, inode, file_block, count, run, spot);
}

static enum ext2_error allocate(struct ext2 *fs, uint32_t number, uint64_t file_block, uint32_t count, uint64_t size,
                                struct ext2_run *run) {
    struct buffer *buffer;
    struct inode *inode;
    TRY(get_file(fs, number, &inode, &buffer));
    TRY(map_find(fs, inode, file_block, count, run));
    if (run->block == NO_BLOCK) {
        uint32_t cost;
        TRY(map_cost(fs, inode, file_block, &cost));
        uint64_t usable = transaction_usable(fs);
        if (usable < cost) return EXT2_NO_SPACE;
        TRY(map_allocate(fs, number, inode, buffer, file_block, state_minimum(usable - cost + 1, run->count), run));
    }
    uint64_t end = (file_block + run->count) << fs->block_shift;
    if (size < end) end = size;
    if (end > inode_size(inode)) inode_set_size(fs, inode, buffer, end);
    return EXT2_OK;
}

enum ext2_error ext2_allocate(struct ext2 *fs, uint32_t number, uint64_t file_block, uint32_t count, uint64_t size,
                              struct ext2_run *run) {
    if (count == 0) return EXT2_INVALID;
    TRY(transaction_begin(fs, 16, count < UINT32_MAX - 4 ? count + 4 : count));
    return transaction_end(fs, allocate(fs, number, file_block, count, size, run));
}

// ---- delayed allocation ----

// Which block of pointers at a level, counted from the first of its tree.
static uint64_t node_of(const struct ext2 *fs, const struct map_way *way, uint32_t level) {
    uint64_t node = 0;
    for (uint32_t i = 1; i < level; i++) node = node << fs->pointer_shift | way->index[i];
    return node;
}

// The blocks, and as if none of the pointers to them were there.
static uint64_t worst_cost(const struct ext2 *fs, uint64_t file_block, uint32_t count) {
    struct map_way first, last;
    if (count == 0 || map_way(fs, file_block, &first) != EXT2_OK ||
        map_way(fs, file_block + count - 1, &last) != EXT2_OK)
        return count;
    if (first.levels != last.levels)
        return count + first.levels + last.levels + 2 * ((uint64_t)count >> fs->pointer_shift);
    uint64_t cost = count;
    for (uint32_t level = 1; level <= first.levels; level++)
        cost += node_of(fs, &last, level) - node_of(fs, &first, level) + 1;
    return cost;
}

enum ext2_error ext2_reserve(struct ext2 *fs, uint64_t file_block, uint32_t count) {
    struct map_way way;
    if (fs->read_only) return EXT2_READ_ONLY;
    TRY(map_way(fs, file_block + count, &way));
    uint64_t cost = worst_cost(fs, file_block, count);
    if (transaction_available(fs) < cost) return EXT2_NO_SPACE;
    fs->reserved += cost;
    return EXT2_OK;
}

void ext2_unreserve(struct ext2 *fs, uint64_t file_block, uint32_t count) {
    uint64_t cost = worst_cost(fs, file_block, count);
    fs->reserved -= cost < fs->reserved ? cost : fs->reserved;
}
