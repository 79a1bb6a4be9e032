// SPDX-License-Identifier: MIT
// Names, links and directories on images of every block size; e2fsck judges each at its end.
#include "ext2_image.h"

#include "tap.h"

static const struct shape {
    const char *options;
    unsigned kib;
} shapes[] = {
    {"-t ext3 -b 1024", 8192},
    {"-t ext3 -b 2048", 16384},
    {"-t ext3 -b 4096", 32768},
    {"-t ext2 -b 1024 -I 128", 4096},
    {"-t ext2 -b 4096 -O ^filetype", 16384},
    {"-t ext2 -b 1024 -r 0 -I 128 -O none", 2048},
    {"-t ext3 -b 1024 -O ^dir_index,^resize_inode -N 256 -g 1024", 8192},
};
enum { SHAPES = sizeof(shapes) / sizeof(*shapes) };

static struct image image;
static const struct ext2_new file = {.user = 70000, .group = 5, .mode = EXT2_MODE_FILE | 0644};
static const struct ext2_new folder = {.mode = EXT2_MODE_DIRECTORY | 0755};

static bool begin(const struct shape *shape, const char *from) {
    if (!image_make(&image, shape->options, shape->kib, from)) {
        EXPECT(false, "mke2fs %s", shape->options);
        return false;
    }
    enum ext2_error error = image_mount(&image, false);
    EXPECT(error == EXT2_OK, "%s: %s %s", shape->options, ext2_error_text(error), ext2_why(image.fs));
    return error == EXT2_OK;
}

// Unmounted or not, what is on the disk must be the same tree for us and whole for e2fsck.
// => false
static bool end(const struct shape *shape) {
    uint64_t before, after;
    unsigned inodes;
    EXPECT(image_digest(&image, &before, &inodes) == EXT2_OK, "%s", ext2_why(image.fs));
    EXPECT(ext2_unmount(image.fs) == EXT2_OK, "%s", ext2_why(image.fs));
    EXPECT(image_is_clean(&image), "%s", shape->options);
    EXPECT(image_mount(&image, true) == EXT2_OK, "%s", ext2_why(image.fs));
    EXPECT(image_digest(&image, &after, &inodes) == EXT2_OK);
    EXPECT(before == after, "%s", shape->options);
    image_free(&image);
    return false;
}

#define EACH_SHAPE(from)                                                       \
    for (const struct shape *shape = shapes; shape < shapes + SHAPES; shape++) \
        for (bool more = begin(shape, from); more; more = end(shape))

#define IS(error, call)                                                                                      \
    do {                                                                                                     \
        enum ext2_error found = (call);                                                                      \
        EXPECT(found == EXT2_##error, "%s, not %s: %s", ext2_error_text(found), #error, ext2_why(image.fs)); \
    } while (0)

static uint32_t find(uint32_t directory, const char *name) {
    uint32_t inode = 0;
    return ext2_lookup(image.fs, directory, image_name(name), &inode) == EXT2_OK ? inode : 0;
}

static uint32_t links(uint32_t inode) {
    struct ext2_attributes attributes;
    return ext2_attributes(image.fs, inode, &attributes) == EXT2_OK ? attributes.links : UINT32_MAX;
}

static void unlink_wholly(uint32_t directory, const char *name) {
    uint32_t orphan;
    IS(OK, ext2_unlink(image.fs, directory, image_name(name), &orphan));
    if (orphan != 0) IS(OK, ext2_discard(image.fs, orphan));
}

TEST(an_image_is_mounted_and_left_as_it_was) { EACH_SHAPE(NULL)(void) 0; }

TEST(names_can_be_made_found_and_taken_away) {
    EACH_SHAPE(NULL) {
        uint32_t inode, folder_inode;
        char name[16];
        IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name("folder"), &folder, &folder_inode));
        for (unsigned i = 0; i < 100; i++) {
            snprintf(name, sizeof(name), "file%u", i);
            IS(OK, ext2_create(image.fs, folder_inode, image_name(name), &file, &inode));
            EXPECT(find(folder_inode, name) == inode);
        }
        IS(EXISTS, ext2_create(image.fs, folder_inode, image_name("file7"), &file, &inode));
        for (unsigned i = 0; i < 100; i += 2) {
            snprintf(name, sizeof(name), "file%u", i);
            unlink_wholly(folder_inode, name);
            EXPECT(find(folder_inode, name) == 0);
        }
        EXPECT(find(folder_inode, "file1") != 0 && links(EXT2_ROOT) == 4 && links(folder_inode) == 2);
        IS(NOT_EMPTY, ext2_rmdir(image.fs, EXT2_ROOT, image_name("folder"), &inode));
    }
}

