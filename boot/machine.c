// SPDX-License-Identifier: MIT
// Finds in the device tree what the kernel needs to know of the machine, and refuses what it cannot run on.
#include "machine.h"

#include "devicetree.h"
#include "harts.h"
#include "string.h"

struct reading {
    struct machine *machine;
    struct devicetree tree;
    struct devicetree_walk walk;
    struct harts harts;
    struct devicetree_node controller;           // the interrupt controller; its properties are 0 when there is none
    uint32_t device_controller[MACHINE_DEVICES]; // phandle of the controller that a device interrupts
};

#define TOO_MANY(what, count) "the machine has too many " what ": Pagoda takes " count "; leave some out"

static struct devicetree_value get(const struct reading *reading, const char *name) {
    return devicetree_get(&reading->tree, devicetree_node(&reading->walk), name);
}

static bool overlap(struct span left, struct span right) {
    return left.start < right.start + right.size && right.start < left.start + left.size;
}

static bool contains(struct span outer, struct span inner) {
    return inner.start >= outer.start && inner.start + inner.size <= outer.start + outer.size;
}

// Reads the one range of registers that a device must have.
// => false: there are none, and the span is as it was
static bool read_registers(const struct reading *reading, struct span *span) {
    struct span found;
    if (devicetree_registers(&reading->walk, 0, &found.start, &found.size) != DEVICETREE_FOUND || found.size == 0)
        return false;
    *span = found;
    return true;
}

static const char *read_memory(struct reading *reading) {
    struct machine *machine = reading->machine;
    struct span span;
    enum devicetree_answer answer;
    for (uint32_t i = 0;
         (answer = devicetree_registers(&reading->walk, i, &span.start, &span.size)) == DEVICETREE_FOUND; i++) {
        if (span.size == 0) continue;
        if (machine->memory_count == MACHINE_MEMORY) return TOO_MANY("ranges of memory", "8");
        uint32_t at = machine->memory_count++;
        for (; at > 0 && machine->memory[at - 1].start > span.start; at--)
            machine->memory[at] = machine->memory[at - 1];
        machine->memory[at] = span;
    }
    return answer == DEVICETREE_NO_MORE ? NULL : DEVICETREE_MALFORMED("range of memory");
}

static const char *add_reserved(struct machine *machine, struct span span) {
    if (span.size == 0) return NULL;
    if (machine->reserved_count == MACHINE_RESERVED) return TOO_MANY("reserved ranges", "16");
    machine->reserved[machine->reserved_count++] = span;
    return NULL;
}

static const char *read_reserved(struct reading *reading) {
    struct span span;
    enum devicetree_answer answer;
    const char *wrong = NULL;
    for (uint32_t i = 0; wrong == NULL; i++) {
        answer = devicetree_registers(&reading->walk, i, &span.start, &span.size);
        if (answer == DEVICETREE_NO_MORE) return NULL;
        wrong =
            answer == DEVICETREE_FOUND ? add_reserved(reading->machine, span) : DEVICETREE_MALFORMED("reserved range");
    }
    return wrong;
}

static const char *read_reservations(struct reading *reading) {
    const char *wrong = NULL;
    for (uint32_t i = 0; wrong == NULL && i < reading->tree.reservation_count; i++) {
        struct span span;
        uint64_t end;
        devicetree_reservation(&reading->tree, i, &span.start, &span.size);
        wrong = __builtin_add_overflow(span.start, span.size, &end) ? DEVICETREE_MALFORMED("reservation block")
                                                                    : add_reserved(reading->machine, span);
    }
    return wrong;
}

static const char *read_chosen(struct reading *reading) {
    struct machine *machine = reading->machine;
    struct devicetree_value arguments = get(reading, "bootargs");
    struct devicetree_value start = get(reading, "linux,initrd-start"), end = get(reading, "linux,initrd-end");
    if (arguments.bytes != NULL) {
        const char *text = devicetree_string(arguments);
        if (text == NULL) return DEVICETREE_MALFORMED("kernel command line");
        if (arguments.size > MACHINE_ARGUMENTS)
            return "the kernel command line is too long: give at most 255 characters";
        memcpy(machine->arguments, text, arguments.size);
    }
    if (start.bytes == NULL && end.bytes == NULL) return NULL;
    uint64_t from, to;
    if (!devicetree_number(start, &from) || !devicetree_number(end, &to) || to < from)
        return DEVICETREE_MALFORMED("boot image (initrd)");
    machine->initrd = (struct span){from, to - from};
    return NULL;
}

static const char *read_device(struct reading *reading, enum device_kind kind) {
    struct machine *machine = reading->machine;
    struct device device = {.kind = kind};
    if (!read_registers(reading, &device.registers)) return DEVICETREE_MALFORMED("device registers");
    uint32_t controller = devicetree_node(&reading->walk)->interrupt_parent;
    struct devicetree_value extended = get(reading, "interrupts-extended");
    if (devicetree_cell(extended, 0, &controller))
        devicetree_cell(extended, 1, &device.interrupt);
    else
        devicetree_cell(get(reading, "interrupts"), 0, &device.interrupt);
    if (machine->device_count == MACHINE_DEVICES) return TOO_MANY("devices", "32");
    uint32_t at = machine->device_count++;
    for (; at > 0 && machine->device[at - 1].registers.start > device.registers.start; at--) {
        machine->device[at] = machine->device[at - 1];
        reading->device_controller[at] = reading->device_controller[at - 1];
    }
    machine->device[at] = device;
    reading->device_controller[at] = controller;
    return NULL;
}

