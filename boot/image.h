// SPDX-License-Identifier: MIT
// The boot image: an archive of named files, each beginning on a page of its own. tools/mkimage makes it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IMAGE_VERSION = 1, IMAGE_PAGE = 4096, IMAGE_FILES_LIMIT = 1024, IMAGE_NAME = 48 };

// The first eight bytes, "pagoda" and two line ends, which text-mode copying would change.
#define IMAGE_MAGIC UINT64_C(0x0a0d61646f676170)

// All numbers are little-endian. What no file covers is zero.
struct image_header {
    uint64_t magic;
    uint64_t checksum; // of everything behind this field, see image_checksum()
    uint32_t version;
    uint32_t file_count;
    uint64_t size; // of the whole image: a multiple of the page
    // The files follow, by ascending offset.
};

struct image_file {
    char name[IMAGE_NAME]; // not empty, ends with a zero byte
    uint64_t offset;       // a multiple of the page
    uint64_t size;
};

// An image that image_open() found well-formed.
struct image {
    const uint8_t *bytes;
    uint64_t size;
    uint32_t file_count;
    const struct image_file *files; // [file_count]
};

// `bytes` begins on a page, and `size` bytes are readable there: at least the image's own size.
// => NULL, or one sentence that says what is wrong and what to do
const char *image_open(struct image *image, const void *bytes, size_t size);

// => the file of this name, or NULL
const struct image_file *image_find(const struct image *image, const char *name);

static inline const void *image_bytes(const struct image *image, const struct image_file *file) {
    return image->bytes + file->offset;
}

// Every word is mixed in by a step that can be undone, so that no change of a single word goes unseen.
// An image has megabytes, and a CRC would take ten times as long.
uint64_t image_checksum(const uint64_t *words, size_t count);
