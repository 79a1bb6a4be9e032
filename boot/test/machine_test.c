// SPDX-License-Identifier: MIT
// What the kernel learns from device trees, and which machines it refuses.
#include "machine.h"

#include "builder.h"
#include "sound.h"
#include "tap.h"

static struct machine machine;

static const char *read_virt(const struct virt *virt) {
    size_t size;
    uint8_t *tree = build_virt(virt, &size);
    const char *wrong = machine_read(&machine, tree, size);
    free(tree);
    expect_sound(&machine, wrong);
    return wrong;
}

// The machine is refused with a sentence that has this in it.
#define EXPECT_REFUSED(virt, part)                                                           \
    do {                                                                                     \
        const char *wrong = read_virt(virt);                                                 \
        EXPECT(wrong != NULL && strstr(wrong, part) != NULL, "about '%s': %s", part, wrong); \
    } while (0)

TEST(a_virt_machine_is_read_completely) {
    EXPECT(read_virt(VIRT(.arguments = "poweroff ktest.seed=7", .initrd_start = 0x84000000,
                          .initrd_end = 0x84001388)) == NULL);
    EXPECT(machine.hart_count == 2 && machine.hart_id[0] == 0 && machine.hart_id[1] == 1);
    EXPECT(machine.hart_context[0] == 1 && machine.hart_context[1] == 3);
    EXPECT(machine.has_sstc && machine.timebase == 10000000);
    EXPECT(machine.memory_count == 1 && machine.memory[0].start == 0x80000000 && machine.memory[0].size == 128 << 20);
    EXPECT(machine.reserved_count == 0);
    EXPECT(machine.initrd.start == 0x84000000 && machine.initrd.size == 0x1388);
    EXPECT(machine.interrupt_controller.start == 0xc000000 && machine.interrupt_controller.size == 0x600000);
    EXPECT(machine.interrupt_sources == 96);
    EXPECT(machine.finisher.start == 0x100000 && machine.finisher.size == 0x1000);
    EXPECT(machine.device_count == 10 && machine.device[0].kind == DEVICE_GOLDFISH_RTC);
    EXPECT(machine.device[0].interrupt == 11 && machine.device[0].registers.start == 0x101000);
    EXPECT(machine.device[1].kind == DEVICE_UART_16550 && machine.device[1].interrupt == 10);
    for (uint32_t i = 1; i <= 8; i++) {
        const struct device *device = &machine.device[i + 1];
        EXPECT(device->kind == DEVICE_VIRTIO_MMIO && device->interrupt == i);
        EXPECT(device->registers.start == 0x10000000 + 0x1000 * i);
    }
    EXPECT(strcmp(machine.arguments, "poweroff ktest.seed=7") == 0);
}

TEST(a_machine_without_arguments_or_initrd_has_none) {
    EXPECT(read_virt(VIRT()) == NULL);
    EXPECT(machine.arguments[0] == '\0' && machine.initrd.size == 0);
}

TEST(one_to_eight_harts_are_taken_and_nine_refused_with_their_number) {
    for (uint32_t harts = 1; harts <= 8; harts++) {
        EXPECT(read_virt(VIRT(.harts = harts)) == NULL);
        EXPECT(machine.hart_count == harts);
        for (uint32_t i = 0; i < harts; i++) EXPECT(machine.hart_id[i] == i && machine.hart_context[i] == 2 * i + 1);
    }
    EXPECT_REFUSED(VIRT(.harts = 9), "the machine has 9 harts: Pagoda runs 1 to 8; start with --harts 8 or fewer");
    EXPECT(machine.finisher.size > 0, "a refusal needs the finisher");
    EXPECT_REFUSED(VIRT(.harts = 100), "has 100 harts");
}

TEST(harts_that_are_disabled_or_without_sv39_do_not_count) {
    EXPECT(read_virt(VIRT(.hart_1_status = "disabled", .harts = 3)) == NULL);
    EXPECT(machine.hart_count == 2 && machine.hart_id[1] == 2 && machine.hart_context[1] == 5);
    EXPECT(read_virt(VIRT(.hart_1_status = "disabled", .harts = 9)) == NULL);
    EXPECT_REFUSED(VIRT(.mmu = "riscv,none"), "Sv39");
    EXPECT_REFUSED(VIRT(.mmu = "riscv,sv32"), "Sv39");
    EXPECT_REFUSED(VIRT(.mmu = NULL), "Sv39");
    EXPECT(read_virt(VIRT(.mmu = "riscv,sv39")) == NULL && read_virt(VIRT(.mmu = "riscv,sv57")) == NULL);
}

TEST(sstc_is_a_whole_word_of_the_isa_string) {
    static const char *const with[] = {"rv64i_sstc", "rv64imac_sstc_zba", "rv64imac_zba_sstc"};
    static const char *const without[] = {"rv64imac", "sstc", "rv64i_sstcx", "rv64i_xsstc", "rv64i_sst", "rv64i_", ""};
    for (size_t i = 0; i < sizeof(with) / sizeof(*with); i++)
        EXPECT(read_virt(VIRT(.isa = with[i])) == NULL && machine.has_sstc, "%s", with[i]);
    for (size_t i = 0; i < sizeof(without) / sizeof(*without); i++)
        EXPECT(read_virt(VIRT(.isa = without[i])) == NULL && !machine.has_sstc, "%s", without[i]);
}

