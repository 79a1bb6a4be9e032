// SPDX-License-Identifier: MIT
// Tests that work on one image at a time: it is made and mounted; in the end e2fsck judges it.
#pragma once

#include "ext2_image.h"
#include "tap.h"

static struct image image;
static const struct ext2_new file = {.mode = EXT2_MODE_FILE | 0644};

#define IS(error, call)                                                                                      \
    do {                                                                                                     \
        enum ext2_error found = (call);                                                                      \
        EXPECT(found == EXT2_##error, "%s, not %s: %s", ext2_error_text(found), #error, ext2_why(image.fs)); \
    } while (0)

// little: with no more memory than a mount must have
static bool begin_on(const char *options, unsigned kib, bool little) {
    if (!image_make(&image, options, kib, NULL)) {
        EXPECT(false, "mke2fs %s", options);
        return false;
    }
    image.little = little;
    IS(OK, image_mount(&image, false));
    return true;
}

static void end(void) {
    IS(OK, ext2_unmount(image.fs));
    EXPECT(image_is_clean(&image));
    image_free(&image);
}

static uint32_t create(const char *name) {
    uint32_t inode = 0;
    IS(OK, ext2_create(image.fs, EXT2_ROOT, image_name(name), &file, &inode));
    return inode;
}

static uint64_t free_blocks(void) {
    struct ext2_statistics statistics;
    ext2_statistics(image.fs, &statistics);
    return statistics.free_blocks;
}
