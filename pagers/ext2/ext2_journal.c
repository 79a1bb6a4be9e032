// SPDX-License-Identifier: MIT
// Writing the journal. A transaction is written behind the one before it, which the journal's superblock still names
// until the next flush: so a replay after a power cut sees one or both of them whole, never a mixture.
#include "ext2_journal.h"

#include "ext2_buffers.h"
#include "ext2_inode.h"
#include "ext2_map.h"
#include "string.h"

enum {
    JOURNAL_LEAST = 256, // so that half of it has room for any call
    // A descriptor goes with the blocks that it names in one transfer; 1 KiB has room for 124 tags.
    TAGS = EXT2_TRANSFERS - 1
};

enum ext2_error journal_place(struct ext2 *fs, uint32_t index, uint32_t *block) {
    struct buffer *buffer;
    struct inode *inode;
    TRY(inode_get(fs, INODE_JOURNAL, &inode, &buffer));
    struct ext2_run run;
    TRY(map_find(fs, inode, index, 1, &run));
    if (run.block == NO_BLOCK) return state_corrupt(fs, "the journal has a hole");
    *block = (uint32_t)run.block;
    return EXT2_OK;
}

static enum ext2_error check_places(struct ext2 *fs) {
    for (uint32_t index = 0; index < fs->journal_length;) {
        struct buffer *buffer;
        struct inode *inode;
        struct ext2_run run;
        TRY(inode_get(fs, INODE_JOURNAL, &inode, &buffer));
        TRY(map_find(fs, inode, index, fs->journal_length - index, &run));
        if (run.block == NO_BLOCK) return state_corrupt(fs, "the journal has a hole");
        index += run.count;
    }
    return EXT2_OK;
}

static enum ext2_error refuse(struct ext2 *fs, const char *why) {
    fs->why = why;
    return EXT2_FEATURE;
}

enum ext2_error journal_open(struct ext2 *fs, bool *unclean) {
    const struct journal_super *super = (const void *)fs->journal_block;
    uint32_t block;
    if (fs->super->journal_inode != INODE_JOURNAL) return refuse(fs, "an external journal");
    TRY(journal_place(fs, 0, &block));
    TRY(block_transfer(fs, false, block, fs->journal_block));
    uint32_t type = big_get(super->header.type);
    if (big_get(super->header.magic) != JOURNAL_MAGIC || (type != JOURNAL_SUPER_OLD && type != JOURNAL_SUPER) ||
        big_get(super->block_size) != fs->block_size)
        return state_corrupt(fs, "the journal has no superblock");
    if (type == JOURNAL_SUPER && ((big_get(super->incompatible) & ~(uint32_t)JOURNAL_INCOMPATIBLE_REVOKE) != 0 ||
                                  big_get(super->read_only) != 0))
        return refuse(fs, "a journal with checksums, 64 bits or fast commits");
    fs->journal_first = big_get(super->first);
    fs->journal_length = big_get(super->length);
    fs->journal_sequence = big_get(super->sequence);
    fs->journal_head = big_get(super->start);
    fs->journal_error = big_get(super->error) != 0;
    *unclean = fs->journal_head != 0;
    if (fs->journal_first < 1 || fs->journal_length < JOURNAL_LEAST || fs->journal_length >= fs->blocks ||
        fs->journal_first > fs->journal_length - JOURNAL_LEAST ||
        (*unclean && (fs->journal_head < fs->journal_first || fs->journal_head >= fs->journal_length)))
        return state_corrupt(fs, "the journal's superblock makes no sense");
    return check_places(fs);
}

static enum ext2_error write_super(struct ext2 *fs, uint32_t start) {
    struct journal_super *super = (void *)fs->journal_block;
    super->start = big_of(start);
    super->sequence = big_of(fs->journal_sequence);
    uint32_t block;
    TRY(journal_place(fs, 0, &block));
    return block_transfer(fs, true, block, fs->journal_block);
}

