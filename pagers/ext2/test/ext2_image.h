// SPDX-License-Identifier: MIT
// Images that mke2fs made, as devices in memory that remember what was written, and e2fsck's judgement of them.
#pragma once

#include "ext2.h"

enum { IMAGE_MEMORY = 1 << 20 }; // what a mount is given

// One write, or a flush.
struct image_event {
    uint64_t sector;
    uint8_t *data; // null: a flush
    uint32_t bytes;
};

struct image {
    uint8_t *bytes;
    size_t size;
    struct ext2_device device;
    void *memory; // for the mount
    struct ext2 *fs;
    struct ext2_time time;
    bool recording, little; // little: a mount gets no more memory than it must have
    uint8_t *recorded_from;
    struct image_event *events;
    size_t event_count, event_room;
    int64_t transfers_left; // then they fail; negative: never
    uint64_t transfers, writes, settled;
    uint8_t *seen; // which blocks of 1 KiB the file system itself has read; null: nobody asks
};

// => made by mke2fs with these options, of so many KiB, with what is in `folder` (null: nothing); not mounted
// => false when there is no mke2fs
bool image_make(struct image *image, const char *options, unsigned kib, const char *folder);

// Another one with the same bytes. To be freed, like every image.
void image_copy(struct image *image, const struct image *from);
void image_free(struct image *image);

enum ext2_error image_mount(struct image *image, bool read_only);

// Writes the image to a file and lets a program of e2fsprogs see it; a line of its output at most is kept.
// => its exit status; the image is as the program left it
int image_run(struct image *image, const char *command);

// => e2fsck -fn finds nothing wrong; else it says what
bool image_is_clean(struct image *image);

// Keeps what is written from now on; forgets what was kept.
void image_record(struct image *image);
// => as it was when recording began; the events are kept
void image_undo(const struct image *image, struct image *before);

// ---- files, by the way that a server takes ----

struct ext2_name image_name(const char *text);

// One block of data, as the owner transfers it.
bool image_transfer(struct image *image, bool write, uint64_t block, uint32_t block_size, void *data);

// Content that can be told by `seed` and place. The blocks are allocated and written, the size is set.
enum ext2_error image_write(struct image *image, uint32_t inode, uint64_t from, uint64_t bytes, uint32_t seed);

// The same for at most `count` blocks, as many as one ext2_allocate makes.
enum ext2_error image_write_run(struct image *image, uint32_t inode, uint64_t file_block, uint32_t count,
                                uint32_t seed);

uint8_t image_content(uint32_t seed, uint64_t at);

// => a number that tells content and where it is
enum ext2_error image_digest_file(struct image *image, uint32_t inode, uint64_t *digest);

// => image_mix(1, ...) of all its bytes
enum ext2_error image_digest_bytes(struct image *image, uint32_t inode, uint64_t *digest);

// => the same of the whole tree: names, modes, links, owners, sizes, contents
enum ext2_error image_digest(struct image *image, uint64_t *digest, unsigned *inodes);

uint64_t image_mix(uint64_t digest, const void *bytes, size_t count);
