// SPDX-License-Identifier: MIT
// Builds flattened device trees for the tests: by hand, or one like that of QEMU's virt machine.
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

enum { BUILDER_ROOM = 1 << 16, BUILDER_HEADER = 40 };

struct builder {
    uint8_t structure[BUILDER_ROOM], strings[BUILDER_ROOM], reservations[BUILDER_ROOM];
    size_t structure_size, strings_size, reservations_size;
    bool structure_last; // the block at the end of the tree is the one whose overreads are seen
};

static inline void builder_store(uint8_t *to, uint32_t cell) {
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(cell >> (24 - 8 * i));
}

static inline void builder_token(struct builder *builder, uint32_t cell) {
    builder_store(builder->structure + builder->structure_size, cell);
    builder->structure_size += 4;
}

static inline void builder_data(struct builder *builder, const void *bytes, size_t size) {
    memcpy(builder->structure + builder->structure_size, bytes, size);
    memset(builder->structure + builder->structure_size + size, 0, 4);
    builder->structure_size += (size + 3) & ~(size_t)3;
}

static inline void begin(struct builder *builder, const char *name) {
    builder_token(builder, 1);
    builder_data(builder, name, strlen(name) + 1);
}

static inline void end(struct builder *builder) { builder_token(builder, 2); }

static inline void property(struct builder *builder, const char *name, const void *bytes, size_t size) {
    size_t at = 0;
    while (at < builder->strings_size && strcmp((char *)builder->strings + at, name) != 0)
        at += strlen((char *)builder->strings + at) + 1;
    if (at == builder->strings_size) builder->strings_size += strlen(strcpy((char *)builder->strings + at, name)) + 1;
    builder_token(builder, 3);
    builder_token(builder, (uint32_t)size);
    builder_token(builder, (uint32_t)at);
    builder_data(builder, bytes, size);
}

static inline void cells(struct builder *builder, const char *name, const uint32_t *cell, size_t count) {
    uint8_t bytes[4 * 64];
    for (size_t i = 0; i < count; i++) builder_store(bytes + 4 * i, cell[i]);
    property(builder, name, bytes, 4 * count);
}

#define CELLS(builder, name, ...) \
    cells(builder, name, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / 4)
#define TWO(number) (uint32_t)((uint64_t)(number) >> 32), (uint32_t)(number)

static inline void string(struct builder *builder, const char *name, const char *text) {
    property(builder, name, text, strlen(text) + 1);
}

static inline void reservation(struct builder *builder, uint64_t start, uint64_t size) {
    const uint32_t entry[] = {TWO(start), TWO(size)};
    for (int i = 0; i < 4; i++, builder->reservations_size += 4)
        builder_store(builder->reservations + builder->reservations_size, entry[i]);
}

// => the whole tree in a block of exactly its size, to be freed
static inline uint8_t *finish(struct builder *builder, size_t *size) {
    reservation(builder, 0, 0);
    builder_token(builder, 9);
    size_t structure = BUILDER_HEADER + builder->reservations_size, strings = structure + builder->structure_size;
    *size = strings + builder->strings_size;
    if (builder->structure_last) {
        strings = structure;
        structure += (builder->strings_size + 3) & ~(size_t)3;
        *size = structure + builder->structure_size;
    }
    uint8_t *tree = calloc(1, *size);
    const uint32_t header[] = {0xd00dfeed,
                               (uint32_t)*size,
                               (uint32_t)structure,
                               (uint32_t)strings,
                               BUILDER_HEADER,
                               17,
                               16,
                               0,
                               (uint32_t)builder->strings_size,
                               (uint32_t)builder->structure_size};
    for (size_t i = 0; i < 10; i++) builder_store(tree + 4 * i, header[i]);
    memcpy(tree + BUILDER_HEADER, builder->reservations, builder->reservations_size);
    memcpy(tree + structure, builder->structure, builder->structure_size);
    memcpy(tree + strings, builder->strings, builder->strings_size);
    free(builder);
    return tree;
}

// What to vary in a tree like that of QEMU's virt machine.
struct virt {
    uint32_t harts;
    uint64_t memory_start, memory_size; // size 0: no node
    const char *mmu, *isa, *hart_1_status;
    uint32_t timebase; // 0: no property
    const char *arguments;
    uint64_t initrd_start, initrd_end; // start 0: none
    uint64_t controller_size;          // 0: no node
    uint32_t sources;
    bool structure_last;
    void (*reserve)(struct builder *); // adds to the reservation block
    void (*extra)(struct builder *);   // adds nodes at the end of the root
};

// The usual machine, with what is named changed. Is meant to override initializers.
#define VIRT(...)                                                       \
    (&(const struct virt){.harts = 2,                                   \
                          .memory_start = 0x80000000,                   \
                          .memory_size = 128 << 20,                     \
                          .mmu = "riscv,sv48",                          \
                          .isa = "rv64imafdch_zicsr_zifencei_zba_sstc", \
                          .hart_1_status = "okay",                      \
                          .timebase = 10000000,                         \
                          .controller_size = 0x600000,                  \
                          .sources = 96,                                \
                          __VA_ARGS__})