enum ext2_error journal_set(struct ext2 *fs, bool in_use) {
    fs->journal_head = fs->journal_first;
    TRY(write_super(fs, in_use ? fs->journal_head : 0));
    // Two transactions and the journal's own blocks must fit.
    uint32_t half = (fs->journal_length - fs->journal_first) / 2;
    fs->dirty_limit = state_minimum(fs->dirty_limit, half - half / 32 - 4);
    return device_flush(fs);
}

static enum ext2_error append(struct ext2 *fs, struct ext2_transfer *transfer, void *data) {
    uint32_t block;
    TRY(journal_place(fs, fs->journal_head, &block));
    fs->journal_head = journal_next(fs, fs->journal_head);
    *transfer = block_as_transfer(fs, block, data);
    return EXT2_OK;
}

static void write_header(struct ext2 *fs, uint32_t type) {
    memset(fs->scratch, 0, fs->block_size);
    struct journal_header *header = (void *)fs->scratch;
    *header = (struct journal_header){big_of(JOURNAL_MAGIC), big_of(type), big_of(fs->journal_sequence)};
}

// A block that begins like one of the journal's own is written there with zeros instead.
static bool must_escape(const uint8_t *data) {
    struct big first;
    memcpy(&first, data, sizeof(first));
    return big_get(first) == JOURNAL_MAGIC;
}

// One descriptor with what it names: from *link on, and the superblock before the first.
static enum ext2_error write_some(struct ext2 *fs, struct link **link, bool *super_too) {
    struct ext2_transfer list[EXT2_TRANSFERS];
    uint8_t *escaped[EXT2_TRANSFERS];
    uint32_t count = 0, escapes = 0;
    write_header(fs, JOURNAL_DESCRIPTOR);
    TRY(append(fs, &list[count++], fs->scratch));
    uint8_t *place = fs->scratch + JOURNAL_HEADER;
    while ((*super_too || *link != &fs->dirty) && count <= TAGS) {
        const struct buffer *buffer = container_of(*link, struct buffer, link);
        uint32_t block = *super_too ? fs->super_at : buffer->block;
        uint8_t *data = *super_too ? fs->super_block : buffer->data;
        if (!*super_too) *link = (*link)->next;
        *super_too = false;
        TRY(append(fs, &list[count], data));
        bool last = *link == &fs->dirty || count == TAGS, escape = must_escape(data);
        if (escape) escaped[escapes++] = data;
        struct journal_tag tag = {.block = big_of(block)};
        tag.flags = (uint8_t)((count > 1 ? TAG_SAME_UUID : 0) | (last ? TAG_LAST : 0) | (escape ? TAG_ESCAPED : 0));
        memcpy(place, &tag, sizeof(tag));
        place += sizeof(tag) + (count > 1 ? 0 : JOURNAL_UUID);
        count++;
    }
    struct big zero = {{0}}, magic = big_of(JOURNAL_MAGIC);
    for (uint32_t i = 0; i < escapes; i++) memcpy(escaped[i], &zero, sizeof(zero));
    enum ext2_error error = block_list_write(fs, list, count);
    for (uint32_t i = 0; i < escapes; i++) memcpy(escaped[i], &magic, sizeof(magic));
    return error;
}

enum ext2_error journal_write(struct ext2 *fs) {
    bool super_too = fs->super_dirty;
    for (struct link *link = fs->dirty.next; super_too || link != &fs->dirty;) TRY(write_some(fs, &link, &super_too));
    TRY(device_flush(fs));
    write_header(fs, JOURNAL_COMMIT);
    struct ext2_transfer transfer;
    TRY(append(fs, &transfer, fs->scratch));
    TRY(block_list_write(fs, &transfer, 1));
    return device_flush(fs);
}

enum ext2_error journal_written(struct ext2 *fs) {
    fs->journal_sequence++;
    return write_super(fs, fs->journal_head);
}
