// SPDX-License-Identifier: MIT
// Requests on their way: from a client's ring to the disk, and back.
//
// Neighbours in the ring that are neighbours on the disk go as one: a run of descriptors
//   [header][header]...  [page][page][page]...  [status][status]...
// of which the chain takes the first header, all pages, and the first status. If that fails, each of them goes again,
// alone, with its own header, pages and status, so that an error hits nobody else. Descriptor n stands for the page n
// of the disk's window: there the client's page is borrowed to, and the frame stays alive until it is unmapped here.
#include "disk_transfers.h"

#include <os/arena.h>
#include <os/print.h>
#include <os/threads.h>

enum { JOIN_MOST = 32, PIECES_MOST = 100 }; // requests, descriptors of a run with more than one
enum { NO_SLOT = DISK_SLOTS };              // of a request that has its answer
#define USER_END (UINT64_C(1) << 38)

// What is asked for, read once: its owner may be writing.
struct wanted {
    uint32_t what;
    struct disk_member member;
};

static uint32_t pages_of(uint64_t va, uint64_t bytes) {
    return (uint32_t)((va % OS_PAGE + bytes + OS_PAGE - 1) / OS_PAGE);
}

// => why it cannot be done, or OK
static enum os_disk_error read_request(const struct disk_client *client, uint32_t number, struct wanted *wanted) {
    uint32_t slot = *(volatile uint32_t *)&client->ring->line[number % DISK_SLOTS] % DISK_SLOTS;
    struct disk_slot copy = client->ring->slot[slot];
    __asm__ volatile("" : : "r"(&copy) : "memory"); // the copy is what counts from here on
    *wanted = (struct wanted){copy.what, {.slot = slot, .va = copy.va, .bytes = copy.bytes}};
    wanted->member.sector = client->first + copy.sector;
    if (client->disk->broken) return OS_DISK_IO;
    if (copy.what == OS_DISK_FLUSH) {
        wanted->member.va = wanted->member.sector = wanted->member.bytes = 0;
        return OS_DISK_OK;
    }
    uint64_t sectors = copy.bytes / DISK_SECTOR;
    if (copy.what > OS_DISK_FLUSH || copy.bytes == 0 || copy.bytes > DISK_BYTES_MOST || copy.bytes % DISK_SECTOR != 0 ||
        copy.va % DISK_SECTOR != 0)
        return OS_DISK_BAD_ARGUMENT;
    if (copy.va >= USER_END || copy.bytes > USER_END - copy.va) return OS_DISK_BAD_MEMORY;
    if (copy.sector > client->sectors || sectors > client->sectors - copy.sector) return OS_DISK_OUTSIDE;
    if (copy.what == OS_DISK_WRITE && client->disk->seen.read_only != 0) return OS_DISK_READ_ONLY;
    wanted->member.pages = (uint16_t)pages_of(copy.va, copy.bytes);
    return OS_DISK_OK;
}

// ---- to the disk ----

static uint64_t window_of(const struct disk *disk, unsigned descriptor) {
    return disk->window + descriptor * (uint64_t)OS_PAGE;
}

// The pages of these requests, which follow each other from the descriptor `data` on. Those that follow each other in
// the client's memory too are borrowed by one call. => a status
static uint64_t borrow(const struct disk_client *client, uint32_t what, const struct disk_member *member,
                       unsigned members, unsigned data) {
    uint64_t rights = what == OS_DISK_READ ? RIGHT_READ | RIGHT_WRITE : RIGHT_READ, status = STATUS_OK;
    for (unsigned i = 0; i < members && status == STATUS_OK;) {
        uint64_t from = member[i].va & ~(uint64_t)(OS_PAGE - 1), pages = 0;
        do pages += member[i++].pages;
        while (i < members && member[i].va == from + pages * OS_PAGE);
        if (pages == 0) break; // a flush
        status = os_borrow(client->lender, from, window_of(client->disk, data), pages, rights).status;
        data += (unsigned)pages;
    }
    return status;
}

static void fill_pages(struct disk *disk, const struct disk_member *member, bool reads, const uint64_t *at) {
    uint32_t offset = member->va % OS_PAGE, left = member->bytes;
    for (unsigned i = 0, index = member->data; i < member->pages; i++, index++) {
        uint32_t size = OS_PAGE - offset < left ? OS_PAGE - offset : left;
        queue_fill(&disk->queue, index, at[i] + offset, size, index + 1, reads);
        left -= size;
        offset = 0;
    }
}

