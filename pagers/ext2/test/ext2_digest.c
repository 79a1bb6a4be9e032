// SPDX-License-Identifier: MIT
// Numbers that tell what is in files, and in whole trees.
#include "ext2_image.h"

uint64_t image_mix(uint64_t digest, const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) digest = (digest ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
    return digest;
}

static enum ext2_error digest_file(struct image *image, uint32_t inode, bool holes, uint64_t *digest) {
    struct ext2_statistics statistics;
    struct ext2_attributes attributes;
    ext2_statistics(image->fs, &statistics);
    const uint32_t size = statistics.block_size;
    enum ext2_error error = ext2_attributes(image->fs, inode, &attributes);
    for (uint64_t block = 0; error == EXT2_OK && block * size < attributes.size;) {
        struct ext2_run run;
        uint64_t left = (attributes.size + size - 1) / size - block;
        error = ext2_map(image->fs, inode, block, left > 1 << 30 ? 1 << 30 : (uint32_t)left, &run);
        if (error == EXT2_OK && run.block == 0 && !holes) block += run.count, run.count = 0;
        for (uint32_t i = 0; i < run.count && error == EXT2_OK; i++, block++) {
            uint8_t data[4096] = {0};
            if (run.block != 0 && !image_transfer(image, false, run.block + i, size, data)) return EXT2_IO;
            uint64_t here = attributes.size - block * size;
            *digest = image_mix(holes ? *digest : *digest ^ block << 20, data, here < size ? here : size);
        }
    }
    return error;
}

enum ext2_error image_digest_file(struct image *image, uint32_t inode, uint64_t *digest) {
    *digest = 0x1234567;
    return digest_file(image, inode, false, digest);
}

enum ext2_error image_digest_bytes(struct image *image, uint32_t inode, uint64_t *digest) {
    *digest = 1;
    return digest_file(image, inode, true, digest);
}

// ---- the tree, without recursion ----

enum { TREE_LIMIT = 4096 };

struct walk {
    uint64_t digest, names; // names are summed: their order does not matter
    uint32_t queue[TREE_LIMIT], parent;
    unsigned count;
};

static bool see_name(void *context, const struct ext2_entry *entry) {
    struct walk *walk = context;
    uint64_t one = image_mix(entry->inode, entry->name.text, entry->name.length);
    walk->names += one ^ one >> 29;
    for (unsigned i = 0; i < walk->count; i++)
        if (walk->queue[i] == entry->inode) return true;
    if (walk->count < TREE_LIMIT) walk->queue[walk->count++] = entry->inode;
    return true;
}

static enum ext2_error digest_inode(struct image *image, struct walk *walk, uint32_t inode) {
    struct ext2_attributes attributes;
    enum ext2_error error = ext2_attributes(image->fs, inode, &attributes);
    if (error != EXT2_OK) return error;
    bool directory = (attributes.mode & EXT2_MODE_TYPE) == EXT2_MODE_DIRECTORY;
    const uint64_t words[] = {inode,
                              attributes.mode,
                              attributes.links,
                              attributes.user,
                              attributes.group,
                              directory ? 0 : attributes.size,
                              attributes.device};
    uint64_t content_digest = image_mix(0x777, words, sizeof(words));
    if ((attributes.mode & EXT2_MODE_TYPE) == EXT2_MODE_FILE) {
        uint64_t file;
        error = image_digest_file(image, inode, &file);
        content_digest ^= file;
    } else if ((attributes.mode & EXT2_MODE_TYPE) == EXT2_MODE_LINK) {
        char text[4096];
        size_t length = 0;
        error = ext2_read_link(image->fs, inode, text, sizeof(text), &length);
        content_digest = image_mix(content_digest, text, error == EXT2_OK ? length : 0);
    } else if (directory) {
        walk->names = 0;
        error = ext2_list(image->fs, inode, 0, see_name, walk);
        content_digest ^= walk->names;
    }
    walk->digest += content_digest * (2 * (uint64_t)inode + 1);
    return error;
}

enum ext2_error image_digest(struct image *image, uint64_t *digest, unsigned *inodes) {
    static struct walk walk;
    walk = (struct walk){.count = 1, .queue = {EXT2_ROOT}};
    for (unsigned i = 0; i < walk.count; i++) {
        enum ext2_error error = digest_inode(image, &walk, walk.queue[i]);
        if (error != EXT2_OK) return error;
    }
    *digest = walk.digest;
    *inodes = walk.count;
    return EXT2_OK;
}
