// SPDX-License-Identifier: MIT
// Damaged images: what the file system itself reads is changed, word by word and block by block, and then it is worked
// with. Every call must come back, with an answer, and after the first CORRUPT nothing is written any more.
// EXT2_ROUNDS=N tries so many damages (default: a thousand or so).
#include "ext2_image.h"

#include <signal.h>
#include <unistd.h>

#include "tap.h"

enum { ROUNDS = 1200, CALLS = 60, NAMES = 24, PATIENCE = 30 };

static const char *const shapes[] = {
    "-t ext3 -b 1024 -J size=1 -N 64", "-t ext2 -b 1024 -N 96 -g 512", "-t ext2 -b 4096 -N 64",
    "-t ext2 -b 2048 -I 128 -N 64",    "-t ext3 -b 1024 -J size=1",    "-t ext2 -b 1024 -r 0 -I 128 -O none",
};
enum { SHAPES = sizeof(shapes) / sizeof(*shapes), CORPUS = 2 * SHAPES, KIB = 3072 };

// An image, and which parts of it are worth damaging.
static struct seed {
    struct image image;
    uint32_t parts[KIB], count;
} corpus[CORPUS];
static unsigned corpus_count;

static const struct ext2_new file = {.mode = EXT2_MODE_FILE | 0644};
static const struct ext2_new folder = {.mode = EXT2_MODE_DIRECTORY | 0755};
static struct image image;

static char *any_name(char *name) {
    snprintf(name, 32, "%s%u", tap_random(4) ? "n" : "a name as long as that ", (unsigned)tap_random(NAMES));
    return name;
}

// => a directory that the root names, or the root
static uint32_t any_directory(void) {
    char name[32];
    uint32_t inode;
    if (tap_random(2) == 0) return EXT2_ROOT;
    return ext2_lookup(image.fs, EXT2_ROOT, image_name(any_name(name)), &inode) == EXT2_OK ? inode : EXT2_ROOT;
}

static bool see(void *context, const struct ext2_entry *entry) {
    uint64_t *sum = context;
    *sum += image_mix(entry->inode, entry->name.text, entry->name.length);
    return true;
}

static enum ext2_error work_with(uint32_t inode) {
    struct ext2_run run;
    struct ext2_attributes attributes;
    uint64_t at = tap_random(2) ? tap_random(40) : tap_random(70000), sum = 0;
    char text[64];
    size_t length;
    struct ext2_change change = {.what = (uint32_t)tap_random(32), .mode = 0600};
    enum ext2_error error;
    switch (tap_random(9)) {
    case 0:
        return ext2_resize(image.fs, inode, tap_random(2) ? 0 : at * 1000);
    case 1:
        return ext2_change(image.fs, inode, &change);
    case 2:
        return ext2_read_link(image.fs, inode, text, sizeof(text), &length);
    case 3:
        return ext2_list(image.fs, inode, tap_random(3) * 512, see, &sum);
    case 4:
        return ext2_attributes(image.fs, inode, &attributes);
    case 5:
        error = ext2_map(image.fs, inode, at, 1000, &run);
        EXPECT(error != EXT2_OK || (run.block + run.count) * 1024 <= image.size * 4, "a run past the end");
        return error;
    default:
        return image_write_run(&image, inode, at, (uint32_t)(1 + tap_random(30)), 1);
    }
}

static enum ext2_error any_call(void) {
    char text[2][32];
    const struct ext2_name name = image_name(any_name(text[0])), other = image_name(any_name(text[1]));
    const uint32_t from = any_directory(), to = any_directory();
    uint32_t inode = 0, orphan = 0;
    enum ext2_error error;
    switch (tap_random(10)) {
    case 0:
        return ext2_create(image.fs, from, name, &folder, &inode);
    case 1:
        return ext2_create(image.fs, from, name, &file, &inode);
    case 2:
        return ext2_symlink(image.fs, from, name, (struct ext2_name){shapes[0], 10 + tap_random(20)}, &file, &inode);
    case 3:
        error = ext2_unlink(image.fs, from, name, &orphan);
        if (error == EXT2_IS_DIRECTORY) error = ext2_rmdir(image.fs, from, name, &orphan);
        break;
    case 4:
        error = ext2_rename(image.fs, from, name, to, other, false, &orphan);
        break;
    case 5:
        return ext2_commit(image.fs);
    case 6:
        error = ext2_lookup(image.fs, from, name, &inode);
        return error == EXT2_OK ? ext2_link(image.fs, inode, to, other) : error;
    default:
        error = ext2_lookup(image.fs, from, name, &inode);
        return error == EXT2_OK ? work_with(inode) : error;
    }
    if (error == EXT2_OK && orphan != 0 && tap_random(3)) return ext2_discard(image.fs, orphan);
    return error;
}

// What comes after the first CORRUPT must not write.
static void work(void) {
    uint64_t writes = 0;
    bool corrupt = false;
    for (unsigned i = 0; i < CALLS; i++) {
        if (any_call() == EXT2_CORRUPT && !corrupt) {
            corrupt = true;
            writes = image.writes;
        }
    }
    enum ext2_error error = ext2_unmount(image.fs);
    EXPECT(!corrupt || (error != EXT2_OK && writes == image.writes), "it wrote after it had found damage");
}

