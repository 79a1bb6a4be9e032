// SPDX-License-Identifier: MIT
// The device tree's header, tokens and values: what is well-formed, and what is refused.
#include "devicetree.h"

#include "builder.h"
#include "tap.h"

enum {
    TOTAL = 4,
    STRUCTURE = 8,
    STRINGS = 12,
    RESERVATIONS = 16,
    VERSION = 20,
    OLDEST = 24,
    STRINGS_SIZE = 32,
    STRUCTURE_SIZE = 36
};

static struct devicetree tree;

static struct builder *new_builder(void) { return calloc(1, sizeof(struct builder)); }

// Opens and frees the tree. Only the answer may be used.
static const char *open_built(struct builder *builder) {
    size_t size;
    uint8_t *bytes = finish(builder, &size);
    const char *wrong = devicetree_open(&tree, bytes, size);
    free(bytes);
    return wrong;
}

// Opens the usual tree with one cell of its header changed.
static bool opens_with(uint32_t field, uint32_t value) {
    size_t size;
    uint8_t *bytes = build_virt(VIRT(), &size);
    builder_store(bytes + field, value);
    const char *wrong = devicetree_open(&tree, bytes, size);
    free(bytes);
    return wrong == NULL;
}

TEST(a_header_must_lead_to_blocks_inside_the_tree) {
    size_t size;
    free(build_virt(VIRT(), &size));
    EXPECT(opens_with(VERSION, 17) && opens_with(VERSION, 18) && opens_with(OLDEST, 17));
    EXPECT(!opens_with(VERSION, 16) && !opens_with(OLDEST, 18));
    EXPECT(!opens_with(0, 0xd00dfeee) && !opens_with(0, 0xedfe0dd0));
    EXPECT(opens_with(TOTAL, (uint32_t)size) && !opens_with(TOTAL, (uint32_t)size + 1));
    EXPECT(!opens_with(TOTAL, 0) && !opens_with(TOTAL, 39) && !opens_with(TOTAL, UINT32_MAX));
    static const uint32_t fields[] = {STRUCTURE, STRINGS, RESERVATIONS, STRINGS_SIZE, STRUCTURE_SIZE};
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        EXPECT(!opens_with(fields[i], UINT32_MAX), "field %u", fields[i]);
        EXPECT(!opens_with(fields[i], UINT32_MAX & ~7U), "field %u", fields[i]);
        EXPECT(!opens_with(fields[i], (uint32_t)size + 4), "field %u", fields[i]);
    }
    EXPECT(!opens_with(STRUCTURE, 57) && !opens_with(STRUCTURE_SIZE, 0) && !opens_with(STRINGS_SIZE, 0));
    EXPECT(!opens_with(RESERVATIONS, (uint32_t)size - 15));
}

TEST(the_block_of_names_ends_with_an_end) {
    size_t size;
    uint8_t *bytes = build_virt(VIRT(), &size);
    bytes[size - 1] = 'x';
    EXPECT(devicetree_open(&tree, bytes, size) != NULL);
    free(bytes);
}

TEST(a_tree_is_at_most_64_mebibytes_long) {
    size_t size;
    uint8_t *bytes = build_virt(VIRT(), &size);
    builder_store(bytes + TOTAL, DEVICETREE_LIMIT + 1); // a lie that is found out before anything is read there
    EXPECT(devicetree_open(&tree, bytes, SIZE_MAX) != NULL);
    free(bytes);
}

TEST(a_property_whose_size_wraps_around_is_refused) {
    for (uint32_t size = UINT32_MAX; size > UINT32_MAX - 16; size--) {
        struct builder *builder = new_builder();
        begin(builder, "");
        string(builder, "name", "");
        builder_token(builder, 3);
        builder_token(builder, size);
        builder_token(builder, 0);
        end(builder);
        EXPECT(open_built(builder) != NULL, "size %x", size);
    }
}

TEST(a_tree_of_less_than_a_header_is_truncated) {
    uint8_t *bytes = malloc(39);
    memset(bytes, 0, 39);
    for (size_t size = 0; size < 40; size++) EXPECT(strstr(devicetree_open(&tree, bytes, size), "truncated") != NULL);
    free(bytes);
}

