// SPDX-License-Identifier: MIT
// A program for tests of disks: fills them and looks, asks for what cannot be, scribbles into the ring, dies in the
// middle.
#include <os/arena.h>
#include <os/begin.h>
#include <os/disk.h>
#include <os/handles.h>
#include <os/print.h>
#include <os/process.h>
#include <os/stubs.h>
#include <os/time.h>

#include "string.h"

#include <stddef.h>

enum { BUFFERS = 32, PAGES_EACH = 4, BYTES_EACH = PAGES_EACH * OS_PAGE, WORDS = OS_DISK_SECTOR / 8 };

static struct os_disk disk;
static uint64_t memory; // BUFFERS of BYTES_EACH
static uint64_t random_state = 88172645463325252;

static uint64_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static bool opened(const char *name) {
    uint64_t status = os_disk_open(&disk, name, 0, 0);
    memory = os_pages_take(BUFFERS * PAGES_EACH);
    if (status != STATUS_OK) os_print("disktest: %s: %s\n", name, os_status_name(status));
    return status == STATUS_OK && memory != 0;
}

// What word `word` of a sector holds, as the host computes it too.
static uint64_t word_of(uint64_t sector, uint64_t word) {
    return (sector * WORDS + word) * UINT64_C(0x9e3779b97f4a7c15) ^ sector;
}

static void make(uint64_t va, uint64_t sector, uint64_t bytes) {
    for (uint64_t i = 0; i < bytes / 8; i++) ((uint64_t *)va)[i] = word_of(sector + i / WORDS, i % WORDS);
}

static bool matches(uint64_t va, uint64_t sector, uint64_t bytes) {
    for (uint64_t i = 0; i < bytes / 8; i++) {
        if (((const uint64_t *)va)[i] != word_of(sector + i / WORDS, i % WORDS)) return false;
    }
    return true;
}

// All of the disk, many requests at a time, each as large as a buffer. => how many failed
static uint64_t sweep(uint32_t what) {
    uint64_t sector = 0, wrong = 0, id, at[BUFFERS];
    unsigned unused[BUFFERS], count = BUFFERS;
    enum os_disk_error error;
    for (unsigned i = 0; i < BUFFERS; i++) unused[i] = i;
    while (sector < disk.sectors || os_disk_in_flight(&disk) != 0) {
        for (; count != 0 && sector < disk.sectors;) {
            unsigned buffer = unused[--count];
            uint64_t va = memory + buffer * BYTES_EACH, left = (disk.sectors - sector) * OS_DISK_SECTOR;
            uint32_t bytes = left < BYTES_EACH ? (uint32_t)left : BYTES_EACH;
            at[buffer] = sector;
            if (what == OS_DISK_WRITE) make(va, sector, bytes);
            os_disk_submit(&disk, &(struct os_disk_request){buffer, sector, va, bytes, what});
            sector += bytes / OS_DISK_SECTOR;
        }
        os_disk_kick(&disk);
        os_disk_wait(&disk);
        while (os_disk_collect(&disk, &id, &error)) {
            uint64_t left = (disk.sectors - at[id]) * OS_DISK_SECTOR;
            uint64_t bytes = left < BYTES_EACH ? left : BYTES_EACH;
            if (error != OS_DISK_OK) os_print("disktest: sectors from %lu on: %s\n", at[id], os_disk_error_name(error));
            wrong += error != OS_DISK_OK || (what == OS_DISK_READ && !matches(memory + id * BYTES_EACH, at[id], bytes));
            unused[count++] = (unsigned)id;
        }
    }
    return wrong;
}

static int fill(const char *name) {
    if (!opened(name)) return 3;
    uint64_t wrong = sweep(OS_DISK_WRITE);
    enum os_disk_error error = os_disk_transfer(&disk, OS_DISK_FLUSH, 0, 0, 0);
    os_print("disktest: %s: %lu sectors written, %lu requests failed, flush: %s\n", name, disk.sectors, wrong,
             os_disk_error_name(error));
    return wrong != 0;
}

static int look(const char *name) {
    if (!opened(name)) return 3;
    uint64_t wrong = sweep(OS_DISK_READ);
    os_print("disktest: %s: %lu sectors read, %lu requests wrong\n", name, disk.sectors, wrong);
    return wrong != 0;
}

