// SPDX-License-Identifier: MIT
// A disk as the backing store of a host: page n of the disk is place n, and what was on it before is of no interest.
//
// Pages that follow each other both on the disk and in our space are one request.
#include "swap.h"

#include <os/arena.h>
#include <os/disk.h>
#include <os/pager.h>

#include "slots.h"

enum {
    PAGE_SECTORS = OS_PAGE / OS_DISK_SECTOR,
    PLACES_MOST = 1 << 19, // that the framework knows
    PAGES_MOST = 64,       // of one request
};
#define WAKE (UINT64_C(1) << 49)

// What is asked for in one request.
struct row {
    uint64_t va;
    uint32_t place, count;
    uint32_t behind; // pages behind it that go later, each alone
    bool is_put;
};

static struct os_disk disk;
static struct slots slots;
static struct row row; // that is asked for next
static struct row asked[OS_DISK_REQUESTS];
static uint8_t unused[OS_DISK_REQUESTS]; // of those
static unsigned unused_count;
static const char *name;
static uint64_t own_port;
static bool is_open, is_lost; // lost: it is not there, and will not be

static uint64_t take(uint64_t wanted, uint32_t *first) {
    uint64_t place = 0, got = slots_take(&slots, wanted, &place);
    *first = (uint32_t)place;
    return got;
}

static void give(uint32_t place) { slots_give(&slots, place); }

// A server that has ended is started again, or not; the disk and what is on it are the same.
static bool open_again(void) {
    uint64_t sectors = disk.sectors;
    if (is_open && !disk.gone) return true;
    if (is_lost || os_disk_in_flight(&disk) > 0) return false;
    if (is_open) os_disk_close(&disk);
    is_open = os_disk_open(&disk, name, own_port, WAKE) == STATUS_OK;
    if (is_open && disk.sectors == sectors && !disk.read_only) return true;
    if (is_open) os_disk_close(&disk);
    is_open = false;
    is_lost = true;
    return false;
}

static bool submit(const struct row *what) {
    if (unused_count == 0) return false;
    uint8_t number = unused[unused_count - 1];
    const struct os_disk_request request = {.id = number,
                                            .sector = (uint64_t)what->place * PAGE_SECTORS,
                                            .va = what->va,
                                            .bytes = what->count * OS_PAGE,
                                            .what = what->is_put ? OS_DISK_WRITE : OS_DISK_READ};
    if (!os_disk_submit(&disk, &request)) return false;
    unused_count--;
    asked[number] = *what;
    return true;
}

static void end_row(void) {
    if (row.count > 0) submit(&row); // there was room for it when it was begun
    row.count = 0;
}

static bool begin(uint32_t place, uint64_t va, bool is_put) {
    bool follows = row.count > 0 && row.count < PAGES_MOST && row.is_put == is_put && place == row.place + row.count &&
                   va == row.va + (uint64_t)row.count * OS_PAGE;
    if (follows) {
        row.count++;
        return true;
    }
    end_row();
    if (!open_again() || unused_count == 0) return false;
    row = (struct row){va, place, 1, 0, is_put};
    return true;
}

static bool put(uint32_t place, uint64_t va) { return begin(place, va, true); }

static bool get(uint32_t place, uint64_t va) { return begin(place, va, false); }

static void go(void) {
    end_row();
    os_disk_kick(&disk);
}

static void finish(const struct row *done, bool good) {
    for (uint32_t i = 0; i < done->count; i++) {
        if (done->is_put)
            pager_put_done(done->place + i, good);
        else
            pager_get_done(done->place + i, good);
    }
}

// One page that cannot be read must not take its neighbours along: each goes alone, after the one before it, so that
// there is always room for it.
static void get_alone(uint64_t va, uint32_t place, uint32_t pages) {
    const struct row one = {va, place, 1, pages - 1, false};
    submit(&one);
    os_disk_kick(&disk);
}

static void wake(uint64_t bits) {
    uint64_t id;
    enum os_disk_error error;
    if ((bits & WAKE) == 0 || !is_open) return;
    while (os_disk_collect(&disk, &id, &error)) {
        const struct row done = asked[id];
        unused[unused_count++] = (uint8_t)id;
        if (error == OS_DISK_IO && !done.is_put && done.count > 1) {
            get_alone(done.va, done.place, done.count);
            continue;
        }
        finish(&done, error == OS_DISK_OK);
        if (done.behind > 0) get_alone(done.va + OS_PAGE, done.place + 1, done.behind);
    }
}

static struct pager_backing backing = {.take = take, .give = give, .put = put, .get = get, .go = go, .wake = wake};

uint64_t swap_pages(void) { return backing.places; }

uint64_t swap_start(const char *wanted, uint64_t port) {
    name = wanted;
    own_port = port;
    uint64_t status = os_disk_open(&disk, name, port, WAKE);
    if (status != STATUS_OK) return status;
    uint64_t places = disk.sectors / PAGE_SECTORS;
    if (places > PLACES_MOST) places = PLACES_MOST;
    uint64_t memory =
        disk.read_only || places < 2 ? 0 : os_pages_take((slots_words(places) * 8 + OS_PAGE - 1) / OS_PAGE);
    if (memory == 0) {
        status = disk.read_only ? STATUS_DENIED : STATUS_NO_MEMORY;
        os_disk_close(&disk);
        return status;
    }
    is_open = true;
    while (unused_count < OS_DISK_REQUESTS) {
        unused[unused_count] = (uint8_t)unused_count;
        unused_count++;
    }
    slots_start(&slots, (uint64_t *)memory, places);
    backing.places = places;
    pager_back_with(&backing);
    return STATUS_OK;
}
