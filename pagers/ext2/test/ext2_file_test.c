// SPDX-License-Identifier: MIT
// Data of files: levels of pointers, holes, cutting, full disks, reservations, failing devices, orphans.
#include "ext2_one_image.h"

static bool begin(const char *options, unsigned kib) { return begin_on(options, kib, true); }

static void remove_file(const char *name) {
    uint32_t orphan;
    IS(OK, ext2_unlink(image.fs, EXT2_ROOT, image_name(name), &orphan));
    if (orphan != 0) IS(OK, ext2_discard(image.fs, orphan));
}

static const uint64_t edges[] = {0, 11, 12, 267, 268, 300, 65803, 65804, 66000, 131500, 16843019};
enum { EDGES = sizeof(edges) / sizeof(*edges) };

TEST(every_level_of_pointers_is_reached_and_cut) {
    if (!begin("-t ext3 -b 1024", 8192)) return;
    uint32_t inode = create("sparse");
    IS(OK, ext2_commit(image.fs));
    uint64_t free = free_blocks();
    for (unsigned i = 0; i < EDGES; i++) IS(OK, image_write(&image, inode, edges[i] * 1024, 1024, i));
    IS(TOO_BIG, image_write(&image, inode, (edges[EDGES - 1] + 1 + 16777216) * 1024, 1024, 0));
    IS(OK, ext2_commit(image.fs));
    for (unsigned i = EDGES; i-- > 0;) {
        struct ext2_run run;
        IS(OK, ext2_map(image.fs, inode, edges[i], 1, &run));
        EXPECT(run.block != 0 && run.count == 1);
        IS(OK, ext2_resize(image.fs, inode, edges[i] * 1024));
        IS(OK, ext2_map(image.fs, inode, edges[i], 1000000, &run));
        EXPECT(run.block == 0 && run.count > 0);
    }
    IS(OK, ext2_commit(image.fs));
    EXPECT(free_blocks() == free, "%lu of %lu", free_blocks(), free);
    for (unsigned i = 0; i + 1 < EDGES; i += 2) IS(OK, image_write(&image, inode, edges[i] * 1024 + 7, 1500, i));
    end();
}

TEST(a_run_is_told_in_one_call) {
    if (!begin("-t ext3 -b 4096", 65536)) return;
    uint32_t inode = create("long");
    struct ext2_run run;
    IS(OK, image_write(&image, inode, 0, 12 << 20, 1));
    unsigned calls = 0;
    for (uint64_t block = 0; block < 3072; block += run.count, calls++)
        IS(OK, ext2_map(image.fs, inode, block, 3072, &run));
    EXPECT(calls <= 6, "%u", calls);
    end();
}

// What is in the file against what should be, after many writes and cuts at random.
TEST(random_writes_and_cuts_leave_what_they_should) {
    static const char *const options[] = {"-t ext3 -b 1024 -g 256 -O ^resize_inode", "-t ext2 -b 2048",
                                          "-t ext3 -b 4096"};
    enum { BYTES = 1 << 20 };
    static uint8_t model[BYTES];
    for (unsigned shape = 0; shape < 3; shape++) {
        if (!begin(options[shape], 16384)) return;
        uint32_t inode = create("f");
        uint64_t size = 0;
        memset(model, 0, BYTES);
        for (unsigned round = 0; round < 120; round++) {
            uint64_t from = tap_random(BYTES), bytes = 1 + tap_random(tap_random(2) ? 3000 : BYTES - from);
            if (from + bytes > BYTES) bytes = BYTES - from;
            if (tap_random(3) == 0) {
                // Cut at a block, as the tail of the last one is the owner's to clear.
                from &= ~(uint64_t)4095;
                IS(OK, ext2_resize(image.fs, inode, from));
                if (from < size) memset(model + from, 0, size - from);
                size = from;
            } else {
                IS(OK, image_write(&image, inode, from, bytes, round));
                for (uint64_t i = from; i < from + bytes; i++) model[i] = image_content(round, i);
                size = from + bytes > size ? from + bytes : size;
            }
            if (tap_random(10) == 0) IS(OK, ext2_commit(image.fs));
        }
        struct ext2_attributes attributes;
        IS(OK, ext2_attributes(image.fs, inode, &attributes));
        EXPECT(attributes.size == size);
        uint64_t digest, wanted;
        IS(OK, image_digest_bytes(&image, inode, &digest));
        wanted = image_mix(1, model, size);
        EXPECT(digest == wanted);
        end();
    }
}

// The blocks of two files alternate, so that each run is one block, and a cut needs many transactions.
TEST(a_long_cut_goes_in_steps) {
    if (!begin("-t ext3 -b 1024", 16384)) return;
    uint32_t one = create("one"), two = create("two");
    for (uint64_t i = 0; i < 3000; i++) {
        IS(OK, image_write(&image, one, i * 1024, 1024, 1));
        IS(OK, image_write(&image, two, i * 1024, 1024, 2));
    }
    IS(OK, ext2_commit(image.fs));
    uint64_t free = free_blocks(), settled = image.settled;
    IS(OK, ext2_resize(image.fs, one, 5000));
    EXPECT(image.settled > settled + 3, "commits between");
    EXPECT(free_blocks() > free + 2990);
    remove_file("two");
    end();
}

