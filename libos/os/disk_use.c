// SPDX-License-Identifier: MIT
// A client's side of a disk: opened, and used by its ring.
#include <os/disk.h>

#include <os/arena.h>
#include <os/handles.h>
#include <os/process.h>
#include <os/stubs.h>
#include <os/threads.h>

#include "string.h"

#define SERVER "disk"

static const char *const names[] = {
#define DISK_ERROR(name, sentence) #name,
#include <os/disk_errors.def>
#undef DISK_ERROR
};

static const char *const sentences[] = {
#define DISK_ERROR(name, sentence) sentence,
#include <os/disk_errors.def>
#undef DISK_ERROR
};

const char *os_disk_error_name(uint64_t error) { return error < OS_DISK_ERRORS ? names[error] : "?"; }

const char *os_disk_error_sentence(uint64_t error) { return error < OS_DISK_ERRORS ? sentences[error] : "?"; }

// ---- opened and closed ----

static uint32_t rings[OS_DISK_RINGS_MOST];

// => 0: all are in use
static uint64_t take_ring(void) {
    for (uint64_t i = 0; i < OS_DISK_RINGS_MOST; i++) {
        if (__atomic_exchange_n(&rings[i], 1, __ATOMIC_ACQUIRE) == 0) return OS_DISK_RINGS + i * OS_PAGE;
    }
    return 0;
}

static void give_ring(uint64_t va) { __atomic_store_n(&rings[(va - OS_DISK_RINGS) / OS_PAGE], 0, __ATOMIC_RELEASE); }

static struct message ask(uint64_t server, enum disk_call call, uint64_t flags, uint64_t w0, uint64_t w1,
                          uint64_t handle) {
    struct message answer =
        os_call(server, MESSAGE_CALL | flags | (uint64_t)call << TAG_LABEL_SHIFT, w0, w1, 0, 0, handle);
    if (answer.status == STATUS_OK) answer.status = answer.word[0];
    return answer;
}

// => a status, and the disk's cookie, doorbell and what it is
static uint64_t introduce(struct os_disk *disk, const char *name) {
    struct result port = os_mint(disk->port, HANDLE_NOTIFY | HANDLE_PASS, 0);
    if (port.status != STATUS_OK) return port.status;
    size_t length = string_length(name) + 1;
    if (length > DISK_NAME) length = DISK_NAME;
    memcpy(os_self()->message, name, length);
    uint64_t id = os_space_control(HANDLE_SELF, SPACE_ID, 0, 0).value;
    struct message answer =
        ask(disk->server, DISK_CALL_open, TAG_HANDLE | TAG_TEXT | length << TAG_TEXT_SHIFT, id, disk->bits, port.value);
    os_close(port.value);
    if (answer.status != STATUS_OK) return answer.status;
    disk->cookie = answer.word[1];
    disk->sectors = answer.word[2];
    disk->read_only = (answer.word[3] & DISK_READ_ONLY) != 0;
    disk->doorbell = answer.handle;
    return STATUS_OK;
}

// The region comes first: the server hears of its end. Then the page, asked for by a call, because that can be refused.
static uint64_t share(struct os_disk *disk, uint64_t va) {
    uint64_t offset = disk->cookie << DISK_OFFSET_BITS;
    uint64_t status =
        os_region(HANDLE_SELF, va, 1, disk->server, disk->cookie, offset, RIGHT_READ | RIGHT_WRITE, 0).status;
    if (status != STATUS_OK) return status;
    disk->ring = (struct disk_ring *)va;
    status =
        os_call(disk->server, MESSAGE_FAULT | (uint64_t)FAULT_WRITE << TAG_LABEL_SHIFT, 0, va, offset, 1, 0).status;
    if (status == STATUS_FAILED) return STATUS_NO_MEMORY;
    return status == STATUS_OK ? ask(disk->server, DISK_CALL_lend, TAG_HANDLE, disk->cookie, 0, HANDLE_SELF).status
                               : status;
}

static void forget(struct os_disk *disk) {
    *disk = (struct os_disk){.free_count = OS_DISK_REQUESTS, .gone = true};
    for (unsigned i = 0; i < OS_DISK_REQUESTS; i++) disk->free[i] = (uint8_t)i;
}

uint64_t os_disk_open(struct os_disk *disk, const char *name, uint64_t port, uint64_t bits) {
    forget(disk);
    disk->gone = false;
    disk->port = port;
    disk->is_mine = port == 0;
    if (disk->is_mine) {
        struct result made = os_port_create();
        if (made.status != STATUS_OK) return made.status;
        disk->port = made.value;
        bits = 1;
    }
    disk->bits = bits;
    // First the watch: whoever ends from now on, it is heard of.
    struct result watch = os_watch(SERVER, disk->port, bits), server = {watch.status, 0};
    if (watch.status == STATUS_OK) {
        disk->watch = watch.value;
        server = os_lookup_for(SERVER, OS_LOOKUP_MASTER);
    }
    uint64_t status = server.status;
    if (status == STATUS_OK) {
        disk->server = server.value;
    }
    uint64_t va = status == STATUS_OK ? take_ring() : 0; // before the server has an account of us
    if (status == STATUS_OK) status = va == 0 ? STATUS_FULL : introduce(disk, name);
    if (status == STATUS_OK) status = share(disk, va);
    if (status == STATUS_OK) return STATUS_OK;
    if (va != 0 && disk->ring == NULL) give_ring(va);
    os_disk_close(disk);
    return status;
}