TEST(refusals_change_nothing) {
    EACH_SHAPE(NULL) {
        uint32_t inode, folder_inode, file_inode;
        char longest[257];
        memset(longest, 'n', 256);
        longest[256] = 0;
        IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name("d"), &folder, &folder_inode));
        IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name("f"), &file, &file_inode));
        IS(OK, ext2_create(image.fs, EXT2_ROOT, (struct ext2_name){longest, 255}, &file, &inode));
        IS(NAME_TOO_LONG, ext2_create(image.fs, EXT2_ROOT, image_name(longest), &file, &inode));
        IS(INVALID, ext2_create(image.fs, EXT2_ROOT, image_name(""), &file, &inode));
        IS(INVALID, ext2_create(image.fs, EXT2_ROOT, image_name(".."), &file, &inode));
        IS(INVALID, ext2_create(image.fs, EXT2_ROOT, image_name("a/b"), &file, &inode));
        IS(NOT_DIRECTORY, ext2_create(image.fs, file_inode, image_name("x"), &file, &inode));
        IS(NOT_FOUND, ext2_lookup(image.fs, EXT2_ROOT, image_name("x"), &inode));
        IS(IS_DIRECTORY, ext2_unlink(image.fs, EXT2_ROOT, image_name("d"), &inode));
        IS(NOT_DIRECTORY, ext2_rmdir(image.fs, EXT2_ROOT, image_name("f"), &inode));
        IS(IS_DIRECTORY, ext2_link(image.fs, folder_inode, EXT2_ROOT, image_name("l")));
        IS(INVALID, ext2_rmdir(image.fs, folder_inode, image_name("."), &inode));
        IS(NOT_FOUND, ext2_discard(image.fs, file_inode));
    }
}

TEST(links_are_counted) {
    EACH_SHAPE(NULL) {
        uint32_t inode, orphan;
        IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name("a"), &file, &inode));
        IS(OK, ext2_link(image.fs, inode, EXT2_ROOT, image_name("b")));
        IS(EXISTS, ext2_link(image.fs, inode, EXT2_ROOT, image_name("b")));
        EXPECT(links(inode) == 2 && find(EXT2_ROOT, "b") == inode);
        IS(OK, ext2_unlink(image.fs, EXT2_ROOT, image_name("a"), &orphan));
        EXPECT(orphan == 0 && links(inode) == 1);
        IS(OK, ext2_unlink(image.fs, EXT2_ROOT, image_name("b"), &orphan));
        EXPECT(orphan == inode && links(inode) == 0);
        IS(NOT_FOUND, ext2_link(image.fs, inode, EXT2_ROOT, image_name("again")));
    }
}

TEST(symbolic_links_are_short_or_long) {
    EACH_SHAPE(NULL) {
        char text[1024];
        char read[4096];
        memset(text, 't', sizeof(text));
        const size_t lengths[] = {1, 59, 60, 61, 1023};
        for (unsigned i = 0; i < 5; i++) {
            char name[8];
            uint32_t inode;
            size_t length = 0;
            snprintf(name, sizeof(name), "l%u", i);
            IS(OK, ext2_symlink(image.fs, EXT2_ROOT, image_name(name), (struct ext2_name){text, lengths[i]}, &file,
                                &inode));
            IS(OK, ext2_read_link(image.fs, inode, read, sizeof(read), &length));
            EXPECT(length == lengths[i] && memcmp(read, text, length) == 0);
            if (i % 2 == 1) unlink_wholly(EXT2_ROOT, name);
        }
    }
}

