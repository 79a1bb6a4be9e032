// SPDX-License-Identifier: MIT
// A virtio block device behind memory-mapped registers: found, begun, told, heard.
#include "virtio_block.h"

#include <os/arena.h>
#include <os/print.h>
#include <os/ranges.h>
#include <os/stubs.h>
#include <os/threads.h>
#include <os/time.h>

#include "string.h"
#include "virtio_registers.h"

enum { SECTORS = 0x100 / 4, SEGMENTS_MOST = 0x10c / 4 };
enum { FEATURE_SEGMENTS = 1 << 2, FEATURE_READ_ONLY = 1 << 5, FEATURE_FLUSH = 1 << 9 };
enum { DATA_MOST = DISK_BYTES_MOST / OS_PAGE + 1, ANSWER_TIME = 10000000, LOOK_AGAIN = 500 };

_Static_assert(sizeof(struct block_header) * QUEUE_SIZE == 2 * OS_PAGE, "two pages of headers");
_Static_assert(sizeof(struct queue_descriptor) * QUEUE_SIZE == OS_PAGE, "one of descriptors");
_Static_assert(sizeof(struct queue_used) <= OS_PAGE, "one of what is used");

static uint64_t physical(uint64_t va) {
    os_physical(OS_SLOT_CONSOLE, va, 1);
    return *(const uint64_t *)os_self()->message + va % OS_PAGE;
}

static void write_address(const struct disk *disk, unsigned word, uint64_t va) {
    uint64_t at = physical(va);
    disk->registers[word] = (uint32_t)at;
    disk->registers[word + 1] = (uint32_t)(at >> 32);
}

static bool refuse(const struct os_device *device, const char *why) {
    os_print("disk: the device of interrupt %lu cannot be used: %s\n", device->interrupt, why);
    return false;
}

void block_ring(struct disk *disk) {
    disk->rung = false;
    __atomic_thread_fence(__ATOMIC_SEQ_CST); // what was published is seen before the device's wish is looked at
    if ((*(volatile uint16_t *)&disk->queue.used->flags & QUEUE_SILENT) == 0) disk->registers[QUEUE_NOTIFY] = 0;
}

bool block_hear(struct disk *disk) {
    disk->registers[INTERRUPT_HEARD] = disk->registers[INTERRUPT];
    return (disk->registers[STATUS] & NEEDS_RESET) == 0 && queue_is_sound(&disk->queue);
}

void block_reset(struct disk *disk) {
    disk->registers[STATUS] = 0;
    while (disk->registers[STATUS] != 0)
        ;
}

void block_publish(struct disk *disk, unsigned header, unsigned data, unsigned pages, unsigned status, uint32_t type,
                   uint64_t sector) {
    struct block_header *it = block_header(disk, header);
    uint64_t at = disk->header_at[header / (QUEUE_SIZE / 2)] + header % (QUEUE_SIZE / 2) * sizeof *it;
    it->type = type;
    it->sector = sector;
    it->status = UINT8_MAX;
    queue_fill(&disk->queue, header, at, BLOCK_HEADER, pages != 0 ? data : status, false);
    if (pages != 0) {
        struct queue_descriptor *last = &disk->queue.descriptor[data + pages - 1];
        last->next = (uint16_t)status;
        last->flags |= QUEUE_NEXT;
    }
    queue_fill(&disk->queue, status, at + BLOCK_HEADER, 1, QUEUE_SIZE, true);
    queue_publish(&disk->queue, header);
    disk->rung = true;
}

// ---- begun ----

// A request before there are clients, with its data in our own page. => whether it was done in time
static bool ask(struct disk *disk, uint32_t type, uint64_t sector, uint64_t va, uint32_t bytes) {
    uint64_t give_up = os_after(ANSWER_TIME), port = os_port_create().value;
    unsigned first = queue_take(&disk->queue, 3), done = QUEUE_SIZE;
    queue_fill(&disk->queue, first + 1, physical(va), bytes, first + 2, true);
    block_publish(disk, first, first + 1, 1, first + 2, type, sector);
    block_ring(disk);
    while ((done = queue_collect(&disk->queue)) == QUEUE_SIZE && os_now() < give_up) {
        os_timer(port, 1, os_after(LOOK_AGAIN));
        os_recv(port, 0);
    }
    block_hear(disk);
    os_close(port);
    queue_give(&disk->queue, first, 3);
    if (done == QUEUE_SIZE) block_reset(disk); // before the page is used for anything else
    return done == first && block_header(disk, first)->status == BLOCK_DONE;
}

