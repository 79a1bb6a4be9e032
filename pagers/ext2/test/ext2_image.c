// SPDX-License-Identifier: MIT
// Images in memory, and in files where e2fsprogs shall see them.
#include "ext2_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *path(void) {
    static char text[256];
    const char *folder = getenv("TMPDIR");
    snprintf(text, sizeof(text), "%s/ext2-%d.img", folder != NULL ? folder : "/tmp", (int)getpid());
    return text;
}

static int run(const char *command) {
    char line[1400];
    snprintf(line, sizeof(line), "PATH=$PATH:/usr/sbin:/sbin; %s", command);
    fflush(stdout);
    int status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// ---- the device ----

static void keep(struct image *image, uint64_t sector, const void *data, uint32_t bytes) {
    if (image->event_count == image->event_room) {
        image->event_room = image->event_room * 2 + 64;
        image->events = realloc(image->events, image->event_room * sizeof(*image->events));
    }
    struct image_event *event = &image->events[image->event_count++];
    *event = (struct image_event){sector, NULL, bytes};
    if (data != NULL) event->data = memcpy(malloc(bytes), data, bytes);
}

static bool transfer_data(struct image *image, bool write, const struct ext2_transfer *list, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const struct ext2_transfer *one = &list[i];
        image->transfers++;
        if (image->transfers_left == 0) return false;
        if (image->transfers_left > 0) image->transfers_left--;
        if (one->sector > image->size || one->sector * EXT2_SECTOR + one->bytes > image->size ||
            one->bytes % EXT2_SECTOR != 0)
            return false;
        uint8_t *place = image->bytes + one->sector * EXT2_SECTOR;
        if (write && image->recording) keep(image, one->sector, one->data, one->bytes);
        memcpy(write ? place : one->data, write ? one->data : place, one->bytes);
    }
    return true;
}

static bool transfer(void *owner, bool write, const struct ext2_transfer *list, uint32_t count) {
    struct image *image = owner;
    if (count == 0 || count > EXT2_TRANSFERS) abort();
    image->writes += write ? count : 0;
    bool good = transfer_data(image, write, list, count);
    for (uint32_t i = 0; good && image->seen != NULL && i < count; i++)
        for (uint32_t at = 0; at < list[i].bytes; at += 1024)
            image->seen[(list[i].sector * EXT2_SECTOR + at) / 1024] = 1;
    return good;
}

static bool flush(void *owner) {
    struct image *image = owner;
    if (image->recording) keep(image, 0, NULL, 0);
    return image->transfers_left != 0;
}

static void settle(void *owner) { ((struct image *)owner)->settled++; }

static struct ext2_time now(void *owner) {
    struct image *image = owner;
    image->time.nanoseconds += 1000;
    return image->time;
}

static void set_up(struct image *image, size_t size) {
    *image = (struct image){.size = size, .time = {1700000000, 0}, .transfers_left = -1};
    image->bytes = malloc(size);
    image->memory = aligned_alloc(4096, IMAGE_MEMORY);
    image->device = (struct ext2_device){image, size / EXT2_SECTOR, transfer, flush, settle, now};
}

static bool load(struct image *image) {
    FILE *file = fopen(path(), "rb");
    if (file == NULL) return false;
    bool whole = fread(image->bytes, 1, image->size, file) == image->size;
    fclose(file);
    return whole;
}

bool image_make(struct image *image, const char *options, unsigned kib, const char *folder) {
    char line[1200];
    set_up(image, (size_t)kib * 1024);
    snprintf(line, sizeof(line), "rm -f %s; mke2fs -q -F %s%s%s %s %uk >/dev/null 2>&1", path(), options,
             folder != NULL ? " -d " : "", folder != NULL ? folder : "", path(), kib);
    bool made = run(line) == 0 && load(image);
    unlink(path());
    if (!made) image_free(image);
    return made;
}

void image_copy(struct image *image, const struct image *from) {
    set_up(image, from->size);
    memcpy(image->bytes, from->bytes, from->size);
}

void image_record(struct image *image) {
    for (size_t i = 0; i < image->event_count; i++) free(image->events[i].data);
    image->event_count = 0;
    image->recording = true;
    free(image->recorded_from);
    image->recorded_from = memcpy(malloc(image->size), image->bytes, image->size);
}

