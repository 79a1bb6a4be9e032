// SPDX-License-Identifier: MIT
// Replaying the journal: find how far it is whole, collect what was revoked, then write the rest where it belongs.
#include "ext2_buffers.h"
#include "ext2_journal.h"
#include "string.h"

enum pass { PASS_SCAN, PASS_REVOKE, PASS_REPLAY };

// A block that no transaction up to this one shall overwrite.
struct revoked {
    uint32_t block; // 0: none
    uint32_t sequence;
};

struct replay {
    struct ext2 *fs;
    enum pass pass;
    uint32_t end; // the first sequence that is not whole
    uint32_t sequence, index, walked;
    struct revoked *table;
    uint32_t room, count; // of the table
    uint8_t *data;        // one block
};

static bool is_after(uint32_t left, uint32_t right) { return (int32_t)(left - right) > 0; }

// => where `block` is in the table, or would be
static struct revoked *find(const struct replay *replay, uint32_t block) {
    uint32_t at = block * UINT32_C(0x9e3779b1) % replay->room;
    while (replay->table[at].block != 0 && replay->table[at].block != block) at = (at + 1) % replay->room;
    return &replay->table[at];
}

static enum ext2_error read_next(struct replay *replay, uint8_t *to) {
    struct ext2 *fs = replay->fs;
    uint32_t block;
    if (++replay->walked > fs->journal_length) return state_corrupt(fs, "the journal's transactions overlap");
    TRY(journal_place(fs, replay->index, &block));
    replay->index = journal_next(fs, replay->index);
    return block_transfer(fs, false, block, to);
}

static enum ext2_error replay_block(struct replay *replay, const struct journal_tag *tag) {
    struct ext2 *fs = replay->fs;
    TRY(read_next(replay, replay->data));
    if (replay->pass != PASS_REPLAY) return EXT2_OK;
    uint32_t block = big_get(tag->block);
    const struct revoked *revoked = find(replay, block);
    if (revoked->block == block && block != 0 && !is_after(replay->sequence, revoked->sequence)) return EXT2_OK;
    if (block < fs->super_at || block >= fs->blocks) return state_corrupt(fs, "the journal is for blocks past the end");
    struct big magic = big_of(JOURNAL_MAGIC);
    if ((tag->flags & TAG_ESCAPED) != 0) memcpy(replay->data, &magic, sizeof(magic));
    return block_transfer(fs, true, block, replay->data);
}

static enum ext2_error walk_descriptor(struct replay *replay) {
    const uint32_t size = replay->fs->block_size;
    for (uint32_t at = JOURNAL_HEADER; at + TAG_BYTES <= size;) {
        struct journal_tag tag;
        memcpy(&tag, replay->fs->scratch + at, sizeof(tag));
        TRY(replay_block(replay, &tag));
        at += (tag.flags & TAG_SAME_UUID) != 0 ? TAG_BYTES : TAG_BYTES + JOURNAL_UUID;
        if ((tag.flags & TAG_LAST) != 0) break;
    }
    return EXT2_OK;
}

static enum ext2_error collect_revoked(struct replay *replay) {
    struct ext2 *fs = replay->fs;
    const struct journal_revoke *revoke = (const void *)fs->scratch;
    uint32_t bytes = big_get(revoke->bytes);
    if (bytes < sizeof(*revoke) || bytes > fs->block_size) return state_corrupt(fs, "a revoke block makes no sense");
    for (uint32_t at = sizeof(*revoke); at + 4 <= bytes; at += 4) {
        struct big block;
        memcpy(&block, fs->scratch + at, sizeof(block));
        if (big_get(block) == 0) continue;
        struct revoked *place = find(replay, big_get(block));
        if (place->block == 0 && ++replay->count > replay->room / 4 * 3) {
            fs->why = "the journal revokes more blocks than fit into memory";
            return EXT2_NO_MEMORY;
        }
        *place = (struct revoked){big_get(block), replay->sequence}; // they come in order, the last one counts
    }
    return EXT2_OK;
}

// => *more: one block, with what it names, was whole
static enum ext2_error walk_one(struct replay *replay, bool *more) {
    struct ext2 *fs = replay->fs;
    if (replay->pass != PASS_SCAN && replay->sequence == replay->end) return EXT2_OK;
    if (replay->pass == PASS_SCAN && replay->walked >= fs->journal_length - fs->journal_first) return EXT2_OK;
    TRY(read_next(replay, fs->scratch));
    struct journal_header header;
    memcpy(&header, fs->scratch, sizeof(header));
    uint32_t type = big_get(header.type);
    if (big_get(header.magic) != JOURNAL_MAGIC || big_get(header.sequence) != replay->sequence) return EXT2_OK;
    *more = type == JOURNAL_DESCRIPTOR || type == JOURNAL_COMMIT || type == JOURNAL_REVOKE;
    if (type == JOURNAL_COMMIT) replay->sequence++;
    if (type == JOURNAL_REVOKE && replay->pass == PASS_REVOKE) return collect_revoked(replay);
    return type == JOURNAL_DESCRIPTOR ? walk_descriptor(replay) : EXT2_OK;
}

static enum ext2_error walk(struct replay *replay, enum pass pass) {
    struct ext2 *fs = replay->fs;
    replay->pass = pass;
    replay->sequence = fs->journal_sequence;
    replay->index = fs->journal_head;
    replay->walked = 0;
    for (bool more = true; more;) {
        more = false;
        TRY(walk_one(replay, &more));
    }
    if (pass == PASS_SCAN) replay->end = replay->sequence;
    return EXT2_OK;
}

enum ext2_error journal_replay(struct ext2 *fs) {
    // Half of the buffers are lent to the table, and one to the block under way.
    struct replay replay = {.fs = fs};
    uint32_t lent = fs->buffer_count / 2;
    for (uint32_t i = lent; i < fs->buffer_count; i++) list_take(&fs->buffers[i].link);
    replay.data = fs->buffers[lent].data;
    replay.table = (void *)fs->buffers[lent + 1].data;
    replay.room = (uint32_t)((size_t)(fs->buffer_count - lent - 1) * fs->block_size / sizeof(struct revoked));
    memset(replay.table, 0, replay.room * sizeof(struct revoked));
    TRY(walk(&replay, PASS_SCAN));
    TRY(walk(&replay, PASS_REVOKE));
    TRY(walk(&replay, PASS_REPLAY));
    buffers_clear(fs);
    fs->journal_sequence = replay.end + 1; // what is left of one that is not whole is never taken for the next
    return device_flush(fs);
}