static uint32_t type_of(uint32_t what) {
    return what == OS_DISK_READ ? BLOCK_READ : what == OS_DISK_WRITE ? BLOCK_WRITE : BLOCK_FLUSH;
}

static void count(struct disk *disk, uint32_t what, const struct disk_member *member, unsigned members) {
    disk->seen.requests += members;
    disk->seen.joined += members - 1;
    disk->seen.flushes += what == OS_DISK_FLUSH ? 1 : 0;
    for (unsigned i = 0; i < members; i++) {
        disk->seen.sectors_read += what == OS_DISK_READ ? member[i].bytes / DISK_SECTOR : 0;
        disk->seen.sectors_written += what == OS_DISK_WRITE ? member[i].bytes / DISK_SECTOR : 0;
    }
}

// They follow each other on the disk, and are of one kind. => how many of them, from the first on, have been seen to;
// 0: there are no descriptors for them now
static unsigned start(struct disk_client *client, uint32_t what, const struct disk_member *wanted, unsigned members) {
    struct disk *disk = client->disk;
    unsigned pages = 0;
    for (unsigned i = 0; i < members; i++) pages += wanted[i].pages;
    unsigned first = queue_take(&disk->queue, 2 * members + pages), data = first + members;
    if (first == QUEUE_SIZE) return 0;
    uint64_t status = client->lender == 0 ? STATUS_ABSENT : borrow(client, what, wanted, members, data);
    if (status == STATUS_OK && pages != 0) status = os_physical(OS_SLOT_CONSOLE, window_of(disk, data), pages).status;
    if (status != STATUS_OK) {
        if (pages != 0) os_unmap(0, window_of(disk, data), pages);
        queue_give(&disk->queue, first, 2 * members + pages);
        if (members > 1) return start(client, what, wanted, 1); // who is to blame is found one by one
        client_answer(client, wanted->slot, status == STATUS_NO_MEMORY ? OS_DISK_NO_MEMORY : OS_DISK_BAD_MEMORY);
        return 1;
    }
    const uint64_t *at = os_self()->message;
    struct disk_member *member = &disk->member[first];
    for (unsigned i = 0, place = data; i < members; i++) {
        member[i] = wanted[i];
        member[i].group = (uint16_t)first;
        member[i].data = (uint16_t)place;
        fill_pages(disk, &member[i], what == OS_DISK_READ, at + (place - data));
        place += wanted[i].pages;
    }
    disk->group[first] = (struct disk_group){client, what, (uint16_t)members, (uint16_t)pages, 1, true};
    block_publish(disk, first, data, pages, data + pages, type_of(what), wanted->sector);
    count(disk, what, wanted, members);
    client->in_flight += members;
    disk->in_flight++;
    return members;
}

// The next requests in line that go together. => how many; 0: there are none
static unsigned gather(struct disk_client *client, uint32_t *what, struct disk_member *member) {
    uint32_t submitted = __atomic_load_n(&client->ring->submitted, __ATOMIC_ACQUIRE), room = DISK_SLOTS;
    uint32_t in_line = submitted - client->taken, descriptors = 0, found = 0;
    uint64_t end = 0;
    room -= client->in_flight;
    if (in_line > room) in_line = room; // more than there can be: the rest later, or never
    while (found < in_line && found < JOIN_MOST) {
        struct wanted wanted;
        enum os_disk_error error = read_request(client, client->taken + found, &wanted);
        if (error == OS_DISK_OK && wanted.what == OS_DISK_FLUSH && !client->disk->flushes && found == 0) {
            client->taken++; // what was written is on the disk already
            client_answer(client, wanted.member.slot, OS_DISK_OK);
            in_line--;
            continue;
        }
        if (found == 0 && error != OS_DISK_OK) {
            client->taken++;
            client->disk->seen.errors++;
            client_answer(client, wanted.member.slot, error);
            in_line--;
            continue;
        }
        descriptors += 2u + wanted.member.pages;
        if (found != 0 && (error != OS_DISK_OK || wanted.what != *what || wanted.member.sector != end ||
                           wanted.what == OS_DISK_FLUSH || descriptors > PIECES_MOST))
            break;
        *what = wanted.what;
        member[found++] = wanted.member;
        end = wanted.member.sector + wanted.member.bytes / DISK_SECTOR;
    }
    return found;
}