void image_undo(const struct image *image, struct image *before) {
    image_copy(before, image);
    memcpy(before->bytes, image->recorded_from, image->size);
}

void image_free(struct image *image) {
    for (size_t i = 0; i < image->event_count; i++) free(image->events[i].data);
    free(image->events);
    free(image->recorded_from);
    free(image->bytes);
    free(image->memory);
    *image = (struct image){0};
}

enum ext2_error image_mount(struct image *image, bool read_only) {
    const size_t block = (size_t)1024 << (image->bytes[1024 + 24] & 3);
    size_t bytes = image->little ? (EXT2_LEAST_BUFFERS + 1) * (block + 80) + 3 * 4096 : IMAGE_MEMORY;
    return ext2_mount(&image->fs, &image->device, image->memory, bytes, read_only);
}

int image_run(struct image *image, const char *command) {
    char line[1200];
    FILE *file = fopen(path(), "wb");
    if (file == NULL || fwrite(image->bytes, 1, image->size, file) != image->size) return -1;
    fclose(file);
    snprintf(line, sizeof(line), "%s %s >%s.out 2>&1", command, path(), path());
    int status = run(line);
    if (!load(image)) status = -1;
    unlink(path());
    return status;
}

bool image_is_clean(struct image *image) {
    char line[1200];
    int status = image_run(image, "e2fsck -fn");
    if (status != 0) {
        snprintf(line, sizeof(line), "sed 's/^/# /' %s.out | head -30", path());
        run(line);
    }
    snprintf(line, sizeof(line), "%s.out", path());
    unlink(line);
    return status == 0;
}

// ---- files ----

struct ext2_name image_name(const char *text) {
    return (struct ext2_name){text, strlen(text)};
}

uint8_t image_content(uint32_t seed, uint64_t at) { return (uint8_t)(seed * 31 + at * 7 + at / 251); }

bool image_transfer(struct image *image, bool write, uint64_t block, uint32_t block_size, void *data) {
    struct ext2_transfer one = {block * block_size / EXT2_SECTOR, data, block_size};
    return transfer_data(image, write, &one, 1);
}

static enum ext2_error write_block(struct image *image, const struct ext2_run *run, uint64_t file_block, uint64_t from,
                                   uint64_t end, uint32_t seed, uint32_t block_size) {
    uint8_t data[4096] = {0};
    if (!run->fresh && !image_transfer(image, false, run->block, block_size, data)) return EXT2_IO;
    for (uint32_t i = 0; i < block_size; i++) {
        uint64_t at = file_block * block_size + i;
        if (at >= from && at < end) data[i] = image_content(seed, at);
    }
    return image_transfer(image, true, run->block, block_size, data) ? EXT2_OK : EXT2_IO;
}

enum ext2_error image_write(struct image *image, uint32_t inode, uint64_t from, uint64_t bytes, uint32_t seed) {
    struct ext2_statistics statistics;
    ext2_statistics(image->fs, &statistics);
    const uint32_t size = statistics.block_size;
    for (uint64_t block = from / size; block * size < from + bytes;) {
        struct ext2_run run;
        uint64_t left = (from + bytes + size - 1) / size - block;
        enum ext2_error error = ext2_allocate(image->fs, inode, block, (uint32_t)left, from + bytes, &run);
        for (uint32_t i = 0; i < run.count && error == EXT2_OK; i++, block++) {
            const struct ext2_run one = {run.block + i, 1, run.fresh};
            error = write_block(image, &one, block, from, from + bytes, seed, size);
        }
        if (error != EXT2_OK) return error;
    }
    return EXT2_OK;
}

enum ext2_error image_write_run(struct image *image, uint32_t inode, uint64_t file_block, uint32_t count,
                                uint32_t seed) {
    struct ext2_statistics statistics;
    struct ext2_run run;
    ext2_statistics(image->fs, &statistics);
    const uint32_t size = statistics.block_size;
    const uint64_t from = file_block * size, end = (file_block + count) * size;
    enum ext2_error error = ext2_allocate(image->fs, inode, file_block, count, end, &run);
    for (uint32_t i = 0; error == EXT2_OK && i < run.count; i++) {
        const struct ext2_run one = {run.block + i, 1, run.fresh};
        error = write_block(image, &one, file_block + i, from, end, seed, size);
    }
    return error;
}
