// SPDX-License-Identifier: MIT
// Power cuts: work is recorded write by write, and cut at every point, with any of the unflushed writes done or torn.
// With a journal, what a mount finds must be exactly the tree as it was after some call, not before the last commit
// that returned; and e2fsck must find nothing wrong. EXT2_CUTS=N tries so many cuts (default: a few hundred, spread
// out).
#include "ext2_image.h"

#include "tap.h"

enum { CALLS = 700, FILES = 40, CUTS = 160 };

static struct image image;

// After each call: the tree, and how many events there were; and how many calls were before the last commit.
static struct {
    uint64_t digest;
    size_t events;
    unsigned committed;
} states[CALLS + 1];
static unsigned calls, committed;

static const struct ext2_new file = {.mode = EXT2_MODE_FILE | 0644};
static const struct ext2_new folder = {.mode = EXT2_MODE_DIRECTORY | 0755};

static void called(void) {
    unsigned inodes;
    enum ext2_error error = image_digest(&image, &states[calls].digest, &inodes);
    EXPECT(error == EXT2_OK, "%s %s", ext2_error_text(error), ext2_why(image.fs));
    states[calls].events = image.event_count;
    states[calls].committed = committed;
}

struct picked {
    char name[16], other[16];
    uint32_t directory, to;
};

// => a place in the root or one of its directories, and another
static struct picked pick(void) {
    struct picked picked = {.directory = EXT2_ROOT, .to = EXT2_ROOT};
    char name[16];
    snprintf(picked.name, sizeof(picked.name), "f%u", (unsigned)tap_random(FILES));
    snprintf(picked.other, sizeof(picked.other), "f%u", (unsigned)tap_random(FILES));
    for (unsigned i = 0; i < 2; i++) {
        uint32_t inode;
        struct ext2_attributes attributes;
        snprintf(name, sizeof(name), "f%u", (unsigned)tap_random(FILES));
        if (tap_random(2) == 0 || ext2_lookup(image.fs, EXT2_ROOT, image_name(name), &inode) != EXT2_OK) continue;
        if (ext2_attributes(image.fs, inode, &attributes) != EXT2_OK || attributes.mode >> 12 != 4) continue;
        *(i == 0 ? &picked.directory : &picked.to) = inode;
    }
    return picked;
}

static void append(uint32_t inode) {
    struct ext2_attributes attributes;
    if (ext2_attributes(image.fs, inode, &attributes) != EXT2_OK) return;
    struct ext2_statistics statistics;
    ext2_statistics(image.fs, &statistics);
    // One call: as much as comes in one run, with a hole before it now and then.
    uint64_t block = attributes.size / statistics.block_size + (tap_random(4) == 0 ? tap_random(600) : 0);
    (void)image_write_run(&image, inode, block, (uint32_t)(1 + tap_random(20)), (uint32_t)tap_random(1000));
}

static void discard_if(uint32_t orphan) {
    if (orphan != 0 && tap_random(4) != 0) (void)ext2_discard(image.fs, orphan);
}

static void call(void) {
    const struct picked at = pick();
    uint32_t inode = 0, orphan = 0;
    const struct ext2_name name = image_name(at.name), other = image_name(at.other);
    bool there = ext2_lookup(image.fs, at.directory, name, &inode) == EXT2_OK;
    switch (tap_random(10)) {
    case 0:
        (void)ext2_create(image.fs, at.directory, name, &folder, &inode);
        break;
    case 1:
        (void)ext2_link(image.fs, inode, at.to, other);
        break;
    case 2:
        (void)ext2_symlink(image.fs, at.directory, name,
                           image_name("somewhere, and far enough away not to fit in the inode at all"), &file, &inode);
        break;
    case 3:
        if (ext2_rmdir(image.fs, at.directory, name, &orphan) != EXT2_OK)
            (void)ext2_unlink(image.fs, at.directory, name, &orphan);
        discard_if(orphan);
        break;
    case 4:
    case 5:
        (void)ext2_rename(image.fs, at.directory, name, at.to, other, false, &orphan);
        discard_if(orphan);
        break;
    case 6:
        if (there) (void)ext2_resize(image.fs, inode, tap_random(20) * 4096);
        break;
    default:
        if (!there)
            (void)ext2_create(image.fs, at.directory, name, &file, &inode);
        else
            append(inode);
    }
}