TEST(there_is_exactly_one_root_and_everything_is_closed) {
    EXPECT(open_built(new_builder()) != NULL, "no root");
    struct builder *builder = new_builder();
    begin(builder, "");
    end(builder);
    EXPECT(open_built(builder) == NULL, "the smallest tree");
    builder = new_builder();
    begin(builder, "");
    EXPECT(open_built(builder) != NULL, "an open root");
    builder = new_builder();
    begin(builder, "");
    end(builder);
    end(builder);
    EXPECT(open_built(builder) != NULL, "closed twice");
    builder = new_builder();
    begin(builder, "");
    end(builder);
    begin(builder, "");
    end(builder);
    EXPECT(open_built(builder) != NULL, "two roots");
    builder = new_builder();
    CELLS(builder, "alone", 1);
    EXPECT(open_built(builder) != NULL, "a property without a node");
    builder = new_builder();
    begin(builder, "");
    begin(builder, "child");
    end(builder);
    CELLS(builder, "late", 1);
    end(builder);
    EXPECT(open_built(builder) != NULL, "a property after a child");
}

TEST(nodes_nest_sixteen_deep_and_no_deeper) {
    for (int depth = 15; depth <= 17; depth++) {
        struct builder *builder = new_builder();
        for (int i = 0; i < depth; i++) begin(builder, "n");
        for (int i = 0; i < depth; i++) end(builder);
        EXPECT((open_built(builder) == NULL) == (depth <= DEVICETREE_DEPTH), "depth %d", depth);
    }
}

TEST(a_walk_meets_every_node_once_with_its_path) {
    struct builder *builder = new_builder();
    begin(builder, "");
    builder_token(builder, 4); // NOP
    CELLS(builder, "interrupt-parent", 7);
    begin(builder, "a");
    builder_token(builder, 4);
    CELLS(builder, "#address-cells", 1);
    builder_token(builder, 4);
    string(builder, "status", "disabled");
    begin(builder, "b");
    end(builder);
    end(builder);
    builder_token(builder, 4);
    begin(builder, "c");
    CELLS(builder, "interrupt-parent", 8);
    string(builder, "status", "okay");
    end(builder);
    end(builder);
    size_t size;
    uint8_t *bytes = finish(builder, &size);
    EXPECT(devicetree_open(&tree, bytes, size) == NULL);
    static const struct {
        const char *name;
        uint32_t depth, address_cells, interrupt_parent;
        bool enabled;
    } expected[] = {{"", 1, 2, 7, true}, {"a", 2, 1, 7, false}, {"b", 3, 2, 7, false}, {"c", 2, 2, 8, true}};
    struct devicetree_walk walk = devicetree_walk(&tree);
    for (size_t i = 0; i < 4; i++) {
        EXPECT(devicetree_next(&walk));
        const struct devicetree_node *node = devicetree_node(&walk);
        EXPECT(strcmp(node->name, expected[i].name) == 0 && walk.depth == expected[i].depth, "%s", node->name);
        EXPECT(node->address_cells == expected[i].address_cells && node->size_cells == 1);
        EXPECT(node->interrupt_parent == expected[i].interrupt_parent && node->enabled == expected[i].enabled);
    }
    EXPECT(!devicetree_next(&walk) && !devicetree_next(&walk));
    free(bytes);
}

TEST(values_are_read_within_their_size) {
    static const uint8_t bytes[] = {0, 0, 0, 1, 0, 0, 0, 2, 0xff};
    uint32_t cell = 77;
    uint64_t number = 77;
    const struct devicetree_value none = {NULL, 0}, one = {bytes, 4}, two = {bytes, 8}, odd = {bytes, 9};
    EXPECT(devicetree_cell(odd, 1, &cell) && cell == 2);
    EXPECT(!devicetree_cell(odd, 2, &cell) && !devicetree_cell(none, 0, &cell) &&
           !devicetree_cell(one, UINT32_MAX, &cell));
    EXPECT(devicetree_number(one, &number) && number == 1);
    EXPECT(devicetree_number(two, &number) && number == 0x100000002);
    EXPECT(!devicetree_number(odd, &number) && !devicetree_number(none, &number) && number == 0x100000002);
}

static struct devicetree_value value(const char *bytes, uint32_t size) {
    return (struct devicetree_value){(const uint8_t *)bytes, size};
}

TEST(strings_end_with_their_only_zero_byte) {
    EXPECT(devicetree_string(value("okay", 5)) != NULL && devicetree_string(value("", 1)) != NULL);
    EXPECT(devicetree_string(value("okay", 4)) == NULL && devicetree_string(value(NULL, 0)) == NULL);
    EXPECT(devicetree_string(value("a\0b", 4)) == NULL);
}

TEST(lists_are_searched_for_whole_strings) {
    const struct devicetree_value list = value("sifive,test1\0sifive,test0\0syscon", 33);
    EXPECT(devicetree_lists(list, "sifive,test1") && devicetree_lists(list, "sifive,test0"));
    EXPECT(devicetree_lists(list, "syscon") && !devicetree_lists(list, "sys") && !devicetree_lists(list, "test0"));
    EXPECT(!devicetree_lists(value("syscon", 6), "syscon"), "it has no end");
    EXPECT(!devicetree_lists(value(NULL, 0), "syscon"));
}