static int list(const char *name) {
    (void)name;
    struct os_disk_seen seen;
    for (unsigned i = 0; os_disk_look(i, &seen) == STATUS_OK; i++)
        os_print("disktest: %s: %lu sectors, %s, %lu requests, %lu joined, %lu sectors read, %lu written, %lu flushes, "
                 "%lu errors\n",
                 seen.name, seen.sectors, seen.read_only != 0 ? "read-only" : "writable", seen.requests, seen.joined,
                 seen.sectors_read, seen.sectors_written, seen.flushes, seen.errors);
    return 0;
}

// One request as it is, whatever it says.
static const char *try(uint32_t what, uint64_t sector, uint64_t va, uint32_t bytes) {
    uint64_t id;
    enum os_disk_error error = OS_DISK_GONE;
    os_disk_submit(&disk, &(struct os_disk_request){7, sector, va, bytes, what});
    os_disk_kick(&disk);
    os_disk_wait(&disk);
    os_disk_collect(&disk, &id, &error);
    return os_disk_error_name(error);
}

static int odd(const char *name) {
    if (!opened(name)) return 3;
    uint64_t read_only = os_range_take(1, 1), end = disk.sectors;
    os_alloc(read_only, 1, RIGHT_READ, 0, 0);
    os_print("disktest: unaligned %s %s %s, none %s, too much %s, unknown %s\n", try(0, 0, memory + 1, 512),
             try(0, 0, memory + 8, 512), try(0, 0, memory, 100), try(0, 0, memory, 0),
             try(0, 0, memory, OS_DISK_BYTES_MOST + 512), try(3, 0, memory, 512));
    os_print("disktest: outside %s %s %s %s, last %s\n", try(0, end, memory, 512), try(0, end - 1, memory, 1024),
             try(0, UINT64_MAX, memory, 512), try(0, UINT64_MAX / 512, memory, 512), try(0, end - 1, memory, 512));
    os_print("disktest: memory %s %s %s %s %s %s\n", try(0, 0, 0x3000000000, 512), try(0, 0, UINT64_MAX - 511, 512),
             try(0, 0, UINT64_C(0x4000000000) - 512, 1024), try(0, 0, UINT64_C(0xffffffc080000000), 512),
             try(0, 0, 0x10000, 512), try(0, 0, START_MESSAGE_PAGE, 512));
    os_print("disktest: into what is read-only %s, out of it %s\n", try(0, 0, read_only, 512),
             try(1, 0, read_only, 512));
    make(memory, 0, OS_DISK_SECTOR);
    try(1, 0, memory, OS_DISK_SECTOR); // as it was
    os_print("disktest: across pages %s, largest %s\n", try(0, 1, memory + 512, OS_PAGE),
             try(0, 0, memory + 1024, BUFFERS * BYTES_EACH - 4096));
    return 0;
}

// In the middle of a crowd of requests, of which some are wrong, and those joined with them: each has its own error.
static int crowd(const char *name) {
    if (!opened(name)) return 3;
    uint64_t id, right = 0, bad = 0, wrong = 0;
    enum os_disk_error error;
    for (unsigned round = 0; round < 50; round++) {
        for (unsigned i = 0; i < OS_DISK_REQUESTS; i++) {
            uint64_t va = i % 7 == 3 ? 0x3000000000 : memory + i * OS_PAGE;
            os_disk_submit(&disk, &(struct os_disk_request){i, i * 8, va, OS_PAGE, OS_DISK_READ});
        }
        if (os_disk_submit(&disk, &(struct os_disk_request){0, 0, memory, 512, OS_DISK_READ})) wrong++;
        os_disk_kick(&disk);
        while (os_disk_in_flight(&disk) != 0) {
            os_disk_wait(&disk);
            while (os_disk_collect(&disk, &id, &error)) {
                bool was_bad = id % 7 == 3;
                right += error == OS_DISK_OK && !was_bad && matches(memory + id * OS_PAGE, id * 8, OS_PAGE);
                bad += error == OS_DISK_BAD_MEMORY && was_bad;
                wrong += (error == OS_DISK_OK) == was_bad;
            }
        }
    }
    os_print("disktest: %lu right, %lu with bad memory, %lu wrong\n", right, bad, wrong);
    return wrong != 0;
}

