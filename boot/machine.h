// SPDX-License-Identifier: MIT
// What the device tree says about the machine, checked, in one plain struct.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MACHINE_HARTS = 8,
    MACHINE_MEMORY = 8,
    MACHINE_RESERVED = 16,
    MACHINE_DEVICES = 32,
    MACHINE_ARGUMENTS = 256,
};

// A range of physical bytes. start + size never overflows.
struct span {
    uint64_t start, size;
};

static inline uint64_t align_up(uint64_t value, uint64_t alignment) {
    return (value + alignment - 1) & ~(alignment - 1);
}

enum device_kind { DEVICE_VIRTIO_MMIO, DEVICE_UART_16550, DEVICE_GOLDFISH_RTC };

struct device {
    enum device_kind kind;
    struct span registers;
    uint32_t interrupt; // a source of the interrupt controller; 0: none
};

struct machine {
    uint32_t hart_count;                  // usable harts: enabled, with Sv39 at least
    uint64_t hart_id[MACHINE_HARTS];      // ascending
    uint32_t hart_context[MACHINE_HARTS]; // the interrupt controller's context for the hart's S mode
    bool has_sstc;                        // on every one of them
    uint64_t timebase;                    // ticks in a second
    uint32_t memory_count;
    struct span memory[MACHINE_MEMORY]; // ascending, apart from each other
    uint32_t reserved_count;
    struct span reserved[MACHINE_RESERVED]; // by /reserved-memory and the reservation block
    struct span initrd;                     // inside one span of memory; size 0: none
    struct span interrupt_controller;       // a PLIC; covers the registers of all contexts above
    uint32_t interrupt_sources;             // numbered from 1
    struct span finisher;                   // sifive,test0; size 0: none
    uint32_t device_count;
    struct device device[MACHINE_DEVICES]; // ascending; no registers are in memory
    char arguments[MACHINE_ARGUMENTS];     // the kernel command line
    char refusal[128];                     // holds a sentence of machine_read() that has a number in it
};

// Fills in what the tree at `tree` says. At most `size` bytes are readable there.
// => NULL, or one sentence that says what is wrong and what to do; never reads outside the tree.
//    A machine that is refused still has its finisher, when the tree can be walked and has one.
const char *machine_read(struct machine *machine, const void *tree, size_t size);