void transfers_begin(struct disk_client *client) {
    static struct disk_member member[JOIN_MOST];
    uint32_t what = 0;
    client->waits = false;
    if (client->ring == NULL) return;
    for (unsigned found; (found = gather(client, &what, member)) != 0;) {
        unsigned begun = start(client, what, member, found);
        client->taken += begun;
        if (begun != 0) continue;
        client->waits = client->disk->starved = true;
        return;
    }
}

void transfers_ring(void) {
    for (unsigned i = 0; i < disk_count; i++) {
        if (disks[i].rung) block_ring(&disks[i]);
    }
}

// ---- and back ----

static enum os_disk_error error_of(uint8_t status) { return status == BLOCK_DONE ? OS_DISK_OK : OS_DISK_IO; }

static void finish(struct disk *disk, struct disk_group *group, struct disk_member *member, uint8_t status) {
    if (member->slot == NO_SLOT) return;
    disk->seen.errors += status != BLOCK_DONE ? 1 : 0;
    group->client->in_flight--;
    client_answer(group->client, member->slot, error_of(status));
    member->slot = NO_SLOT;
}

// The pages go back to the client, or to whoever pays for them.
static void release(struct disk *disk, unsigned first) {
    struct disk_group *group = &disk->group[first];
    struct disk_client *client = group->client;
    if (group->pages != 0) os_unmap(0, window_of(disk, first + group->members), group->pages);
    queue_give(&disk->queue, first, 2u * group->members + group->pages);
    group->client = NULL;
    disk->in_flight--;
    client_settle(client);
}

// The next of those that go again: one after the other, because a device may join what it finds together.
static void send_alone(struct disk *disk, unsigned first) {
    const struct disk_group *group = &disk->group[first];
    unsigned number = group->members - group->pending, status = first + group->members + group->pages + number;
    const struct disk_member *member = &disk->member[first + number];
    block_publish(disk, first + number, member->data, member->pages, status, type_of(group->what), member->sector);
}

static void done(struct disk *disk, unsigned header) {
    unsigned first = disk->member[header].group;
    struct disk_group *group = &disk->group[first];
    volatile uint8_t *answer = &block_header(disk, header)->status;
    uint8_t status = *answer;
    if (group->client == NULL || status == UINT8_MAX) return; // never begun: the device has gone mad
    *answer = UINT8_MAX;
    if (group->joined && status != BLOCK_DONE) { // perhaps another request is to blame
        group->joined = false;
        group->pending = group->members;
        send_alone(disk, first);
        return;
    }
    for (unsigned i = 0; group->joined && i < group->members; i++)
        finish(disk, group, &disk->member[first + i], status);
    if (!group->joined) finish(disk, group, &disk->member[header], status);
    if (--group->pending == 0)
        release(disk, first);
    else
        send_alone(disk, first);
}

// It did what no device does. When it has forgotten everything, so have we.
static void give_up(struct disk *disk) {
    os_print("disk: %s does not work any more: whatever it is asked is an error\n", disk->seen.name);
    block_reset(disk);
    disk->broken = true;
    for (unsigned first = 0; first < QUEUE_SIZE; first++) {
        struct disk_group *group = &disk->group[first];
        if (group->client == NULL) continue;
        for (unsigned i = 0; i < group->members; i++) finish(disk, group, &disk->member[first + i], BLOCK_FAILED);
        release(disk, first);
    }
}

void transfers_end(struct disk *disk) {
    bool works = block_hear(disk);
    for (unsigned header; (header = queue_collect(&disk->queue)) != QUEUE_SIZE;) done(disk, header);
    if (!works && !disk->broken) give_up(disk);
    os_interrupt(OS_SLOT_CONSOLE, disk->source, 0, 0); // it may interrupt again
    if (!disk->starved) return;
    disk->starved = false;
    for (unsigned i = 0; i < CLIENTS; i++) {
        if (clients[i].waits && clients[i].disk == disk) transfers_begin(&clients[i]);
    }
}
