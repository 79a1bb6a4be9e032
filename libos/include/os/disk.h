// SPDX-License-Identifier: MIT
// Disks: many requests in flight, straight into or out of one's own pages.
//
//   struct os_disk disk;
//   os_disk_open(&disk, "data", 0, 0);
//   enum os_disk_error error = os_disk_transfer(&disk, OS_DISK_READ, sector, va, bytes);
//
// Or, beside other work: submit as many as there are, kick once, collect when the port is told. Requests in flight are
// done in any order. What is written is safe from a power cut when a flush that was submitted after its completion had
// been collected is done.
//
// Memory for transfers must be there and be one's own to share: os_pages_take() gives such. It must stay so until the
// request is done only if the data matters: the frames do not go to anybody else while the disk has them.
#pragma once

#include <os/disk_ring.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    OS_DISK_SECTOR = DISK_SECTOR,
    OS_DISK_REQUESTS = DISK_SLOTS,       // in flight at once, of one struct os_disk
    OS_DISK_BYTES_MOST = DISK_BYTES_MOST // of one request
};

enum os_disk_what {
    OS_DISK_READ,
    OS_DISK_WRITE,
    OS_DISK_FLUSH, // sector, va and bytes are not looked at
};

enum os_disk_error {
#define DISK_ERROR(name, sentence) OS_DISK_##name,
#include <os/disk_errors.def>
#undef DISK_ERROR
    OS_DISK_ERRORS,
};

struct os_disk_request {
    uint64_t id; // comes back with the completion; may be anything
    uint64_t sector;
    uint64_t va;    // a multiple of OS_DISK_SECTOR, in one's own space
    uint32_t bytes; // as well; from 1 sector to OS_DISK_BYTES_MOST
    uint32_t what;  // enum os_disk_what
};

// The two numbers are for whoever opened it, the rest is libos's own.
struct os_disk {
    uint64_t sectors;
    bool read_only;
    bool gone;    // the server has ended
    bool is_mine; // the port was made here
    uint32_t free_count, submitted, collected;
    uint64_t server, doorbell, port; // handles
    uint64_t bits, cookie, watch;
    struct disk_ring *ring;
    uint64_t id[OS_DISK_REQUESTS];
    uint8_t free[OS_DISK_REQUESTS]; // slots; [0, free_count)
    bool busy[OS_DISK_REQUESTS];
};

// name: the serial number of a disk; else disk0, disk1... by address. NAME.1 to NAME.4: partitions of an MBR.
// port: one's own, with HANDLE_NOTIFY and HANDLE_PASS; these bits are set when there is something to collect, and when
// the server has ended. 0: it gets a port of its own, and then one may wait for it.
// Only servers of the system description and operators may; one process opens seven at most.
// => a status: OK; ABSENT, no such disk or no disk server; DENIED; GONE, the server is no more; FULL; NO_MEMORY
uint64_t os_disk_open(struct os_disk *disk, const char *name, uint64_t port, uint64_t bits);
// What is in flight is done, or not; nobody hears of it. Whatever is asked of it from now on is completed with
// OS_DISK_GONE.
void os_disk_close(struct os_disk *disk);

// Never waits; the server hears of it by the next kick. => false: 64 are in flight, collect first
bool os_disk_submit(struct os_disk *disk, const struct os_disk_request *request);
// Tells the server, once for as many as were submitted. Never waits.
void os_disk_kick(struct os_disk *disk);
// One completion. After the end of the server, whatever is in flight is completed with OS_DISK_GONE.
// => false: there is none now
bool os_disk_collect(struct os_disk *disk, uint64_t *id, enum os_disk_error *error);
// How many are in flight, or done and not collected.
static inline uint32_t os_disk_in_flight(const struct os_disk *disk) { return OS_DISK_REQUESTS - disk->free_count; }

// ---- only for a disk with a port of its own ----

// Until there is something to collect; at once, if nothing is in flight.
void os_disk_wait(struct os_disk *disk);
// Any number of bytes, in as many requests as it takes; nothing else may be in flight. => the first error
enum os_disk_error os_disk_transfer(struct os_disk *disk, uint32_t what, uint64_t sector, uint64_t va, uint64_t bytes);

// The disks, from number 0 on. => a status: ABSENT, there are no more; those of os_disk_open
uint64_t os_disk_look(unsigned number, struct os_disk_seen *seen);

// => e.g. "READ_ONLY"; its sentence
const char *os_disk_error_name(uint64_t error);
const char *os_disk_error_sentence(uint64_t error);