TEST(special_files_keep_their_numbers) {
    EACH_SHAPE(NULL) {
        const uint32_t devices[] = {0x0103, 0x12345};
        for (unsigned i = 0; i < 2; i++) {
            struct ext2_new new = {.device = devices[i], .mode = EXT2_MODE_CHARACTER | 0600};
            struct ext2_attributes attributes;
            uint32_t inode;
            IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name(i == 0 ? "null" : "wide"), &new, &inode));
            IS(OK, ext2_attributes(image.fs, inode, &attributes));
            EXPECT(attributes.device == devices[i]);
        }
        struct ext2_new fifo = {.mode = EXT2_MODE_FIFO | 0600};
        uint32_t inode;
        IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name("fifo"), &fifo, &inode));
        unlink_wholly(EXT2_ROOT, "wide");
    }
}

TEST(attributes_are_changed_one_by_one) {
    EACH_SHAPE(NULL) {
        uint32_t inode;
        struct ext2_attributes attributes;
        IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name("f"), &file, &inode));
        struct ext2_change change = {.what = EXT2_SET_MODE | EXT2_SET_GROUP | EXT2_SET_MODIFIED,
                                     .mode = 0x6000 | 04711,
                                     .group = 100000,
                                     .modified = {-5, 123456789}};
        IS(OK, ext2_change(image.fs, inode, &change));
        IS(OK, ext2_attributes(image.fs, inode, &attributes));
        EXPECT(attributes.mode == (EXT2_MODE_FILE | 04711) && attributes.group == 100000 && attributes.user == 70000);
        EXPECT(attributes.modified.seconds == -5 && attributes.changed.seconds == 1700000000);
    }
}

TEST(a_directory_moves_with_its_parent) {
    EACH_SHAPE(NULL) {
        uint32_t a, b, c, orphan, inode;
        IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name("a"), &folder, &a));
        IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name("b"), &folder, &b));
        IS(OK, ext2_create(image.fs, a, image_name("c"), &folder, &c));
        IS(OK, ext2_create(image.fs, c, image_name("f"), &file, &inode));
        IS(INVALID, ext2_rename(image.fs, EXT2_ROOT, image_name("a"), a, image_name("x"), false, &orphan));
        IS(INVALID, ext2_rename(image.fs, EXT2_ROOT, image_name("a"), c, image_name("x"), false, &orphan));
        IS(OK, ext2_rename(image.fs, a, image_name("c"), b, image_name("d"), false, &orphan));
        EXPECT(orphan == 0 && find(b, "d") == c && find(a, "c") == 0 && find(c, "..") == b);
        EXPECT(links(a) == 2 && links(b) == 3 && links(c) == 2);
        IS(OK, ext2_rename(image.fs, EXT2_ROOT, image_name("a"), c, image_name("a"), false, &orphan));
        EXPECT(find(a, "..") == c && links(EXT2_ROOT) == 4);
        IS(OK, ext2_rename(image.fs, c, image_name("a"), c, image_name("a2"), false, &orphan));
        EXPECT(find(c, "a2") == a && links(c) == 3);
    }
}