// ---- the corpus ----

static void find_parts(struct seed *seed) {
    uint8_t seen[KIB] = {0};
    uint64_t digest;
    unsigned inodes;
    image_copy(&image, &seed->image);
    image.seen = seen;
    if (image_mount(&image, false) == EXT2_OK) {
        (void)image_digest(&image, &digest, &inodes);
        for (unsigned i = 0; i < 10; i++) (void)any_call();
        (void)ext2_unmount(image.fs);
    }
    image_free(&image);
    for (uint32_t i = 0; i < KIB; i++)
        if (seen[i] != 0) seed->parts[seed->count++] = i;
}

static void keep(const struct image *from) {
    struct seed *seed = &corpus[corpus_count++];
    seed->count = 0;
    image_copy(&seed->image, from);
    seed->image.bytes[1024 + 58] |= 1; // whole, so that it is written to
}

// Each shape twice: unmounted in order, and as a power cut leaves it in the middle of work.
static void grow_corpus(void) {
    for (unsigned i = 0; i < SHAPES && corpus_count < CORPUS; i++) {
        if (!image_make(&image, shapes[i], KIB, getenv("EXT2_FOLDER"))) {
            EXPECT(false, "mke2fs %s", shapes[i]);
            continue;
        }
        EXPECT(image_mount(&image, false) == EXT2_OK, "%s", ext2_why(image.fs));
        for (unsigned call = 0; call < 300; call++) EXPECT(any_call() != EXT2_CORRUPT, "%s", ext2_why(image.fs));
        keep(&image);
        EXPECT(ext2_unmount(image.fs) == EXT2_OK);
        keep(&image);
        image_free(&image);
    }
    for (unsigned i = 0; i < corpus_count; i++) find_parts(&corpus[i]);
}

// ---- damage ----

static uint8_t *any_part(const struct seed *seed) {
    // The superblock and what follows it is a small part of the whole, and worth more than that.
    if (tap_random(6) == 0) return image.bytes + 1024;
    return image.bytes + (size_t)seed->parts[tap_random(seed->count)] * 1024;
}

static void store(uint8_t *place, uint32_t value, unsigned bytes) { memcpy(place, &value, bytes); }

static void damage(const struct seed *seed) {
    static const uint32_t evil[] = {0,     1,      2,      7,      8,          11,         12,        0xff,
                                    0xfff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};
    uint8_t *part = any_part(seed);
    uint32_t at = 0, word = 0;
    for (unsigned i = 0; i < 20 && word == 0; i++) { // where there is something
        at = 2 * (uint32_t)tap_random(511);
        memcpy(&word, part + at, 2);
    }
    switch (tap_random(8)) {
    case 0:
        store(part + at, evil[tap_random(sizeof(evil) / sizeof(*evil))], 2);
        break;
    case 1:
        store(part + at / 4 * 4, evil[tap_random(sizeof(evil) / sizeof(*evil))], 4);
        break;
    case 2:
    case 3: // another block that means something, by the smaller sizes of blocks
        store(part + at / 4 * 4, seed->parts[tap_random(seed->count)] >> tap_random(3), 4);
        break;
    case 4:
        part[at] ^= (uint8_t)(1 << tap_random(8));
        break;
    case 5:
        store(part + at / 4 * 4, (uint32_t)tap_random(KIB), 4);
        break;
    case 6:
        memcpy(part, any_part(seed), tap_random(2) ? 1024 : 128);
        break;
    default:
        store(part + at, word + (tap_random(2) ? 1 : 0xffff), 2);
    }
}

static void too_long(int signal) {
    (void)signal;
    static const char text[] = "# a call did not come back\n";
    _exit(write(1, text, sizeof(text) - 1) > 0 ? 1 : 2);
}

TEST(damage_is_answered_never_obeyed) {
    const char *given = getenv("EXT2_ROUNDS");
    uint64_t rounds = given != NULL ? strtoull(given, NULL, 0) : ROUNDS, mounted = 0, found = 0;
    grow_corpus();
    signal(SIGALRM, too_long);
    for (uint64_t round = 0; corpus_count > 0 && round < rounds; round++) {
        const struct seed *seed = &corpus[tap_random(corpus_count)];
        alarm(PATIENCE);
        image_copy(&image, &seed->image);
        image.little = tap_random(2);
        for (uint64_t count = 1 + tap_random(3); count > 0; count--) damage(seed);
        enum ext2_error error = image_mount(&image, tap_random(16) == 0);
        if (error == EXT2_OK) {
            mounted++;
            uint64_t digest;
            unsigned inodes;
            if (tap_random(2)) found += image_digest(&image, &digest, &inodes) == EXT2_CORRUPT;
            work();
        }
        image_free(&image);
        if (tap_failures > 0) {
            printf("# in round %lu\n", round);
            break;
        }
    }
    alarm(0);
    printf("# %lu damages, %lu mounted all the same, %lu found by reading all\n", rounds, mounted, found);
    for (unsigned i = 0; i < corpus_count; i++) image_free(&corpus[i].image);
}