static bool work(const char *options) {
    calls = committed = 0;
    if (!image_make(&image, options, 3072, NULL)) {
        EXPECT(false, "mke2fs %s", options);
        return false;
    }
    image.little = true;
    enum ext2_error error = image_mount(&image, false);
    EXPECT(error == EXT2_OK, "%s", ext2_why(image.fs));
    if (error != EXT2_OK) return false;
    image_record(&image);
    called();
    while (calls < CALLS) {
        calls++;
        if (tap_random(7) == 0) {
            error = ext2_commit(image.fs);
            EXPECT(error == EXT2_OK, "%s", ext2_why(image.fs));
            committed = calls;
        } else {
            call();
        }
        called();
    }
    return true;
}

// The disk when power is cut after `cut` events: what was flushed is there, of the rest some sectors.
static void cut_at(struct image *after, const uint8_t *before, size_t cut) {
    size_t flushed = cut;
    while (flushed > 0 && image.events[flushed - 1].data != NULL) flushed--;
    memcpy(after->bytes, before, after->size);
    unsigned done = (unsigned)tap_random(4); // of four; none, some or many of the unflushed ones
    for (size_t i = 0; i < cut; i++) {
        const struct image_event *event = &image.events[i];
        for (uint32_t at = 0; event->data != NULL && at < event->bytes; at += EXT2_SECTOR) {
            bool whole = tap_random(8) != 0;
            if (i >= flushed && tap_random(4) >= done && (at == 0 || !whole)) break;
            memcpy(after->bytes + event->sector * EXT2_SECTOR + at, event->data + at, EXT2_SECTOR);
        }
    }
}

// => whether it is the tree as it was after one of the calls that a cut there may leave
static bool is_known(uint64_t digest, size_t cut) {
    unsigned now = 0;
    while (now < calls && states[now].events < cut) now++;
    unsigned first = now == 0 ? 0 : states[now - 1].committed;
    for (unsigned i = first; i <= now; i++)
        if (states[i].digest == digest) return true;
    return false;
}

static void expect_known(struct image *after, size_t cut, const char *who) {
    uint64_t digest;
    unsigned inodes;
    enum ext2_error error = image_mount(after, false);
    EXPECT(error == EXT2_OK, "%s, cut %zu: %s %s", who, cut, ext2_error_text(error), ext2_why(after->fs));
    if (error != EXT2_OK) return;
    error = image_digest(after, &digest, &inodes);
    EXPECT(error == EXT2_OK && is_known(digest, cut), "%s, cut %zu: %s", who, cut, ext2_error_text(error));
    EXPECT(ext2_unmount(after->fs) == EXT2_OK, "%s, cut %zu", who, cut);
}

static void cut_everywhere(const char *options, bool journal) {
    struct image before, after;
    // The same image that the work began with: what was written since is in the events.
    if (!work(options)) return;
    image_undo(&image, &before);
    const char *given = getenv("EXT2_CUTS");
    size_t cuts = given != NULL ? strtoull(given, NULL, 0) : CUTS;
    for (size_t i = 0; i < cuts; i++) {
        size_t cut = cuts >= image.event_count ? i % (image.event_count + 1) : tap_random(image.event_count + 1);
        image_copy(&after, &before);
        cut_at(&after, before.bytes, cut);
        struct image mended;
        image_copy(&mended, &after);
        bool judge = !journal || i % 8 == 0;
        if (journal) {
            expect_known(&after, cut, "our replay");
            if (judge) EXPECT(image_is_clean(&after), "our replay, cut %zu", cut);
        }
        if (judge) {
            int status = image_run(&mended, "e2fsck -fy");
            EXPECT(status >= 0 && status <= 1, "e2fsck, cut %zu: %d", cut, status);
            if (journal) expect_known(&mended, cut, "e2fsck's replay");
            EXPECT(image_is_clean(&mended), "e2fsck, cut %zu", cut);
        }
        image_free(&after);
        image_free(&mended);
        if (tap_failures > 5) break;
    }
    image_free(&before);
    image_free(&image);
}

TEST(a_power_cut_leaves_the_tree_as_it_was_after_some_call) {
    cut_everywhere("-t ext3 -b 1024 -J size=1 -N 128", true);
}

TEST(a_power_cut_without_a_journal_leaves_what_e2fsck_can_mend) { cut_everywhere("-t ext2 -b 1024 -N 128", false); }
