// SPDX-License-Identifier: MIT
// A write load for power cuts. It keeps a copy of every file in memory, and says on the console what must be on the
// disk:
//
//   touching PATH        from here on the file may be anything that was ever written to it, or be gone
//   synced PATH SIZE CRC it has this size and this checksum, whatever happens, until it is touched
//
// `tools/powercut.py` stops the machine at some moment, and holds what the disk has against what was said last.
#include <os/begin.h>
#include <os/files.h>
#include <os/parts.h>
#include <os/print.h>
#include <os/process.h>
#include <os/stubs.h>
#include <stdbool.h>
#include <stddef.h>

#include "string.h"
#include "words.h"

enum {
    PAGE = 4096,
    FILES = 12,
    SIZE_MOST = 192 << 10,
    PIECE_MOST = 24 << 10,
    PATH_SIZE = 24,
};

#define MAPPING 0x2900000000ul

static const char usage[] = "scribble [seed=1] [steps=1000000]\n";

// A file as it should be.
struct copy {
    char path[PATH_SIZE];
    bool is_there;
    uint64_t size;
    uint8_t *bytes;
};

static struct copy copies[FILES];
static uint64_t seed = 1, steps = 1000000;
static uint32_t crc_table[256];

static uint64_t random(uint64_t below) {
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (seed >> 24) % below;
}

static void make_crc_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++) value = value >> 1 ^ ((value & 1) != 0 ? 0xedb88320u : 0);
        crc_table[i] = value;
    }
}

static uint32_t crc(const uint8_t *bytes, uint64_t size) {
    uint32_t value = UINT32_MAX;
    for (uint64_t i = 0; i < size; i++) value = value >> 8 ^ crc_table[(value ^ bytes[i]) & 0xff];
    return ~value;
}

// ---- what may go wrong ends the program: the load is to be one that a sound disk bears ----

static void must(enum file_error error, const char *what, const struct copy *copy) {
    if (error == FILE_OK) return;
    os_print("scribble: %s of %s: %s: %s\n", what, copy->path, file_error_name(error), file_error_sentence(error));
    os_exit(1);
}

static uint32_t open(const struct copy *copy, uint64_t flags) {
    uint32_t file = 0;
    must(os_file_open(FILE_ROOT, copy->path, flags | FILE_READ | FILE_WRITE, 0644, &file), "open", copy);
    return file;
}

static void touching(const struct copy *copy) { os_print("touching %s\n", copy->path); }

static void synced(const struct copy *copy) {
    os_print("synced %s %lu %08x\n", copy->path, copy->size, crc(copy->bytes, copy->size));
}

static void sync(struct copy *copy, uint32_t file) {
    must(os_file_sync(file, random(2) != 0 ? FILE_DATA_ONLY : 0), "sync", copy);
    synced(copy);
}

static void write(struct copy *copy, uint32_t file, uint64_t offset, uint64_t size) {
    uint64_t done = 0;
    for (uint64_t i = 0; i < size; i++) copy->bytes[offset + i] = (uint8_t)random(256);
    must(os_file_write(file, copy->bytes + offset, size, offset, &done), "write", copy);
    if (done != size) must(FILE_NO_SPACE, "write", copy);
    if (offset + size > copy->size) copy->size = offset + size;
}

// ---- what is done to a file ----

static void make(struct copy *copy) {
    uint32_t file = open(copy, FILE_MAKE | FILE_TRUNCATE);
    memset(copy->bytes, 0, SIZE_MOST);
    copy->is_there = true;
    copy->size = 0;
    for (uint64_t pieces = random(6); pieces > 0; pieces--)
        write(copy, file, random(SIZE_MOST - PIECE_MOST), 1 + random(PIECE_MOST)); // with holes
    sync(copy, file);
    must(os_file_close(file), "close", copy);
}

static void change(struct copy *copy) {
    uint32_t file = open(copy, 0);
    for (uint64_t pieces = 1 + random(4); pieces > 0; pieces--)
        write(copy, file, random(SIZE_MOST - PIECE_MOST), 1 + random(PIECE_MOST));
    sync(copy, file);
    must(os_file_close(file), "close", copy);
}

static void cut(struct copy *copy) {
    uint32_t file = open(copy, 0);
    uint64_t size = random(SIZE_MOST);
    must(os_file_truncate(file, size), "truncate", copy);
    if (size < copy->size) memset(copy->bytes + size, 0, copy->size - size);
    copy->size = size;
    sync(copy, file);
    must(os_file_close(file), "close", copy);
}