#pragma GCC diagnostic ignored "-Woverride-init"

// QEMU numbers handles like this: the hart's node, then the controller in it.
static inline uint32_t hart_controller(uint32_t hart) { return 2 * hart + 2; }

enum { CONTROLLER = 1000 };

static inline void build_harts(struct builder *builder, const struct virt *virt) {
    begin(builder, "cpus");
    CELLS(builder, "#address-cells", 1);
    CELLS(builder, "#size-cells", 0);
    if (virt->timebase != 0) CELLS(builder, "timebase-frequency", virt->timebase);
    for (uint32_t hart = virt->harts; hart-- > 0;) { // backwards, as older QEMUs do
        begin(builder, "cpu@n");
        CELLS(builder, "phandle", hart_controller(hart) - 1);
        string(builder, "device_type", "cpu");
        CELLS(builder, "reg", hart);
        string(builder, "status", hart == 1 ? virt->hart_1_status : "okay");
        string(builder, "riscv,isa", virt->isa);
        if (virt->mmu != NULL) string(builder, "mmu-type", virt->mmu);
        begin(builder, "interrupt-controller");
        CELLS(builder, "#interrupt-cells", 1);
        string(builder, "compatible", "riscv,cpu-intc");
        CELLS(builder, "phandle", hart_controller(hart));
        end(builder);
        end(builder);
    }
    begin(builder, "cpu-map");
    begin(builder, "cluster0");
    end(builder);
    end(builder);
    end(builder);
}

static inline void build_device(struct builder *builder, const char *name, const char *compatible, uint64_t start,
                                uint64_t size, uint32_t interrupt) {
    begin(builder, name);
    CELLS(builder, "interrupts", interrupt);
    CELLS(builder, "interrupt-parent", CONTROLLER);
    CELLS(builder, "reg", TWO(start), TWO(size));
    string(builder, "compatible", compatible);
    end(builder);
}

static inline void build_soc(struct builder *builder, const struct virt *virt) {
    begin(builder, "soc");
    CELLS(builder, "#address-cells", 2);
    CELLS(builder, "#size-cells", 2);
    property(builder, "ranges", "", 0);
    build_device(builder, "rtc@101000", "google,goldfish-rtc", 0x101000, 0x1000, 11);
    build_device(builder, "serial@10000000", "ns16550a", 0x10000000, 0x100, 10);
    for (uint32_t i = 8; i > 0; i--)
        build_device(builder, "virtio_mmio@n", "virtio,mmio", 0x10000000 + 0x1000 * i, 0x1000, i);
    begin(builder, "test@100000");
    CELLS(builder, "reg", TWO(0x100000), TWO(0x1000));
    property(builder, "compatible", "sifive,test1\0sifive,test0\0syscon", 33);
    end(builder);
    if (virt->controller_size > 0) {
        uint32_t contexts[64];
        uint32_t harts = virt->harts < 16 ? virt->harts : 16;
        for (uint32_t i = 0; i < harts; i++)
            memcpy(contexts + 4 * i, (uint32_t[]){hart_controller(i), 11, hart_controller(i), 9}, 16);
        begin(builder, "plic@c000000");
        CELLS(builder, "phandle", CONTROLLER);
        CELLS(builder, "riscv,ndev", virt->sources);
        CELLS(builder, "reg", TWO(0xc000000), TWO(virt->controller_size));
        cells(builder, "interrupts-extended", contexts, 4 * (size_t)harts);
        property(builder, "compatible", "sifive,plic-1.0.0\0riscv,plic0", 30);
        end(builder);
    }
    end(builder);
}

static inline uint8_t *build_virt(const struct virt *virt, size_t *size) {
    struct builder *builder = calloc(1, sizeof(*builder));
    builder->structure_last = virt->structure_last;
    if (virt->reserve != NULL) virt->reserve(builder);
    begin(builder, "");
    CELLS(builder, "#address-cells", 2);
    CELLS(builder, "#size-cells", 2);
    begin(builder, "chosen");
    if (virt->arguments != NULL) string(builder, "bootargs", virt->arguments);
    if (virt->initrd_start > 0) {
        CELLS(builder, "linux,initrd-end", TWO(virt->initrd_end));
        CELLS(builder, "linux,initrd-start", TWO(virt->initrd_start));
    }
    end(builder);
    if (virt->memory_size > 0) {
        begin(builder, "memory@80000000");
        string(builder, "device_type", "memory");
        CELLS(builder, "reg", TWO(virt->memory_start), TWO(virt->memory_size));
        end(builder);
    }
    build_harts(builder, virt);
    build_soc(builder, virt);
    if (virt->extra != NULL) virt->extra(builder);
    end(builder);
    return finish(builder, size);
}