// Gives the answer for reg under a bus with these cells and ranges.
static enum devicetree_answer reach(uint32_t address_cells, uint32_t size_cells, const uint32_t *ranges, size_t count,
                                    const uint32_t *reg, size_t reg_count, uint64_t *start) {
    struct builder *builder = new_builder();
    begin(builder, "");
    CELLS(builder, "#address-cells", 2);
    begin(builder, "bus");
    CELLS(builder, "#address-cells", address_cells);
    CELLS(builder, "#size-cells", size_cells);
    if (ranges != NULL) cells(builder, "ranges", ranges, count);
    begin(builder, "device");
    cells(builder, "reg", reg, reg_count);
    end(builder);
    end(builder);
    end(builder);
    size_t size;
    uint64_t length;
    uint8_t *bytes = finish(builder, &size);
    EXPECT(devicetree_open(&tree, bytes, size) == NULL);
    struct devicetree_walk walk = devicetree_walk(&tree);
    for (int i = 0; i < 3; i++) EXPECT(devicetree_next(&walk));
    enum devicetree_answer answer = devicetree_registers(&walk, 0, start, &length);
    free(bytes);
    return answer;
}

TEST(registers_are_translated_or_wrong) {
    static const uint32_t ranges[] = {0x100, 0x1, 0x0, 0x100}, reg[] = {0x180, 0x80}, past[] = {0x180, 0x81};
    static const uint32_t little[] = {0x100, 1};
    static const uint32_t high[] = {0x100, 0xffffffff, 0xffffffff, 0x100}, below[] = {0xff, 1};
    uint64_t start = 0;
    EXPECT(reach(1, 1, ranges, 4, reg, 2, &start) == DEVICETREE_FOUND && start == 0x100000080);
    EXPECT(reach(1, 1, ranges, 0, reg, 2, &start) == DEVICETREE_FOUND && start == 0x180);
    EXPECT(reach(1, 1, NULL, 0, reg, 2, &start) == DEVICETREE_WRONG, "no ranges: not reachable");
    EXPECT(reach(1, 1, ranges, 4, past, 2, &start) == DEVICETREE_WRONG);
    EXPECT(reach(1, 1, ranges, 4, below, 2, &start) == DEVICETREE_WRONG);
    EXPECT(reach(1, 1, high, 4, reg, 2, &start) == DEVICETREE_WRONG, "overflow");
    EXPECT(reach(1, 1, ranges, 3, little, 2, &start) == DEVICETREE_WRONG, "half an entry");
    EXPECT(reach(1, 1, ranges, 4, reg, 1, &start) == DEVICETREE_WRONG, "half a reg");
    EXPECT(reach(1, 1, ranges, 4, reg, 0, &start) == DEVICETREE_NO_MORE);
    EXPECT(reach(0, 0, ranges, 4, reg, 2, &start) == DEVICETREE_WRONG);
    EXPECT(reach(3, 1, ranges, 4, ranges, 4, &start) == DEVICETREE_WRONG);
    EXPECT(reach(0x40000001, 0xffffffff, ranges, 4, reg, 2, &start) == DEVICETREE_WRONG);
}

TEST(buses_with_more_cells_than_an_address_has_are_not_followed) {
    for (uint32_t size_cells = 2; size_cells <= 3; size_cells++) {
        struct builder *builder = new_builder();
        begin(builder, "");
        CELLS(builder, "#address-cells", 2);
        begin(builder, "outer");
        CELLS(builder, "#address-cells", 1);
        CELLS(builder, "#size-cells", size_cells);
        CELLS(builder, "ranges", 0, 0, 0, 1, 1, 1);
        begin(builder, "inner");
        CELLS(builder, "#address-cells", 1);
        property(builder, "ranges", "", 0);
        begin(builder, "device");
        CELLS(builder, "reg", 0, 1);
        end(builder);
        end(builder);
        end(builder);
        end(builder);
        size_t size;
        uint64_t start, length;
        uint8_t *bytes = finish(builder, &size);
        EXPECT(devicetree_open(&tree, bytes, size) == NULL);
        struct devicetree_walk walk = devicetree_walk(&tree);
        while (devicetree_next(&walk) && walk.depth < 4)
            ;
        EXPECT(devicetree_registers(&walk, 0, &start, &length) == DEVICETREE_WRONG, "%u size cells", size_cells);
        free(bytes);
    }
}