static void change_by_mapping(struct copy *copy) {
    struct os_object object;
    if (copy->size == 0) return;
    uint64_t pages = (copy->size + PAGE - 1) / PAGE;
    uint32_t file = open(copy, 0);
    enum file_error error = os_file_map(&object, file, MAPPING, 0, pages, RIGHT_READ | RIGHT_WRITE | FILE_SHARED);
    must(error, "map", copy);
    for (uint64_t count = 1 + random(40); count > 0; count--) {
        uint64_t offset = random(copy->size);
        ((volatile uint8_t *)MAPPING)[offset] = copy->bytes[offset] = (uint8_t)random(256);
    }
    must(os_file_map_sync(&object, 0, pages), "msync", copy);
    synced(copy);
    os_detach(&object);
    must(os_file_close(file), "close", copy);
}

static void remove(struct copy *copy) {
    must(os_file_remove(FILE_ROOT, copy->path, 0), "remove", copy);
    copy->is_there = false;
}

// In place of another, as programs save what they edited.
static void save(struct copy *copy) {
    struct copy fresh = {.path = "/scribble/fresh", .bytes = copy->bytes};
    make(&fresh);
    touching(&fresh);
    must(os_file_rename(FILE_ROOT, fresh.path, FILE_ROOT, copy->path, 0), "rename", copy);
    copy->size = fresh.size;
    uint32_t file = open(copy, 0);
    must(os_file_sync(FILE_ROOT, 0), "sync of all", copy);
    synced(copy);
    must(os_file_close(file), "close", copy);
}

// Names come and go while others are synced.
static void make_directories(uint64_t number) {
    struct copy place = {.path = "/scribble/directory0"};
    place.path[string_length(place.path) - 1] = (char)('0' + number % 8);
    enum file_error error = os_file_make(FILE_ROOT, place.path, FILE_TYPE_DIRECTORY | 0755, 0);
    if (error == FILE_EXISTS)
        must(os_file_remove(FILE_ROOT, place.path, FILE_A_DIRECTORY), "remove", &place);
    else
        must(error, "make", &place);
}

static void step(struct copy *copy) {
    touching(copy);
    if (!copy->is_there) {
        make(copy);
        return;
    }
    switch (random(8)) {
    case 0:
        remove(copy);
        break;
    case 1:
        cut(copy);
        break;
    case 2:
        save(copy);
        break;
    case 3:
    case 4:
        change_by_mapping(copy);
        break;
    default:
        change(copy);
        break;
    }
    make_directories(random(8));
}

// What the files server gives back is what was written.
static void look(struct copy *copy) {
    static uint8_t bytes[SIZE_MOST];
    uint64_t done = 0;
    if (!copy->is_there) return;
    uint32_t file = open(copy, 0);
    must(os_file_read(file, bytes, SIZE_MOST, 0, &done), "read", copy);
    if (done != copy->size || memcmp(bytes, copy->bytes, done) != 0) must(FILE_CORRUPT, "comparison", copy);
    must(os_file_close(file), "close", copy);
}

static bool begin(void) {
    struct result heap = os_heap_grow(FILES * SIZE_MOST / PAGE);
    if (heap.status != STATUS_OK) {
        os_print("scribble: it needs %u bytes of heap\n", FILES * SIZE_MOST);
        return false;
    }
    for (unsigned i = 0; i < FILES; i++) {
        memcpy(copies[i].path, "/scribble/file-a", 17);
        copies[i].path[15] = (char)('a' + i);
        copies[i].bytes = (uint8_t *)heap.value + i * (uint64_t)SIZE_MOST;
    }
    enum file_error error = os_files_begin("files", OS_FILES);
    if (error == FILE_OK) error = os_file_make(FILE_ROOT, "/scribble", FILE_TYPE_DIRECTORY | 0755, 0);
    if (error == FILE_OK) return true;
    os_print("scribble: cannot begin: %s\n", file_error_sentence(error));
    return false;
}

int main(void) {
    const struct words_setting settings[] = {{"seed", &seed, 0, UINT64_MAX}, {"steps", &steps, 1, UINT64_MAX}};
    if (!words_read(usage, NULL, 0, settings, 2)) return 2;
    make_crc_table();
    if (!begin()) return 1;
    for (uint64_t n = 0; n < steps; n++) {
        step(&copies[random(FILES)]);
        if (n % 16 == 15) look(&copies[random(FILES)]);
    }
    os_print("scribble: %lu steps done\n", steps);
    return 0;
}