TEST(what_is_missing_is_named) {
    EXPECT_REFUSED(VIRT(.harts = 0), "no cpus");
    EXPECT_REFUSED(VIRT(.memory_size = 0), "no memory");
    EXPECT_REFUSED(VIRT(.timebase = 0), "timebase-frequency");
    EXPECT_REFUSED(VIRT(.controller_size = 0), "interrupt controller");
}

TEST(an_interrupt_controller_that_cannot_work_is_refused) {
    EXPECT_REFUSED(VIRT(.sources = 0), "interrupt sources");
    EXPECT_REFUSED(VIRT(.sources = 1024), "interrupt sources");
    EXPECT_REFUSED(VIRT(.sources = 9), "interrupt of a device");
    EXPECT_REFUSED(VIRT(.controller_size = 0x203fff), "registers are too few");
    EXPECT(read_virt(VIRT(.controller_size = 0x204000)) == NULL);
}

TEST(memory_may_not_overflow_or_overlap) {
    EXPECT_REFUSED(VIRT(.memory_size = UINT64_MAX), "range of memory");
    EXPECT_REFUSED(VIRT(.memory_start = UINT64_MAX - 10), "range of memory");
    EXPECT_REFUSED(VIRT(.memory_size = UINT64_C(1) << 56), "range of memory");
    EXPECT_REFUSED(VIRT(.memory_start = 0x10000000), "registers overlap");
}

static void more_memory(struct builder *builder, uint64_t start, uint64_t size) {
    begin(builder, "memory@more");
    string(builder, "device_type", "memory");
    CELLS(builder, "reg", TWO(start), TWO(size));
    end(builder);
}

static void memory_around(struct builder *builder) {
    more_memory(builder, 0x88000000, 0x1000); // adjacent
    more_memory(builder, 0x40000000, 0x1000);
    more_memory(builder, 0x50000000, 0);
}

static void memory_inside(struct builder *builder) { more_memory(builder, 0x80001000, 0x1000); }

static void memory_everywhere(struct builder *builder) {
    for (uint64_t i = 0; i < MACHINE_MEMORY; i++) more_memory(builder, (i + 1) << 40, 0x1000);
}

TEST(memory_is_sorted_and_adjacent_ranges_are_one) {
    EXPECT(read_virt(VIRT(.extra = memory_around)) == NULL);
    EXPECT(machine.memory_count == 2 && machine.memory[0].start == 0x40000000 && machine.memory[0].size == 0x1000);
    EXPECT(machine.memory[1].start == 0x80000000 && machine.memory[1].size == (128 << 20) + 0x1000);
    EXPECT_REFUSED(VIRT(.extra = memory_inside), "two ranges overlap");
    EXPECT_REFUSED(VIRT(.extra = memory_everywhere), "too many ranges of memory");
}

TEST(the_initrd_must_be_in_memory) {
    EXPECT(read_virt(VIRT(.initrd_start = 0x87fff000, .initrd_end = 0x88000000)) == NULL);
    EXPECT(read_virt(VIRT(.initrd_start = 0x1000, .initrd_end = 0x1000)) == NULL && machine.initrd.size == 0);
    EXPECT_REFUSED(VIRT(.initrd_start = 0x87fff000, .initrd_end = 0x88000001), "outside memory");
    EXPECT_REFUSED(VIRT(.initrd_start = 0x1000, .initrd_end = 0x2000), "outside memory");
    EXPECT_REFUSED(VIRT(.initrd_start = 0x80000000, .initrd_end = UINT64_MAX), "outside memory");
    EXPECT_REFUSED(VIRT(.initrd_start = 0x84000000, .initrd_end = 0x83000000), "initrd");
}

static void only_initrd_start(struct builder *builder) {
    begin(builder, "chosen");
    CELLS(builder, "linux,initrd-start", 0x84000000);
    end(builder);
}

static void short_initrd(struct builder *builder) {
    begin(builder, "chosen");
    CELLS(builder, "linux,initrd-start", 0x84000000); // one cell is enough
    CELLS(builder, "linux,initrd-end", 0x84000010);
    end(builder);
}

TEST(the_initrd_has_two_ends_of_one_or_two_cells) {
    EXPECT_REFUSED(VIRT(.extra = only_initrd_start), "initrd");
    EXPECT(read_virt(VIRT(.extra = short_initrd)) == NULL && machine.initrd.size == 16);
}

static void unended_arguments(struct builder *builder) {
    begin(builder, "chosen");
    property(builder, "bootargs", "poweroff", 8);
    end(builder);
}

TEST(the_command_line_has_at_most_255_characters_and_an_end) {
    char line[257];
    memset(line, 'x', sizeof(line));
    line[256] = '\0';
    EXPECT_REFUSED(VIRT(.arguments = line), "255");
    line[255] = '\0';
    EXPECT(read_virt(VIRT(.arguments = line)) == NULL && strlen(machine.arguments) == 255);
    EXPECT_REFUSED(VIRT(.extra = unended_arguments), "command line");
}