TEST(renaming_replaces_like_by_like) {
    EACH_SHAPE(NULL) {
        uint32_t d1, d2, f1, f2, orphan, inode;
        IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name("d1"), &folder, &d1));
        IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name("d2"), &folder, &d2));
        IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name("f1"), &file, &f1));
        IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name("f2"), &file, &f2));
        IS(NOT_FOUND, ext2_rename(image.fs, EXT2_ROOT, image_name("no"), EXT2_ROOT, image_name("f2"), false, &orphan));
        IS(IS_DIRECTORY,
           ext2_rename(image.fs, EXT2_ROOT, image_name("f1"), EXT2_ROOT, image_name("d1"), false, &orphan));
        IS(NOT_DIRECTORY,
           ext2_rename(image.fs, EXT2_ROOT, image_name("d1"), EXT2_ROOT, image_name("f1"), false, &orphan));
        IS(EXISTS, ext2_rename(image.fs, EXT2_ROOT, image_name("f1"), EXT2_ROOT, image_name("f2"), true, &orphan));
        IS(OK, ext2_rename(image.fs, EXT2_ROOT, image_name("f1"), EXT2_ROOT, image_name("f2"), false, &orphan));
        EXPECT(orphan == f2 && find(EXT2_ROOT, "f2") == f1 && find(EXT2_ROOT, "f1") == 0);
        IS(OK, ext2_discard(image.fs, orphan));
        IS(OK, ext2_create(image.fs, d2, image_name("in"), &file, &inode));
        IS(NOT_EMPTY, ext2_rename(image.fs, EXT2_ROOT, image_name("d1"), EXT2_ROOT, image_name("d2"), false, &orphan));
        unlink_wholly(d2, "in");
        IS(OK, ext2_rename(image.fs, EXT2_ROOT, image_name("d1"), EXT2_ROOT, image_name("d2"), false, &orphan));
        EXPECT(orphan == d2 && find(EXT2_ROOT, "d2") == d1 && links(EXT2_ROOT) == 4);
        IS(NOT_FOUND, ext2_create(image.fs, d2, image_name("late"), &file, &inode));
        IS(OK, ext2_link(image.fs, f1, EXT2_ROOT, image_name("same")));
        IS(OK, ext2_rename(image.fs, EXT2_ROOT, image_name("same"), EXT2_ROOT, image_name("f2"), false, &orphan));
        EXPECT(orphan == 0 && find(EXT2_ROOT, "same") == f1 && links(f1) == 2);
    }
}

static bool count_to(void *context, const struct ext2_entry *entry) {
    uint64_t *state = context; // where it stands, and how many it may see
    state[0] = entry->next;
    state[2]++;
    return --state[1] > 0;
}

TEST(a_listing_goes_on_where_it_stopped) {
    EACH_SHAPE(NULL) {
        uint32_t inode;
        char name[32];
        for (unsigned i = 0; i < 70; i++) {
            snprintf(name, sizeof(name), "a rather long name %u", i);
            IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name(name), &file, &inode));
        }
        uint64_t state[3] = {0, 0, 0};
        for (unsigned i = 0; i < 50; i++) {
            state[1] = 3;
            IS(OK, ext2_list(image.fs, EXT2_ROOT, state[0], count_to, state));
        }
        EXPECT(state[2] == 73, "%lu", state[2]); // with the dots and lost+found
        // An entry that stands at the position goes away: its successor is next.
        state[0] = state[2] = 0;
        state[1] = 10;
        IS(OK, ext2_list(image.fs, EXT2_ROOT, 0, count_to, state));
        unlink_wholly(EXT2_ROOT, "a rather long name 6");
        unlink_wholly(EXT2_ROOT, "a rather long name 7");
        state[1] = 1000;
        IS(OK, ext2_list(image.fs, EXT2_ROOT, state[0], count_to, state));
        EXPECT(state[2] == 72, "%lu", state[2]);
    }
}

TEST(what_mke2fs_put_in_is_found) {
    EACH_SHAPE(getenv("EXT2_FOLDER")) {
        uint32_t inode = find(EXT2_ROOT, "tap.h");
        struct ext2_attributes attributes;
        uint64_t digest;
        IS(OK, ext2_attributes(image.fs, inode, &attributes));
        EXPECT(attributes.size > 1000);
        IS(OK, image_digest_file(&image, inode, &digest));
        if (inode != 0) unlink_wholly(EXT2_ROOT, "tap.h");
    }
}