// What no library would write.
static int scribble(const char *name) {
    if (!opened(name)) return 3;
    volatile uint8_t *bytes = (volatile uint8_t *)disk.ring;
    for (unsigned round = 0; round < 200; round++) {
        for (unsigned i = 0; i < 200; i++) bytes[next_random() % OS_PAGE] = (uint8_t)next_random();
        for (unsigned i = 0; i < DISK_SLOTS && round % 2 == 0; i++)
            disk.ring->slot[i] = (struct disk_slot){next_random() % (disk.sectors + 2), memory + next_random() % 65536,
                                                    (uint32_t)(next_random() % 9000 & ~511ul), 0};
        disk.ring->submitted = round % 3 == 0 ? (uint32_t)next_random() : disk.ring->submitted + 40;
        os_disk_kick(&disk);
        if (disk.gone) break;
    }
    os_print("disktest: the server %s what is in the ring\n", disk.gone ? "does not survive" : "survives");
    os_disk_close(&disk);
    return look(name);
}

// It ends while the disk reads into its pages.
static int die(const char *name) {
    if (!opened(name)) return 3;
    for (unsigned i = 0; i < OS_DISK_REQUESTS; i++)
        os_disk_submit(&disk, &(struct os_disk_request){i, i * 8, memory + i * OS_PAGE, OS_PAGE, OS_DISK_READ});
    os_disk_kick(&disk);
    return 0;
}

static uint64_t run(const char *program, const char *what, const char *name) {
    char command[64] = "";
    size_t length = 0;
    const char *const words[] = {program, " ", what, " ", name};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        memcpy(command + length, words[i], string_length(words[i]) + 1);
        length += string_length(words[i]);
    }
    struct result child = os_spawn(command);
    return child.status == STATUS_OK ? os_wait(child.value).value : child.status + 1000;
}

static int massacre(const char *name) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < 20; i++) sum += run(os_argument(0), "die", name);
    os_print("disktest: 20 died in the middle: %lu\n", sum);
    return look(name);
}

// The server is killed while requests are in flight.
static int outlive(const char *name) {
    unsigned gone = 0, done = 0, other = 0;
    for (unsigned round = 0; round < 3; round++) {
        if (!opened(name)) return 3;
        uint64_t id;
        enum os_disk_error error;
        for (unsigned i = 0; i < OS_DISK_REQUESTS; i++)
            os_disk_submit(&disk, &(struct os_disk_request){i, i * 8, memory + i * OS_PAGE, OS_PAGE, OS_DISK_READ});
        os_disk_kick(&disk);
        os_kill(os_find("disk").value);
        while (os_disk_in_flight(&disk) != 0) {
            os_disk_wait(&disk);
            while (os_disk_collect(&disk, &id, &error)) {
                gone += error == OS_DISK_GONE;
                done += error == OS_DISK_OK;
                other += error != OS_DISK_OK && error != OS_DISK_GONE;
            }
        }
        os_disk_submit(&disk, &(struct os_disk_request){1, 0, memory, 512, OS_DISK_READ});
        os_disk_kick(&disk);
        os_disk_wait(&disk);
        if (!os_disk_collect(&disk, &id, &error) || error != OS_DISK_GONE) other++;
        os_disk_close(&disk);
        os_pages_give(memory, BUFFERS * PAGES_EACH);
    }
    os_print("disktest: of %u requests %u were answered, %s\n", gone + done, gone + done,
             other == 0 ? "and then the server was gone" : "and some strangely");
    return look(name) + (other != 0);
}