static void reserve_two(struct builder *builder) {
    reservation(builder, 0x80000000, 0x80000);
    reservation(builder, 0x90000000, 0);
}

static void reserve_overflow(struct builder *builder) { reservation(builder, UINT64_MAX, 2); }

static void reserve_many(struct builder *builder) {
    for (uint64_t i = 1; i <= MACHINE_RESERVED + 1; i++) reservation(builder, i << 20, 1);
}

static void reserved_memory(struct builder *builder) {
    begin(builder, "reserved-memory");
    CELLS(builder, "#address-cells", 2);
    CELLS(builder, "#size-cells", 1);
    property(builder, "ranges", "", 0);
    begin(builder, "mmode_resv0@80000000");
    CELLS(builder, "reg", TWO(0x80000000), 0x40000, TWO(0x81000000), 0x2000);
    property(builder, "no-map", "", 0);
    end(builder);
    begin(builder, "anywhere");
    CELLS(builder, "size", TWO(0x1000));
    end(builder);
    begin(builder, "not-used@82000000");
    CELLS(builder, "reg", TWO(0x82000000), 0x2000);
    string(builder, "status", "disabled");
    end(builder);
    end(builder);
}

static void reserved_unreachable(struct builder *builder) {
    begin(builder, "reserved-memory");
    CELLS(builder, "#address-cells", 2);
    CELLS(builder, "#size-cells", 2);
    begin(builder, "firmware");
    CELLS(builder, "reg", TWO(0x80000000), TWO(0x40000));
    end(builder);
    end(builder);
}

TEST(reserved_ranges_come_from_both_places) {
    EXPECT(read_virt(VIRT(.reserve = reserve_two, .extra = reserved_memory)) == NULL);
    EXPECT(machine.reserved_count == 3);
    EXPECT(machine.reserved[0].start == 0x80000000 && machine.reserved[0].size == 0x40000);
    EXPECT(machine.reserved[1].start == 0x81000000 && machine.reserved[1].size == 0x2000);
    EXPECT(machine.reserved[2].start == 0x80000000 && machine.reserved[2].size == 0x80000);
    EXPECT_REFUSED(VIRT(.reserve = reserve_overflow), "reservation block");
    EXPECT_REFUSED(VIRT(.reserve = reserve_many), "too many reserved ranges");
    EXPECT_REFUSED(VIRT(.extra = reserved_unreachable), "reserved range");
}

static void device_on_a_bus(struct builder *builder) {
    begin(builder, "bus");
    CELLS(builder, "#address-cells", 1);
    CELLS(builder, "#size-cells", 1);
    CELLS(builder, "ranges", 0x0, TWO(UINT64_C(0x4000000000)), 0x10000, 0x80000000, TWO(0x20000000), 0x10000);
    CELLS(builder, "interrupt-parent", CONTROLLER);
    begin(builder, "virtio@80001000");
    string(builder, "compatible", "virtio,mmio");
    CELLS(builder, "reg", 0x80001000, 0x200);
    CELLS(builder, "interrupts", 20);
    end(builder);
    begin(builder, "virtio@2000");
    string(builder, "compatible", "virtio,mmio");
    CELLS(builder, "reg", 0x2000, 0x200);
    CELLS(builder, "interrupts-extended", 2, 9); // of somebody else
    end(builder);
    end(builder);
}

static void device_off_the_bus(struct builder *builder) {
    begin(builder, "bus");
    CELLS(builder, "#address-cells", 1);
    CELLS(builder, "#size-cells", 1);
    CELLS(builder, "ranges", 0x0, TWO(0x20000000), 0x1000);
    begin(builder, "virtio@f00");
    string(builder, "compatible", "virtio,mmio");
    CELLS(builder, "reg", 0xf00, 0x200);
    end(builder);
    end(builder);
}

static void devices_everywhere(struct builder *builder) {
    for (uint64_t i = 1; i <= 24; i++) build_device(builder, "virtio@n", "virtio,mmio", i << 36, 0x1000, 1);
}

static void device_twice(struct builder *builder) {
    build_device(builder, "virtio@10001080", "virtio,mmio", 0x10001080, 0x10, 1);
}

TEST(devices_are_translated_by_the_buses_above_them) {
    EXPECT(read_virt(VIRT(.extra = device_on_a_bus)) == NULL);
    EXPECT(machine.device_count == 12);
    EXPECT(machine.device[10].registers.start == 0x20001000 && machine.device[10].interrupt == 20);
    EXPECT(machine.device[11].registers.start == 0x4000002000 && machine.device[11].interrupt == 0);
    EXPECT_REFUSED(VIRT(.extra = device_off_the_bus), "device registers");
    EXPECT_REFUSED(VIRT(.extra = devices_everywhere), "too many devices");
    EXPECT_REFUSED(VIRT(.extra = device_twice), "registers overlap");
}
