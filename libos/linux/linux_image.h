// SPDX-License-Identifier: MIT
// An executable as Linux reads it: hostile input, and the errors that Linux gives.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IMAGE_SEGMENTS = 32, IMAGE_HEADERS_MOST = 1170, IMAGE_FILE_HEADER = 64, IMAGE_PROGRAM_HEADER = 56 };

struct linux_segment {
    uint64_t va, size, offset, in_file;
    uint64_t protection;
};

struct linux_image {
    uint64_t entry;
    uint64_t headers;    // address of the program headers; 0: no segment has them
    uint64_t start, end; // of all segments
    uint32_t header_count, segment_count;
    uint64_t note; // where in the file the first note is; 0: there is none
    bool moves;    // it may be loaded anywhere; `entry` and all addresses are counted from there
    struct linux_segment segment[IMAGE_SEGMENTS];
};

struct linux_refusal {
    int64_t error; // negative
    const char *why;
};

// The file's first bytes. => where the program headers are, and how many bytes; error 0: go on
struct linux_refusal image_begin(struct linux_image *image, const uint8_t *bytes, size_t size, uint64_t *offset,
                                 uint64_t *length);
// The program headers.
struct linux_refusal image_headers(struct linux_image *image, const uint8_t *bytes, uint64_t offset);
