// SPDX-License-Identifier: MIT
// The disk server: it drives all virtio block devices. Whoever opens a disk shares a ring with it (<os/disk_ring.h>)
// and lends it pages; the disk reads and writes those itself. It calls nobody, and waits for nobody.
#include <os/begin.h>
#include <os/handlers.h>
#include <os/print.h>
#include <os/process.h>
#include <os/threads.h>

#include "disk_transfers.h"
#include "format.h"
#include "string.h"

enum { REGISTER_A0 = 9, ECALL_SIZE = 4 };

// A handle that a client passed on may name anything: what cannot be done with it is a status.
static void refuse_misuse(struct upcall_registers *interrupted, struct os_fault *fault) {
    if (FAULT_ACCESS(TAG_LABEL(fault->message.tag)) != FAULT_MISUSE) os_handler_give_up(interrupted, fault);
    interrupted->x[REGISTER_A0] = STATUS_DENIED;
    interrupted->pc += ECALL_SIZE;
}

static bool is_taken(const char *name, unsigned before) {
    for (unsigned i = 0; i < before; i++) {
        if (string_equal(disks[i].seen.name, name)) return true;
    }
    return false;
}

// One without a serial number, or with another's, is called by its place.
static void name_disks(void) {
    for (unsigned i = 0; i < disk_count; i++) {
        char *name = disks[i].seen.name;
        if (name[0] == '\0' || is_taken(name, i)) format_to(name, DISK_NAME, "disk%u", i);
    }
}

static void begin(uint64_t port) {
    for (uint64_t i = 0; i < os_start->device_count && disk_count < DISKS; i++) {
        struct disk *disk = &disks[disk_count];
        if (!block_begin(disk, &os_start->device[i])) continue;
        os_interrupt(OS_SLOT_CONSOLE, disk->source, port, INTERRUPT_BIT(disk_count));
        disk_count++;
    }
    name_disks();
    for (unsigned i = 0; i < disk_count; i++)
        os_print("disk: %s has %lu KiB%s\n", disks[i].seen.name, disks[i].seen.sectors / 2,
                 disks[i].seen.read_only != 0 ? ", read-only" : "");
}

static void heard(uint64_t bits) {
    for (unsigned i = 0; i < disk_count; i++) {
        if ((bits & INTERRUPT_BIT(i)) != 0) transfers_end(&disks[i]);
    }
    bits %= INTERRUPT_BIT(0);
    for (unsigned i = 0; bits != 0; i++, bits >>= 1) {
        if ((bits & 1) != 0) transfers_begin(&clients[i]);
    }
    transfers_ring();
    clients_notify();
}

int main(void) {
    struct result port = os_port_create();
    if (port.status != STATUS_OK || os_handler_set(refuse_misuse) != STATUS_OK) return 1;
    begin(port.value);
    if (os_announce(port.value) != STATUS_OK) return 1;
    for (;;) {
        struct message message = os_recv(port.value, 0);
        switch (TAG_KIND(message.tag)) {
        case MESSAGE_NOTIFY:
            heard(message.word[0]);
            break;
        case MESSAGE_CALL:
            clients_serve(&message, port.value);
            break;
        case MESSAGE_FAULT:
            clients_fault(&message);
            break;
        default:
            clients_detached(&message);
        }
    }
}
