// SPDX-License-Identifier: MIT
// The boot image: what opens, what is refused, and that damage is always seen.
//   SAMPLE_IMAGE is what mkimage made of SAMPLE_SOURCE, named "image_test.c", and of an empty file, named "empty".
#include "image.h"

#include "tap.h"

enum { PAGES = 4, SIZE = PAGES * IMAGE_PAGE };

// An image of two files, which the tests may change.
struct sample {
    struct image_header header;
    struct image_file files[2];
    uint8_t first_page[IMAGE_PAGE - sizeof(struct image_header) - 2 * sizeof(struct image_file)];
    uint8_t pages[PAGES - 1][IMAGE_PAGE];
};

_Static_assert(sizeof(struct sample) == SIZE, "four pages");

static struct image image;

static void seal(struct sample *sample) {
    sample->header.checksum = image_checksum((const uint64_t *)(const void *)sample + 2, sample->header.size / 8 - 2);
}

static struct sample *make(void) {
    struct sample *sample = aligned_alloc(IMAGE_PAGE, SIZE);
    memset(sample, 0, SIZE);
    sample->header = (struct image_header){.magic = IMAGE_MAGIC, .version = 1, .file_count = 2, .size = SIZE};
    sample->files[0] = (struct image_file){"init", IMAGE_PAGE, IMAGE_PAGE + 100};
    sample->files[1] = (struct image_file){"bin/true", 3 * IMAGE_PAGE, IMAGE_PAGE};
    memset(sample->pages, 0x5a, IMAGE_PAGE + 100);
    memset(sample->pages[2], 0xa5, IMAGE_PAGE);
    seal(sample);
    return sample;
}

static void expect_refused(struct sample *sample, const char *part) {
    const char *wrong = image_open(&image, sample, SIZE);
    EXPECT(wrong != NULL && strstr(wrong, part) != NULL, "about '%s': %s", part, wrong);
}

// Like expect_refused, for a sample that is made and changed here, and has the right checksum all the same.
#define EXPECT_CHANGED_REFUSED(change, part) \
    do {                                     \
        struct sample *sample = make();      \
        sample->change;                      \
        seal(sample);                        \
        expect_refused(sample, part);        \
        free(sample);                        \
    } while (0)

TEST(files_are_found_by_name_with_their_bytes) {
    struct sample *sample = make();
    EXPECT(image_open(&image, sample, SIZE) == NULL && image.file_count == 2);
    const struct image_file *init = image_find(&image, "init"), *program = image_find(&image, "bin/true");
    EXPECT(init == &image.files[0] && image_bytes(&image, init) == sample->pages[0]);
    EXPECT(program == &image.files[1] && *(const uint8_t *)image_bytes(&image, program) == 0xa5);
    EXPECT(image_find(&image, "bin") == NULL && image_find(&image, "") == NULL && image_find(&image, "init2") == NULL);
    free(sample);
}

TEST(an_image_without_files_is_legal) {
    struct sample *sample = make();
    memset(sample->files, 0, sizeof(sample->files));
    sample->header.file_count = 0;
    sample->header.size = IMAGE_PAGE;
    seal(sample);
    EXPECT(image_open(&image, sample, SIZE) == NULL && image.file_count == 0 && image_find(&image, "init") == NULL);
    free(sample);
}

TEST(what_is_wrong_is_said) {
    EXPECT_CHANGED_REFUSED(header.magic++, "not one of Pagoda's");
    EXPECT_CHANGED_REFUSED(header.version++, "version");
    struct sample *sample = make();
    EXPECT(strstr(image_open(&image, (uint8_t *)sample + 8, SIZE - 8), "page") != NULL);
    sample->header.size = UINT64_MAX & ~(uint64_t)(IMAGE_PAGE - 1);
    expect_refused(sample, "truncated");
    sample->header.size = 0;
    expect_refused(sample, "corrupted");
    sample->header.size = IMAGE_PAGE + 1;
    expect_refused(sample, "corrupted");
    free(sample);
    sample = make();
    sample->header.file_count = UINT32_MAX;
    expect_refused(sample, "corrupted");
    free(sample);
}

TEST(files_must_be_named_and_lie_on_their_own_pages_inside_the_image) {
    EXPECT_CHANGED_REFUSED(files[0].name[0] = '\0', "table of files");
    EXPECT_CHANGED_REFUSED(files[1].name[IMAGE_NAME - 1] = 'x', "table of files");
    EXPECT_CHANGED_REFUSED(files[0].offset = 0, "table of files");
    EXPECT_CHANGED_REFUSED(files[0].offset++, "table of files");
    EXPECT_CHANGED_REFUSED(files[1].offset = 2 * IMAGE_PAGE, "table of files");
    EXPECT_CHANGED_REFUSED(files[1].offset = SIZE, "table of files");
    EXPECT_CHANGED_REFUSED(files[1].offset = UINT64_MAX & ~(uint64_t)(IMAGE_PAGE - 1), "table of files");
    EXPECT_CHANGED_REFUSED(files[1].size++, "table of files");
    EXPECT_CHANGED_REFUSED(files[0].size = UINT64_MAX, "table of files");
    EXPECT_CHANGED_REFUSED(header.file_count = 1000, "table of files");
}