static const char *read_controller(struct reading *reading) {
    if (reading->controller.properties != 0) return NULL; // every hart must be served by the first one
    reading->controller = *devicetree_node(&reading->walk);
    return read_registers(reading, &reading->machine->interrupt_controller)
               ? NULL
               : DEVICETREE_MALFORMED("interrupt controller");
}

// Anything else is known by what it is compatible with.
static const char *read_other(struct reading *reading) {
    struct devicetree_value compatible = get(reading, "compatible");
    if (compatible.bytes == NULL) return NULL;
    if (devicetree_lists(compatible, "virtio,mmio")) return read_device(reading, DEVICE_VIRTIO_MMIO);
    if (devicetree_lists(compatible, "ns16550a") || devicetree_lists(compatible, "ns16550"))
        return read_device(reading, DEVICE_UART_16550);
    if (devicetree_lists(compatible, "google,goldfish-rtc")) return read_device(reading, DEVICE_GOLDFISH_RTC);
    if (devicetree_lists(compatible, "sifive,plic-1.0.0") || devicetree_lists(compatible, "riscv,plic0"))
        return read_controller(reading);
    if (devicetree_lists(compatible, "sifive,test0"))
        return read_registers(reading, &reading->machine->finisher) ? NULL : DEVICETREE_MALFORMED("finisher");
    return NULL;
}

static const char *read_node(struct reading *reading) {
    const struct devicetree_node *node = devicetree_node(&reading->walk);
    uint32_t depth = reading->walk.depth;
    if (!node->enabled || depth == 1) return NULL;
    if (string_equal(reading->walk.path[1].name, "cpus"))
        return harts_read(&reading->harts, reading->machine, &reading->walk);
    if (depth == 2 && string_equal(node->name, "chosen")) return read_chosen(reading);
    if (depth == 2 && devicetree_lists(get(reading, "device_type"), "memory")) return read_memory(reading);
    if (depth == 3 && string_equal(reading->walk.path[1].name, "reserved-memory")) return read_reserved(reading);
    return read_other(reading);
}

static const char *check_memory(struct machine *machine) {
    if (machine->memory_count == 0)
        return "the device tree has no memory: give the kernel the tree that the firmware was given";
    uint32_t last = 0;
    for (uint32_t i = 1; i < machine->memory_count; i++) {
        struct span *before = &machine->memory[last], next = machine->memory[i];
        if (overlap(*before, next)) return DEVICETREE_MALFORMED("list of memory (two ranges overlap)");
        if (before->start + before->size == next.start)
            before->size += next.size;
        else
            machine->memory[++last] = next;
    }
    machine->memory_count = last + 1;
    bool initrd_found = machine->initrd.size == 0;
    for (uint32_t i = 0; i < machine->memory_count; i++) initrd_found |= contains(machine->memory[i], machine->initrd);
    return initrd_found ? NULL : "the boot image (initrd) is outside memory: start with more memory";
}

static bool is_in_memory(const struct machine *machine, struct span registers) {
    for (uint32_t i = 0; i < machine->memory_count; i++) {
        if (overlap(machine->memory[i], registers)) return true;
    }
    return false;
}

// Devices interrupt through the one controller, or not at all.
static const char *check_devices(const struct reading *reading) {
    struct machine *machine = reading->machine;
    uint32_t controller = 0;
    devicetree_cell(devicetree_get(&reading->tree, &reading->controller, "phandle"), 0, &controller);
    bool wrong = is_in_memory(machine, machine->interrupt_controller) || is_in_memory(machine, machine->finisher);
    for (uint32_t i = 0; i < machine->device_count; i++) {
        struct device *device = &machine->device[i];
        wrong |= is_in_memory(machine, device->registers);
        wrong |= i > 0 && overlap(device[-1].registers, device->registers);
        if (controller == 0 || reading->device_controller[i] != controller) device->interrupt = 0;
        if (device->interrupt > machine->interrupt_sources) return DEVICETREE_MALFORMED("interrupt of a device");
    }
    return wrong ? DEVICETREE_MALFORMED("list of devices (registers overlap)") : NULL;
}

static const char *check(struct reading *reading) {
    const char *wrong = harts_check(&reading->harts, reading->machine);
    if (wrong == NULL) wrong = read_reservations(reading);
    if (wrong == NULL) wrong = check_memory(reading->machine);
    if (wrong == NULL && reading->controller.properties == 0)
        wrong = "the machine has no interrupt controller that Pagoda knows: start QEMU's virt machine without aia";
    if (wrong == NULL) wrong = harts_connect(&reading->harts, reading->machine, &reading->tree, &reading->controller);
    return wrong != NULL ? wrong : check_devices(reading);
}

const char *machine_read(struct machine *machine, const void *bytes, size_t size) {
    memset(machine, 0, sizeof(*machine));
    struct reading reading = {.machine = machine};
    const char *wrong = devicetree_open(&reading.tree, bytes, size);
    if (wrong != NULL) return wrong;
    reading.walk = devicetree_walk(&reading.tree);
    while (devicetree_next(&reading.walk)) { // to the end, because a refusal needs the finisher
        const char *also_wrong = read_node(&reading);
        wrong = wrong != NULL ? wrong : also_wrong;
    }
    return wrong != NULL ? wrong : check(&reading);
}
