// SPDX-License-Identifier: MIT
// What others make and leave: features, journals, attributes, hash trees; and what nobody should.
#include "ext2_one_image.h"

static const struct ext2_new folder = {.mode = EXT2_MODE_DIRECTORY | 0755};

static bool begin(const char *options, unsigned kib) { return begin_on(options, kib, false); }

static uint32_t find(uint32_t directory, const char *name) {
    uint32_t inode = 0;
    return ext2_lookup(image.fs, directory, image_name(name), &inode) == EXT2_OK ? inode : 0;
}

static void remove_in(uint32_t directory, const char *name) {
    uint32_t orphan;
    IS(OK, ext2_unlink(image.fs, directory, image_name(name), &orphan));
    if (orphan != 0) IS(OK, ext2_discard(image.fs, orphan));
}

static void expect_refused(const char *options, enum ext2_error wanted, const char *why) {
    if (!image_make(&image, options, 16384, NULL)) {
        EXPECT(false, "mke2fs %s", options);
        return;
    }
    enum ext2_error error = image_mount(&image, false);
    EXPECT(error == wanted && strcmp(ext2_why(image.fs), why) == 0, "%s: %s %s", options, ext2_error_text(error),
           ext2_why(image.fs));
    uint32_t inode;
    if (error == EXT2_OK) IS(READ_ONLY, ext2_create(image.fs, EXT2_ROOT, image_name("f"), &file, &inode));
    image_free(&image);
}

TEST(features_are_refused_by_name) {
    expect_refused("-t ext4 -O ^64bit", EXT2_FEATURE, "extent");
    expect_refused("-t ext4 -O ^extent,^64bit,^flex_bg", EXT2_OK, "huge_file");
    expect_refused("-t ext2 -O meta_bg,^resize_inode", EXT2_FEATURE, "meta_bg");
    expect_refused("-t ext2 -O huge_file", EXT2_OK, "huge_file");
    expect_refused("-t ext2 -O journal_dev", EXT2_FEATURE, "journal_dev");
    if (!image_make(&image, "-t ext2", 1024, NULL)) return;
    memset(image.bytes, 0, 4096);
    IS(NOT_EXT2, image_mount(&image, false));
    image_free(&image);
}

TEST(a_journal_that_another_system_left_is_replayed) {
    if (!begin("-t ext3 -b 1024", 8192)) return;
    uint32_t inode = create("f");
    struct ext2_run run;
    IS(OK, image_write(&image, inode, 0, 8 * 1024, 1));
    IS(OK, ext2_map(image.fs, inode, 0, 8, &run));
    EXPECT(run.count == 8);
    IS(OK, ext2_unmount(image.fs));
    // Blocks 0 to 3 are written, then 1 is revoked, then 2 is written again; one begins like the journal's own.
    char command[1024];
    const unsigned b = (unsigned)run.block;
    snprintf(command, sizeof(command),
             "f() { t=$(mktemp -d); printf 'jo\\njw -b %u,%u,%u,%u '$t/a'\\njw -r %u\\njw -b %u '$t/b'\\njc\\n' >$t/c; "
             "{ head -c 1024 /dev/zero | tr '\\0' A; head -c 1024 /dev/zero | tr '\\0' B; "
             "printf '\\300\\073\\071\\230'; head -c 1020 /dev/zero | tr '\\0' C; head -c 1024 /dev/zero | tr '\\0' D; "
             "} >$t/a; "
             "head -c 1024 /dev/zero | tr '\\0' E >$t/b; debugfs -w -f $t/c $1; s=$?; rm -r $t; return $s; }; f",
             b, b + 1, b + 2, b + 3, b + 1, b);
    EXPECT(image_run(&image, command) == 0);
    IS(READ_ONLY, image_mount(&image, true));
    IS(OK, image_mount(&image, false));
    const uint8_t *data = image.bytes + run.block * 1024;
    EXPECT(data[0] == 'E' && data[1023] == 'E', "%d", data[0]);
    EXPECT(data[1024] == image_content(1, 1024), "revoked");
    EXPECT(data[2048] == 0xc0 && data[2049] == 0x3b && data[2051] == 0x98 && data[2052] == 'C', "escaped");
    EXPECT(data[3072] == 'D');
    end();
}

TEST(a_hash_tree_is_read_as_plain_blocks_and_is_none_after_a_change) {
    if (!begin("-t ext3 -b 1024", 8192)) return;
    uint32_t d, inode;
    char name[32];
    IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name("d"), &folder, &d));
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof(name), "some name or other %u", i);
        IS(OK, ext2_create(image.fs, d, image_name(name), &file, &inode));
    }
    IS(OK, ext2_unmount(image.fs));
    EXPECT(image_run(&image, "e2fsck -fyD") <= 1); // makes the tree
    IS(OK, image_mount(&image, false));
    EXPECT(find(d, "some name or other 222") != 0);
    for (unsigned i = 300; i < 340; i++) {
        snprintf(name, sizeof(name), "some name or other %u", i);
        IS(OK, ext2_create(image.fs, d, image_name(name), &file, &inode));
        EXPECT(find(d, name) == inode);
    }
    for (unsigned i = 0; i < 340; i++) {
        snprintf(name, sizeof(name), "some name or other %u", i);
        if (i % 3 == 0) remove_in(d, name);
    }
    end();
}

