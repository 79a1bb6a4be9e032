// SPDX-License-Identifier: MIT
// Opens the boot image, which is believed no more than its checksum and its bounds allow.
#include "image.h"

#include "string.h"

_Static_assert(sizeof(struct image_header) == 32 && sizeof(struct image_file) == 64, "mkimage writes these sizes");

// The header's words before and with the checksum.
enum { UNCHECKED_WORDS = 2 };

#define BUILD_AGAIN "make it again with tools/mkimage"

uint64_t image_checksum(const uint64_t *words, size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum = (sum ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 32;
    }
    return sum;
}

// The table of files ends at `end`; each file lies behind it and behind the file before.
static bool has_good_files(const struct image *image, uint64_t end) {
    for (uint32_t i = 0; i < image->file_count; i++) {
        const struct image_file *file = &image->files[i];
        if (file->name[0] == '\0' || file->name[IMAGE_NAME - 1] != '\0') return false;
        if (file->offset % IMAGE_PAGE != 0 || file->offset < end || file->offset > image->size ||
            file->size > image->size - file->offset)
            return false;
        end = file->offset + file->size;
    }
    return true;
}

const char *image_open(struct image *image, const void *bytes, size_t size) {
    const struct image_header *header = bytes;
    if ((uintptr_t)bytes % IMAGE_PAGE != 0)
        return "the boot image does not begin on a page: load it at a multiple of 4096";
    if (size < sizeof(*header) || header->magic != IMAGE_MAGIC)
        return "the boot image is not one of Pagoda's: give one that tools/mkimage made with -initrd";
    if (header->version != IMAGE_VERSION) return "the boot image has another version than the kernel: " BUILD_AGAIN;
    if (header->size > size) return "the boot image is truncated: " BUILD_AGAIN;
    if (header->size < IMAGE_PAGE || header->size % IMAGE_PAGE != 0 || header->file_count > IMAGE_FILES_LIMIT)
        return "the boot image is corrupted: " BUILD_AGAIN;
    if (image_checksum((const uint64_t *)bytes + UNCHECKED_WORDS, header->size / sizeof(uint64_t) - UNCHECKED_WORDS) !=
        header->checksum)
        return "the boot image is corrupted (its checksum is wrong): " BUILD_AGAIN;
    *image = (struct image){bytes, header->size, header->file_count, (const struct image_file *)(header + 1)};
    if (!has_good_files(image, sizeof(*header) + header->file_count * sizeof(struct image_file)))
        return "the boot image is corrupted (its table of files is wrong): " BUILD_AGAIN;
    return NULL;
}

const struct image_file *image_find(const struct image *image, const char *name) {
    for (uint32_t i = 0; i < image->file_count; i++) {
        if (string_equal(image->files[i].name, name)) return &image->files[i];
    }
    return NULL;
}