// The server ends while nothing is asked of it. Who asks then, and waits at its port, hears what came of it; who asks
// of a disk that is closed hears it too.
static int orphan(const char *name) {
    uint64_t port = os_port_create().value, id;
    enum { DONE = 2, LATE = 4 };
    enum os_disk_error error = OS_DISK_OK;
    memory = os_pages_take(1);
    if (os_disk_open(&disk, name, port, DONE) != STATUS_OK) return 3;
    os_kill(os_find("disk").value);
    while ((os_recv(port, 0).word[0] & DONE) == 0)
        ;
    bool early = os_disk_collect(&disk, &id, &error);
    os_disk_submit(&disk, &(struct os_disk_request){1, 0, memory, 512, OS_DISK_READ});
    os_disk_kick(&disk);
    os_timer(port, LATE, os_after(1000000));
    bool heard = (os_recv(port, 0).word[0] & DONE) != 0 && !early;
    bool gone = os_disk_collect(&disk, &id, &error) && error == OS_DISK_GONE && id == 1;
    os_disk_close(&disk);
    error = os_disk_transfer(&disk, OS_DISK_READ, 0, memory, OS_PAGE);
    os_print("disktest: who asks late %s, %s; of a closed disk: %s\n", heard ? "hears of it" : "waits for ever",
             gone ? "GONE" : "something else", os_disk_error_name(error));
    return look(name);
}

static int many(const char *name) {
    static struct os_disk more[OS_DISK_RINGS_MOST + 1];
    unsigned count = 0;
    uint64_t status = STATUS_OK;
    for (; count <= OS_DISK_RINGS_MOST; count++) {
        status = os_disk_open(&more[count], name, 0, 0);
        if (status != STATUS_OK) break;
    }
    os_print("disktest: opened %u times, then %s\n", count, os_status_name(status));
    for (unsigned i = 0; i < count; i++) os_disk_close(&more[i]);
    for (unsigned i = 0; i < 200; i++) {
        if (os_disk_open(&more[0], name, 0, 0) != STATUS_OK) return 4;
        os_disk_close(&more[0]);
    }
    return look(name);
}

static uint64_t instructions(void) {
    uint64_t count;
    __asm__ volatile("rdinstret %0" : "=r"(count));
    return count;
}

// From the first submission to the last completion, everybody's instructions: of so many requests, so many pages each.
// => the least of several times
static uint64_t cost(uint32_t what, unsigned requests, uint32_t pages) {
    uint64_t least = UINT64_MAX, id;
    enum os_disk_error error;
    for (unsigned times = 0; times < 30; times++) {
        uint64_t before = instructions();
        for (unsigned i = 0; i < requests; i++)
            os_disk_submit(&disk,
                           &(struct os_disk_request){i, (uint64_t)i * pages * 8, memory + (uint64_t)i * pages * OS_PAGE,
                                                     pages * OS_PAGE, what});
        os_disk_kick(&disk);
        while (os_disk_in_flight(&disk) != 0) {
            os_disk_wait(&disk);
            while (os_disk_collect(&disk, &id, &error))
                ;
        }
        uint64_t took = instructions() - before;
        least = took < least ? took : least;
    }
    return least;
}

static int measure(const char *name) {
    if (!opened(name)) return 3;
    os_print("disktest: instructions of a read of a page %lu, of 16 that are neighbours %lu, of 16 pages at once %lu\n",
             cost(OS_DISK_READ, 1, 1), cost(OS_DISK_READ, 16, 1), cost(OS_DISK_READ, 1, 16));
    os_print(
        "disktest: instructions of a write of a page %lu, of 16 that are neighbours %lu, of 16 pages at once %lu\n",
        cost(OS_DISK_WRITE, 1, 1), cost(OS_DISK_WRITE, 16, 1), cost(OS_DISK_WRITE, 1, 16));
    return 0;
}

static const struct {
    const char *name;
    int (*run)(const char *name);
} acts[] = {{"fill", fill},     {"look", look}, {"list", list},         {"odd", odd},
            {"crowd", crowd},   {"die", die},   {"scribble", scribble}, {"outlive", outlive},
            {"orphan", orphan}, {"many", many}, {"massacre", massacre}, {"measure", measure}};

int main(void) {
    const char *what = os_argument(1), *name = os_argument(2);
    for (unsigned i = 0; what != NULL && i < sizeof acts / sizeof acts[0]; i++) {
        if (string_equal(acts[i].name, what)) return acts[i].run(name != NULL ? name : "disk0");
    }
    os_print("usage: disktest fill|look|list|odd|crowd|die|scribble|outlive|orphan|many|massacre|measure [DISK]\n");
    return 2;
}