TEST(attributes_in_a_block_of_their_own_go_with_the_file) {
    if (!begin("-t ext2 -b 1024 -I 128", 4096)) return;
    uint64_t free = free_blocks();
    create("one");
    create("two");
    IS(OK, ext2_unmount(image.fs));
    EXPECT(image_run(&image, "debugfs -w -R 'ea_set /one user.a 12345678901234567890'") == 0);
    EXPECT(image_run(&image, "debugfs -w -R 'ea_set /two user.a 12345678901234567890'") == 0);
    EXPECT(image_is_clean(&image));
    IS(OK, image_mount(&image, false));
    EXPECT(free_blocks() < free);
    struct ext2_attributes attributes;
    IS(OK, ext2_attributes(image.fs, find(EXT2_ROOT, "one"), &attributes));
    EXPECT(attributes.sectors == 2);
    remove_in(EXT2_ROOT, "one");
    remove_in(EXT2_ROOT, "two");
    EXPECT(free_blocks() == free);
    end();
}

// In every copy of its first block, the journal's too. => how many there are
static unsigned set_parent(uint32_t inode, uint32_t from, uint32_t to) {
    const uint8_t head[] = {(uint8_t)inode, 0, 0, 0, 12, 0, 1, 2, '.', 0, 0, 0, (uint8_t)from};
    unsigned count = 0;
    for (size_t at = 0; at < image.size; at += 1024) {
        if (memcmp(image.bytes + at, head, sizeof(head)) != 0) continue;
        image.bytes[at + sizeof(head) - 1] = (uint8_t)to;
        count++;
    }
    return count;
}

TEST(directories_in_a_ring_are_found_and_nothing_is_written_then) {
    if (!begin("-t ext3 -b 1024", 4096)) return;
    uint32_t a, b, c, orphan;
    IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name("a"), &folder, &a));
    IS(OK, ext2_create(image.fs, a, image_name("b"), &folder, &b));
    IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name("c"), &folder, &c));
    IS(OK, ext2_unmount(image.fs));
    EXPECT(set_parent(b, a, b) > 0);
    IS(OK, image_mount(&image, false));
    IS(CORRUPT, ext2_rename(image.fs, EXT2_ROOT, image_name("c"), b, image_name("c"), false, &orphan));
    uint64_t writes = image.writes;
    IS(READ_ONLY, ext2_create(image.fs, EXT2_ROOT, image_name("f"), &file, &orphan));
    IS(OK, ext2_lookup(image.fs, EXT2_ROOT, image_name("c"), &c));
    IS(IO, ext2_commit(image.fs));
    IS(IO, ext2_unmount(image.fs));
    EXPECT(image.writes == writes);
    // The disk knows of it: the next mount only reads, until e2fsck has mended it.
    IS(OK, image_mount(&image, false));
    IS(READ_ONLY, ext2_create(image.fs, EXT2_ROOT, image_name("f"), &file, &orphan));
    EXPECT(image_run(&image, "e2fsck -fy") == 1);
    IS(OK, image_mount(&image, false));
    IS(OK, ext2_rename(image.fs, EXT2_ROOT, image_name("c"), b, image_name("c"), false, &orphan));
    end();
}

TEST(a_file_system_that_was_not_unmounted_is_only_read_when_it_has_no_journal) {
    if (!begin("-t ext2 -b 1024", 4096)) return;
    uint32_t inode = create("f");
    IS(OK, ext2_commit(image.fs));
    IS(OK, image_mount(&image, false));
    IS(OK, ext2_lookup(image.fs, EXT2_ROOT, image_name("f"), &inode));
    IS(READ_ONLY, ext2_resize(image.fs, inode, 1));
    EXPECT(image_run(&image, "e2fsck -fy") <= 1);
    IS(OK, image_mount(&image, false));
    IS(OK, ext2_resize(image.fs, inode, 1));
    end();
}

TEST(too_little_memory_or_disk_is_refused) {
    if (!image_make(&image, "-t ext2 -b 4096", 4096, NULL)) return;
    IS(NO_MEMORY, ext2_mount(&image.fs, &image.device, image.memory, 4096, false));
    EXPECT(image.fs == NULL);
    IS(NO_MEMORY, ext2_mount(&image.fs, &image.device, image.memory, 90 * 4096, false));
    image.device.sectors -= 8;
    IS(CORRUPT, image_mount(&image, false));
    image.device.sectors = 1;
    IS(NOT_EXT2, image_mount(&image, false));
    image_free(&image);
}
