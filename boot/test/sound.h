// SPDX-License-Identifier: MIT
// What must be true of every answer of machine_read(), whatever the tree said.
#pragma once

#include "machine.h"
#include "tap.h"

static inline bool is_ordered(struct span before, struct span after) {
    return before.start + before.size <= after.start;
}

static inline bool is_span(struct span span) { return span.start + span.size >= span.start; }

static inline void expect_sound(const struct machine *machine, const char *wrong) {
    EXPECT(is_span(machine->finisher));
    if (wrong != NULL) {
        EXPECT(strlen(wrong) > 20 && strlen(wrong) < 140 && strpbrk(wrong, "\n%") == NULL, "a sentence: '%s'", wrong);
        return;
    }
    EXPECT(machine->hart_count >= 1 && machine->hart_count <= MACHINE_HARTS && machine->timebase > 0);
    for (uint32_t i = 0; i < machine->hart_count; i++) {
        EXPECT(i == 0 || machine->hart_id[i - 1] < machine->hart_id[i]);
        EXPECT(0x201000 + UINT64_C(0x1000) * machine->hart_context[i] <= machine->interrupt_controller.size);
    }
    EXPECT(machine->interrupt_sources >= 1 && machine->interrupt_sources <= 1023);
    EXPECT(machine->memory_count >= 1 && machine->memory_count <= MACHINE_MEMORY);
    bool initrd_found = machine->initrd.size == 0;
    for (uint32_t i = 0; i < machine->memory_count; i++) {
        struct span memory = machine->memory[i];
        EXPECT(memory.size > 0 && is_span(memory) && (i == 0 || is_ordered(machine->memory[i - 1], memory)));
        initrd_found |= machine->initrd.start >= memory.start &&
                        is_ordered(machine->initrd, (struct span){memory.start + memory.size, 0});
        for (uint32_t j = 0; j < machine->device_count; j++)
            EXPECT(is_ordered(machine->device[j].registers, memory) ||
                   is_ordered(memory, machine->device[j].registers));
    }
    EXPECT(initrd_found);
    EXPECT(machine->reserved_count <= MACHINE_RESERVED);
    for (uint32_t i = 0; i < machine->reserved_count; i++)
        EXPECT(machine->reserved[i].size > 0 && is_span(machine->reserved[i]));
    EXPECT(machine->device_count <= MACHINE_DEVICES);
    for (uint32_t i = 0; i < machine->device_count; i++) {
        const struct device *device = &machine->device[i];
        EXPECT(device->registers.size > 0 && device->interrupt <= machine->interrupt_sources);
        EXPECT(i == 0 || is_ordered(device[-1].registers, device->registers));
    }
    EXPECT(memchr(machine->arguments, '\0', MACHINE_ARGUMENTS) != NULL);
}