TEST(a_full_disk_says_so_and_gives_all_back) {
    static const char *const options[] = {"-t ext3 -b 1024 -g 256 -O ^resize_inode", "-t ext2 -b 4096 -N 64"};
    for (unsigned shape = 0; shape < 2; shape++) {
        if (!begin(options[shape], 4096)) return;
        uint64_t free = free_blocks();
        uint32_t inode = create("big"), other;
        uint64_t size = 0;
        enum ext2_error error;
        while ((error = image_write(&image, inode, size, 10000, 1)) == EXT2_OK) size += 10000;
        EXPECT(error == EXT2_NO_SPACE && free_blocks() <= 1);
        char name[16];
        for (unsigned i = 0; error != EXT2_OK || i < 5000; i++) {
            snprintf(name, sizeof(name), "small%u", i);
            error = ext2_create(image.fs, EXT2_ROOT, image_name(name), &file, &other);
            if (error != EXT2_OK) break;
        }
        EXPECT(error == EXT2_NO_SPACE, "of names or inodes");
        const struct ext2_new folder = {.mode = EXT2_MODE_DIRECTORY | 0755};
        IS(NO_SPACE, ext2_create(image.fs, EXT2_ROOT, image_name("d"), &folder, &other));
        IS(OK, ext2_commit(image.fs));
        remove_file("big");
        // What was freed is to be had at once: a commit is made for it.
        inode = create("big again");
        IS(OK, image_write(&image, inode, 0, size, 2));
        remove_file("big again");
        EXPECT(free_blocks() + 50 > free);
        end();
    }
}

TEST(what_is_reserved_is_there) {
    if (!begin("-t ext3 -b 1024", 4096)) return;
    uint32_t inode = create("later"), greedy = create("greedy");
    uint64_t reserved = 0;
    while (ext2_reserve(image.fs, reserved * 300, 4) == EXT2_OK) reserved++;
    EXPECT(reserved > 100);
    IS(NO_SPACE, image_write(&image, greedy, 0, 1 << 20, 1));
    for (uint64_t i = 0; i < reserved; i++) {
        ext2_unreserve(image.fs, i * 300, 4);
        IS(OK, image_write(&image, inode, i * 300 * 1024, 4096, 2));
    }
    struct ext2_statistics statistics;
    ext2_statistics(image.fs, &statistics);
    EXPECT(statistics.free_blocks == statistics.available_blocks);
    end();
}

TEST(blocks_that_were_freed_are_not_used_before_the_commit) {
    if (!begin("-t ext3 -b 1024", 4096)) return;
    uint32_t inode = create("a"), other = create("b");
    struct ext2_run before, after;
    IS(OK, image_write(&image, inode, 0, 8192, 1));
    IS(OK, ext2_commit(image.fs));
    IS(OK, ext2_map(image.fs, inode, 0, 8, &before));
    IS(OK, ext2_resize(image.fs, inode, 0));
    IS(OK, image_write(&image, other, 0, 8192, 1));
    IS(OK, ext2_map(image.fs, other, 0, 8, &after));
    EXPECT(after.block >= before.block + before.count || after.block + after.count <= before.block);
    end();
}

TEST(an_inode_without_a_name_lives_until_it_is_discarded) {
    if (!begin("-t ext3 -b 1024", 8192)) return;
    uint32_t orphan, inodes[3];
    struct ext2_run run;
    uint64_t free = free_blocks();
    static const char *const names[] = {"x", "y", "z"};
    for (unsigned i = 0; i < 3; i++) {
        inodes[i] = create(names[i]);
        IS(OK, image_write(&image, inodes[i], 0, 300000, i));
    }
    for (unsigned i = 0; i < 3; i++) IS(OK, ext2_unlink(image.fs, EXT2_ROOT, image_name(names[i]), &orphan));
    IS(OK, ext2_map(image.fs, inodes[0], 0, 1, &run));
    EXPECT(run.block != 0);
    IS(OK, ext2_resize(image.fs, inodes[0], 100));
    IS(OK, ext2_discard(image.fs, inodes[1])); // from the middle of the list
    IS(NOT_FOUND, ext2_discard(image.fs, inodes[1]));
    IS(OK, ext2_commit(image.fs));
    // A power cut: what was in memory is gone. The next mount ends the orphans.
    IS(OK, image_mount(&image, false));
    EXPECT(free_blocks() == free, "%lu of %lu", free_blocks(), free);
    struct ext2_attributes attributes;
    IS(NOT_FOUND, ext2_attributes(image.fs, inodes[2], &attributes));
    end();
}

TEST(a_device_that_fails_at_any_time_loses_no_more_than_a_power_cut) {
    for (int64_t left = 0; left < 200; left += 1 + (int64_t)tap_random(7)) {
        if (!begin("-t ext3 -b 1024 -N 64", 4096)) return;
        uint32_t inode = create("kept");
        IS(OK, image_write(&image, inode, 0, 100000, 1));
        IS(OK, ext2_commit(image.fs));
        image.transfers_left = left;
        enum ext2_error error = EXT2_OK;
        char name[16];
        for (unsigned i = 0; i < 20 && error == EXT2_OK; i++) {
            snprintf(name, sizeof(name), "lost%u", i);
            error = ext2_create(image.fs, EXT2_ROOT, image_name(name), &file, &inode);
            if (error == EXT2_OK) error = image_write(&image, inode, 0, 20000, 2);
            if (error == EXT2_OK && i % 4 == 3) error = ext2_commit(image.fs);
        }
        EXPECT(error == EXT2_IO || error == EXT2_OK || error == EXT2_READ_ONLY, "%s", ext2_error_text(error));
        image.transfers_left = -1;
        IS(OK, image_mount(&image, false));
        IS(OK, ext2_lookup(image.fs, EXT2_ROOT, image_name("kept"), &inode));
        end();
    }
}
