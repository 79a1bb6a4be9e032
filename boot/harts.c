// SPDX-License-Identifier: MIT
// The harts of the device tree: which can be used, and how the interrupt controller reaches them.
#include "harts.h"

#include "format.h"
#include "string.h"

enum { NO_HART = MACHINE_HARTS, SUPERVISOR_EXTERNAL_INTERRUPT = 9 };

// The PLIC has a page of registers for every context, behind those for all.
enum { CONTEXTS = 0x200000, CONTEXT = 0x1000, SOURCES_LIMIT = 1023 };

static struct devicetree_value get(const struct devicetree_walk *walk, const char *name) {
    return devicetree_get(walk->tree, devicetree_node(walk), name);
}

static bool names_extension(const char *isa, const char *extension) {
    while (*isa != '\0') {
        while (*isa != '\0' && *isa != '_') isa++;
        if (*isa == '\0') return false;
        isa++;
        size_t length = 0;
        while (extension[length] != '\0' && isa[length] == extension[length]) length++;
        if (extension[length] == '\0' && (isa[length] == '\0' || isa[length] == '_')) return true;
    }
    return false;
}

static bool has_sstc(const struct devicetree_walk *walk) {
    const char *isa = devicetree_string(get(walk, "riscv,isa"));
    return devicetree_lists(get(walk, "riscv,isa-extensions"), "sstc") || (isa != NULL && names_extension(isa, "sstc"));
}

static const char *read_timebase(struct machine *machine, const struct devicetree_walk *walk) {
    struct devicetree_value timebase = get(walk, "timebase-frequency");
    if (timebase.bytes != NULL && !devicetree_number(timebase, &machine->timebase))
        return DEVICETREE_MALFORMED("timebase-frequency");
    return NULL;
}

static const char *read_hart(struct harts *harts, struct machine *machine, const struct devicetree_walk *walk) {
    struct devicetree_value mmu = get(walk, "mmu-type");
    harts->present++;
    if (!devicetree_lists(mmu, "riscv,sv39") && !devicetree_lists(mmu, "riscv,sv48") &&
        !devicetree_lists(mmu, "riscv,sv57"))
        return NULL;
    uint64_t id;
    if (!devicetree_number(get(walk, "reg"), &id)) return DEVICETREE_MALFORMED("hart number");
    harts->sstc_missing |= !has_sstc(walk);
    if (harts->usable++ >= MACHINE_HARTS) return NULL; // refused when they have been counted
    uint32_t at = machine->hart_count++;
    for (; at > 0 && machine->hart_id[at - 1] >= id; at--) {
        if (machine->hart_id[at - 1] == id) return DEVICETREE_MALFORMED("list of harts (two have one number)");
        machine->hart_id[at] = machine->hart_id[at - 1];
        harts->controller[at] = harts->controller[at - 1];
    }
    machine->hart_id[at] = id;
    harts->controller[at] = 0;
    harts->current = at;
    return read_timebase(machine, walk);
}

const char *harts_read(struct harts *harts, struct machine *machine, const struct devicetree_walk *walk) {
    if (walk->depth == 2) return read_timebase(machine, walk);
    if (walk->depth == 3) harts->current = NO_HART;
    if (walk->depth == 3 && devicetree_lists(get(walk, "device_type"), "cpu")) return read_hart(harts, machine, walk);
    if (walk->depth == 4 && harts->current != NO_HART && devicetree_lists(get(walk, "compatible"), "riscv,cpu-intc"))
        devicetree_cell(get(walk, "phandle"), 0, &harts->controller[harts->current]);
    return NULL;
}

const char *harts_check(const struct harts *harts, struct machine *machine) {
    if (harts->present == 0) return "the device tree has no cpus: give the kernel the tree that the firmware was given";
    if (harts->usable == 0)
        return "no hart has Sv39 page tables: start with a 64-bit cpu that has an MMU, such as QEMU's rv64";
    if (harts->usable > MACHINE_HARTS) {
        format_to(machine->refusal, sizeof(machine->refusal),
                  "the machine has %u harts: Pagoda runs 1 to %u; start with --harts %u or fewer", harts->usable,
                  MACHINE_HARTS, MACHINE_HARTS);
        return machine->refusal;
    }
    if (machine->timebase == 0)
        return "the device tree has no timebase-frequency: give the kernel the tree that the firmware was given";
    machine->has_sstc = !harts->sstc_missing;
    return NULL;
}

const char *harts_connect(const struct harts *harts, struct machine *machine, const struct devicetree *tree,
                          const struct devicetree_node *controller) {
    if (!devicetree_cell(devicetree_get(tree, controller, "riscv,ndev"), 0, &machine->interrupt_sources) ||
        machine->interrupt_sources == 0 || machine->interrupt_sources > SOURCES_LIMIT)
        return DEVICETREE_MALFORMED("number of interrupt sources");
    // One pair of (the controller of a hart, its interrupt) for each context.
    struct devicetree_value contexts = devicetree_get(tree, controller, "interrupts-extended");
    uint32_t connected = 0, phandle, interrupt;
    for (uint32_t context = 0;
         devicetree_cell(contexts, 2 * context, &phandle) && devicetree_cell(contexts, 2 * context + 1, &interrupt);
         context++) {
        for (uint32_t i = 0; i < machine->hart_count; i++) {
            if (interrupt != SUPERVISOR_EXTERNAL_INTERRUPT || phandle == 0 || phandle != harts->controller[i]) continue;
            if (machine->interrupt_controller.size < CONTEXTS + (uint64_t)CONTEXT * (context + 1))
                return DEVICETREE_MALFORMED("interrupt controller (its registers are too few)");
            machine->hart_context[i] = context;
            connected |= 1U << i;
        }
    }
    if (connected != (1U << machine->hart_count) - 1)
        return "the first interrupt controller does not reach every hart: start with one socket and one controller";
    return NULL;
}