TEST(every_truncation_is_seen) {
    struct sample *sample = make();
    for (size_t size = 0; size < SIZE; size += 1 + tap_random(16)) {
        struct sample *cut = aligned_alloc(IMAGE_PAGE, (size + IMAGE_PAGE) & ~(size_t)(IMAGE_PAGE - 1));
        memcpy(cut, sample, size);
        EXPECT(image_open(&image, cut, size) != NULL, "cut to %zu", size);
        free(cut);
    }
    free(sample);
}

TEST(every_changed_bit_is_seen) {
    struct sample *sample = make();
    uint8_t *bytes = (uint8_t *)sample;
    for (size_t at = 0; at < SIZE; at += 1 + tap_random(32)) {
        uint8_t bit = (uint8_t)(1 << tap_random(8));
        bytes[at] ^= bit;
        EXPECT(image_open(&image, sample, SIZE) != NULL, "byte %zu, bit %x", at, bit);
        bytes[at] ^= bit;
    }
    EXPECT(image_open(&image, sample, SIZE) == NULL);
    free(sample);
}

TEST(changes_of_two_neighbours_do_not_cancel_out) {
    struct sample *sample = make();
    uint64_t *words = (uint64_t *)(void *)sample;
    for (size_t at = 100; at < 110; at++) {
        for (int bit = 0; bit < 64; bit++) {
            words[at] ^= UINT64_C(1) << bit;
            words[at + 1] ^= UINT64_C(1) << bit;
            EXPECT(image_open(&image, sample, SIZE) != NULL, "word %zu, bit %d", at, bit);
            words[at] ^= UINT64_C(1) << bit;
            words[at + 1] ^= UINT64_C(1) << bit;
        }
    }
    EXPECT(image_open(&image, sample, SIZE) == NULL);
    free(sample);
}

TEST(lies_with_the_right_checksum_are_harmless) {
    struct sample *sample = make();
    uint8_t *bytes = (uint8_t *)sample;
    for (int round = 0; round < 5000; round++) {
        uint8_t before[sizeof(struct image_header) + 2 * sizeof(struct image_file)];
        memcpy(before, sample, sizeof(before));
        for (uint64_t count = 1 + tap_random(3); count > 0; count--)
            bytes[16 + tap_random(sizeof(before) - 16)] = (uint8_t)(tap_random(3) * 0x7f);
        if (sample->header.size <= SIZE && sample->header.size >= IMAGE_PAGE) seal(sample);
        if (image_open(&image, sample, SIZE) == NULL) {
            for (uint32_t i = 0; i < image.file_count; i++) {
                const struct image_file *file = &image.files[i];
                EXPECT(file->offset + file->size <= SIZE && strlen(file->name) < IMAGE_NAME);
            }
        }
        memcpy(sample, before, sizeof(before));
    }
    free(sample);
}

static void *load(const char *path, size_t room, size_t *size) {
    void *bytes = aligned_alloc(IMAGE_PAGE, room);
    FILE *file = fopen(path, "rb");
    *size = file != NULL ? fread(bytes, 1, room, file) : 0;
    EXPECT(file != NULL && *size < room, "%s", path);
    if (file != NULL) fclose(file);
    return bytes;
}

TEST(an_image_of_mkimage_opens_and_has_its_files) {
    const char *path = getenv("SAMPLE_IMAGE"), *source = getenv("SAMPLE_SOURCE");
    if (path == NULL || source == NULL) {
        tap_skipped = "SAMPLE_IMAGE and SAMPLE_SOURCE are not set";
        return;
    }
    size_t size, source_size;
    void *bytes = load(path, 1 << 20, &size), *expected = load(source, 1 << 20, &source_size);
    const char *wrong = image_open(&image, bytes, size);
    EXPECT(wrong == NULL && image.size == size && image.file_count == 2, "%s", wrong != NULL ? wrong : "it opens");
    const struct image_file *file = wrong == NULL ? image_find(&image, "image_test.c") : NULL;
    EXPECT(file != NULL && file->size == source_size && memcmp(image_bytes(&image, file), expected, source_size) == 0);
    file = wrong == NULL ? image_find(&image, "empty") : NULL;
    EXPECT(file != NULL && file->size == 0);
    free(bytes);
    free(expected);
}