static const char *negotiate(struct disk *disk) {
    volatile uint32_t *registers = disk->registers;
    block_reset(disk);
    registers[STATUS] = ACKNOWLEDGED | HAS_DRIVER;
    registers[OFFERED_WORD] = 0;
    uint32_t offered = registers[OFFERED] & (FEATURE_SEGMENTS | FEATURE_READ_ONLY | FEATURE_FLUSH);
    registers[OFFERED_WORD] = 1;
    if ((registers[OFFERED] & FEATURE_MODERN) == 0) return "it does not speak virtio 1.0";
    registers[ACCEPTED_WORD] = 0;
    registers[ACCEPTED] = offered;
    registers[ACCEPTED_WORD] = 1;
    registers[ACCEPTED] = FEATURE_MODERN;
    registers[STATUS] |= FEATURES_OK;
    if ((registers[STATUS] & FEATURES_OK) == 0) return "it does not accept what we can do";
    if ((offered & FEATURE_SEGMENTS) != 0 && registers[SEGMENTS_MOST] < DATA_MOST)
        return "it takes too few pieces in a request";
    disk->seen.read_only = (offered & FEATURE_READ_ONLY) != 0;
    disk->flushes = (offered & FEATURE_FLUSH) != 0;
    disk->seen.sectors = registers[SECTORS] | (uint64_t)registers[SECTORS + 1] << 32;
    registers[QUEUE_NUMBER] = 0;
    return registers[QUEUE_MOST] >= QUEUE_SIZE ? NULL : "its queue is too short";
}

// Five pages: descriptors, available, used, headers. And a window of addresses where pages of clients are borrowed to,
// from which all rights are withheld: they are for the device alone, and to give them back costs no fence.
static bool make_queue(struct disk *disk) {
    uint64_t va = os_pages_take(5);
    disk->window = os_range_take(QUEUE_SIZE, 1);
    if (va == 0 || disk->window == 0 || os_prot_range(0, disk->window, QUEUE_SIZE, 0).status != STATUS_OK) return false;
    queue_start(&disk->queue, (struct queue_descriptor *)va, (struct queue_available *)(va + OS_PAGE),
                (struct queue_used *)(va + 2 * OS_PAGE));
    disk->header = va + 3 * OS_PAGE;
    for (unsigned i = 0; i < 2; i++) disk->header_at[i] = physical(disk->header + i * OS_PAGE);
    disk->registers[QUEUE_COUNT] = QUEUE_SIZE;
    write_address(disk, QUEUE_DESCRIPTORS, va);
    write_address(disk, QUEUE_AVAILABLE, va + OS_PAGE);
    write_address(disk, QUEUE_USED, va + 2 * OS_PAGE);
    disk->registers[QUEUE_READY] = 1;
    disk->registers[STATUS] |= WORKS;
    return true;
}

// Its serial number is its name, if it is one.
static void read_name(struct disk *disk, uint64_t page) {
    const char *text = (const char *)page;
    enum { LONGEST = 20 };
    memset((void *)page, 0, LONGEST + 1);
    if (!ask(disk, BLOCK_NAME, 0, page, LONGEST)) return;
    for (unsigned i = 0; i < LONGEST && text[i] > ' ' && text[i] < 127; i++) disk->seen.name[i] = text[i];
}

bool block_begin(struct disk *disk, const struct os_device *device) {
    *disk = (struct disk){.registers = (volatile uint32_t *)device->va, .source = device->interrupt};
    if (disk->registers[MAGIC] != IS_VIRTIO || disk->registers[DEVICE] != IS_BLOCK) return false;
    if (disk->registers[VERSION] == LEGACY)
        return refuse(device, "it speaks the legacy interface; start QEMU with -global virtio-mmio.force-legacy=false");
    const char *wrong = negotiate(disk);
    if (wrong != NULL) return refuse(device, wrong);
    uint64_t page = os_pages_take(1);
    if (page == 0 || !make_queue(disk)) return refuse(device, "there is no memory");
    read_name(disk, page);
    bool reads = disk->seen.sectors != 0 && ask(disk, BLOCK_READ, 0, page, DISK_SECTOR);
    if (reads) partitions_read((const uint8_t *)page, disk->seen.sectors, disk->partition);
    if ((disk->registers[STATUS] & WORKS) == 0) return refuse(device, "it does not answer");
    os_pages_give(page, 1);
    return true;
}
