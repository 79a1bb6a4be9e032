// SPDX-License-Identifier: MIT
// Devices that live in the process. What `number` a file of theirs has is its place in the table.
#include "linux_device.h"

#include "linux_errors.h"
#include "linux_random.h"
#include "linux_user.h"
#include "string.h"

enum { MODE = 020666, MEMORY_DEVICE = 0x100, BLOCK_SIZE = 4096, DEVICE_FOLDER = 6 };

static int64_t read_nothing(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    (void)file, (void)to, (void)size, (void)offset;
    return 0;
}

static int64_t write_all(struct linux_file *file, uint64_t from, uint64_t size, uint64_t offset) {
    (void)file, (void)from, (void)offset;
    return (int64_t)size;
}

static int64_t write_none(struct linux_file *file, uint64_t from, uint64_t size, uint64_t offset) {
    (void)file, (void)from, (void)size, (void)offset;
    return -ENOSPC;
}

static int64_t read_zero(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    static const uint8_t zeros[512];
    uint64_t done = 0;
    (void)file, (void)offset;
    while (done < size) {
        uint64_t some = size - done < sizeof zeros ? size - done : sizeof zeros;
        if (!user_write(to + done, zeros, some)) return done != 0 ? (int64_t)done : -EFAULT;
        done += some;
    }
    return (int64_t)done;
}

static int64_t read_random(struct linux_file *file, uint64_t to, uint64_t size, uint64_t offset) {
    uint64_t done = 0;
    (void)file, (void)offset;
    while (done < size) {
        uint64_t word = random_word(), some = size - done < sizeof word ? size - done : sizeof word;
        if (!user_write(to + done, &word, some)) return done != 0 ? (int64_t)done : -EFAULT;
        done += some;
    }
    return (int64_t)done;
}

// They have no position.
static int64_t seek(struct linux_file *file, int64_t offset, uint32_t from) {
    (void)file, (void)offset, (void)from;
    return 0;
}

static int64_t stat(struct linux_file *file, struct linux_stat *stat);

static const struct linux_file_kind null = {
    .name = "null", .read = read_nothing, .write = write_all, .seek = seek, .stat = stat};
static const struct linux_file_kind zero = {
    .name = "zero", .read = read_zero, .write = write_all, .seek = seek, .stat = stat};
static const struct linux_file_kind full = {
    .name = "full", .read = read_zero, .write = write_none, .seek = seek, .stat = stat};
static const struct linux_file_kind chance = {
    .name = "random", .read = read_random, .write = write_all, .seek = seek, .stat = stat};

static const struct {
    const char *name;
    const struct linux_file_kind *kind;
    uint32_t minor;
} devices[] = {
    {"null", &null, 3}, {"zero", &zero, 5}, {"full", &full, 7}, {"random", &chance, 8}, {"urandom", &chance, 9}};

static void describe(uint32_t minor, struct linux_stat *stat) {
    *stat = (struct linux_stat){.device = DEVICE_FOLDER,
                                .inode = minor,
                                .mode = MODE,
                                .links = 1,
                                .special = MEMORY_DEVICE | minor,
                                .block_size = BLOCK_SIZE};
}

// `position` is not theirs: there it stands which one of a kind it is.
static int64_t stat(struct linux_file *file, struct linux_stat *stat) {
    describe(file->number, stat);
    return 0;
}

const struct linux_file_kind *linux_device_find(const char *name, struct linux_stat *stat) {
    for (unsigned i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        if (!string_equal(name, devices[i].name)) continue;
        describe(devices[i].minor, stat);
        return devices[i].kind;
    }
    return NULL;
}