void os_disk_close(struct os_disk *disk) {
    if (disk->ring != NULL) {
        os_region(HANDLE_SELF, (uint64_t)disk->ring, 1, REGION_REMOVE, 0, 0, 0, 0);
        give_ring((uint64_t)disk->ring);
    }
    if (disk->watch != 0) os_unwatch(disk->watch);
    if (disk->doorbell != 0) os_close(disk->doorbell);
    if (disk->server != 0) os_close(disk->server);
    if (disk->is_mine && disk->port != 0) os_end(disk->port);
    forget(disk);
}

uint64_t os_disk_look(unsigned number, struct os_disk_seen *seen) {
    struct result server = os_lookup_for(SERVER, OS_LOOKUP_MASTER);
    if (server.status != STATUS_OK) return server.status;
    uint64_t status = ask(server.value, DISK_CALL_look, 0, number, 0, 0).status;
    if (status == STATUS_OK) memcpy(seen, os_self()->message, sizeof *seen);
    os_close(server.value);
    return status;
}

// ---- requests ----

bool os_disk_submit(struct os_disk *disk, const struct os_disk_request *request) {
    if (disk->free_count == 0) return false;
    uint8_t slot = disk->free[--disk->free_count];
    disk->id[slot] = request->id;
    disk->busy[slot] = true;
    if (disk->gone) return true; // it will be collected as such
    struct disk_ring *ring = disk->ring;
    ring->slot[slot] = (struct disk_slot){request->sector, request->va, request->bytes, request->what};
    ring->line[disk->submitted++ % DISK_SLOTS] = slot;
    __atomic_store_n(&ring->submitted, disk->submitted, __ATOMIC_RELEASE);
    return true;
}

// Tells the server these bits of nothing or all. Who is not heard is gone.
static void tell(struct os_disk *disk, uint64_t bits) {
    if (!disk->gone && os_notify(disk->doorbell, bits).status != STATUS_OK) disk->gone = true;
}

// Of the server's end one hears once, perhaps before this was asked: then we say it ourselves.
void os_disk_kick(struct os_disk *disk) {
    tell(disk, UINT64_C(1) << disk->cookie % (1 << DISK_INDEX_BITS));
    if (disk->gone && disk->port != 0 && os_disk_in_flight(disk) != 0) os_notify(disk->port, disk->bits);
}

static bool collect_slot(struct os_disk *disk, uint32_t slot, uint64_t *id) {
    if (slot >= OS_DISK_REQUESTS || !disk->busy[slot]) return false;
    disk->busy[slot] = false;
    disk->free[disk->free_count++] = (uint8_t)slot;
    *id = disk->id[slot];
    return true;
}

bool os_disk_collect(struct os_disk *disk, uint64_t *id, enum os_disk_error *error) {
    if (disk->free_count == OS_DISK_REQUESTS) return false;
    while (disk->ring != NULL && __atomic_load_n(&disk->ring->answered, __ATOMIC_ACQUIRE) != disk->collected) {
        struct disk_answer answer = disk->ring->answer[disk->collected++ % DISK_SLOTS];
        *error = answer.error < OS_DISK_ERRORS ? (enum os_disk_error)answer.error : OS_DISK_IO;
        if (collect_slot(disk, answer.slot, id)) return true;
    }
    tell(disk, 0); // is it still there?
    *error = OS_DISK_GONE;
    for (uint32_t slot = 0; disk->gone && slot < OS_DISK_REQUESTS; slot++) {
        if (collect_slot(disk, slot, id)) return true;
    }
    return false;
}

void os_disk_wait(struct os_disk *disk) {
    if (os_disk_in_flight(disk) == 0 || disk->gone) return;
    while (__atomic_load_n(&disk->ring->answered, __ATOMIC_ACQUIRE) == disk->collected) {
        tell(disk, 0);
        if (disk->gone || os_recv(disk->port, 0).status != STATUS_OK) return;
    }
}

enum os_disk_error os_disk_transfer(struct os_disk *disk, uint32_t what, uint64_t sector, uint64_t va, uint64_t bytes) {
    enum os_disk_error first = OS_DISK_OK, error;
    uint64_t done = 0, id;
    do {
        while (os_disk_in_flight(disk) < OS_DISK_REQUESTS && (done < bytes || (bytes == 0 && done == 0))) {
            uint64_t size = bytes - done < OS_DISK_BYTES_MOST ? bytes - done : OS_DISK_BYTES_MOST;
            os_disk_submit(
                disk, &(struct os_disk_request){done, sector + done / OS_DISK_SECTOR, va + done, (uint32_t)size, what});
            done += size != 0 ? size : 1;
        }
        os_disk_kick(disk);
        os_disk_wait(disk);
        while (os_disk_collect(disk, &id, &error)) {
            if (first == OS_DISK_OK) first = error;
        }
    } while (os_disk_in_flight(disk) != 0 || done < bytes);
    return first;
}
