// SPDX-License-Identifier: MIT
// Device trees cut and damaged in every way: each is answered with a sound machine or a sentence, and never overread.
//   QEMU_TREES names files that QEMU dumped, divided by colons and named tree-HARTS-MEBIBYTES.dtb.
#include "machine.h"

#include "builder.h"
#include "sound.h"
#include "tap.h"

enum {
    HEADER_TOTAL = 4,
    HEADER_STRUCTURE = 8,
    HEADER_STRINGS = 12,
    HEADER_STRINGS_SIZE = 32,
    HEADER_STRUCTURE_SIZE = 36,
    DAMAGES = 10000
};

static struct machine machine;

// Reads a copy that has nothing behind it, so that the address sanitizer sees every byte read too far.
static const char *read_copy(const uint8_t *tree, size_t size, size_t shift) {
    uint8_t *copy = malloc(size + shift);
    memcpy(copy + shift, tree, size);
    const char *wrong = machine_read(&machine, copy + shift, size);
    free(copy);
    expect_sound(&machine, wrong);
    return wrong;
}

static uint32_t cell_at(const uint8_t *bytes, size_t at) {
    return (uint32_t)bytes[at] << 24 | (uint32_t)bytes[at + 1] << 16 | (uint32_t)bytes[at + 2] << 8 | bytes[at + 3];
}

static void cut_everywhere(uint8_t *tree, size_t size) {
    for (size_t length = 0; length < size; length++) EXPECT(read_copy(tree, length, 0) != NULL, "cut to %zu", length);
    // As if it had never been longer, in both of the blocks that can be last.
    size_t last = cell_at(tree, HEADER_STRUCTURE) > cell_at(tree, HEADER_STRINGS) ? HEADER_STRUCTURE : HEADER_STRINGS;
    size_t last_size = last == HEADER_STRUCTURE ? HEADER_STRUCTURE_SIZE : HEADER_STRINGS_SIZE;
    uint32_t start = cell_at(tree, last), length_was = cell_at(tree, last_size);
    for (uint32_t length = start; length < size; length++) {
        builder_store(tree + HEADER_TOTAL, length);
        builder_store(tree + last_size, length - start);
        read_copy(tree, length, 0);
    }
    builder_store(tree + HEADER_TOTAL, (uint32_t)size);
    builder_store(tree + last_size, length_was);
}

static void flip_every_byte(uint8_t *tree, size_t size) {
    for (size_t at = 0; at < size; at++) {
        uint8_t was = tree[at];
        const uint8_t values[] = {0, 0xff, (uint8_t)(was ^ 1 << tap_random(8)), (uint8_t)tap_random(256)};
        for (size_t i = 0; i < sizeof(values); i++) {
            tree[at] = values[i];
            read_copy(tree, size, 0);
        }
        tree[at] = was;
    }
}

// One random damage that respects what trees are made of: cells, tokens, and blocks of them.
static void damage(uint8_t *tree, size_t size) {
    static const uint32_t evil[] = {0, 1, 2, 3, 4, 9, 16, 17, 0xff, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff};
    size_t cells_count = size / 4, at = 4 * tap_random(cells_count), from = 4 * tap_random(cells_count);
    size_t most = cells_count - (at > from ? at : from) / 4;
    switch (tap_random(5)) {
    case 0:
        builder_store(tree + at, evil[tap_random(sizeof(evil) / sizeof(*evil))]);
        break;
    case 1:
        builder_store(tree + at, (uint32_t)tap_random(2 * size));
        break;
    case 2:
        tree[tap_random(size)] ^= (uint8_t)(1 << tap_random(8));
        break;
    case 3:
        memmove(tree + at, tree + from, 4 * tap_random(most < 16 ? most + 1 : 16));
        break;
    default:
        builder_store(tree + 4 * tap_random(BUILDER_HEADER / 4), (uint32_t)tap_random(2 * size));
        break;
    }
}

static void damage_at_random(const uint8_t *tree, size_t size) {
    uint8_t *damaged = malloc(size);
    for (int round = 0; round < DAMAGES; round++) {
        memcpy(damaged, tree, size);
        for (uint64_t count = 1 + tap_random(4); count > 0; count--) damage(damaged, size);
        read_copy(damaged, size, tap_random(8));
    }
    free(damaged);
}

static void reserve_some(struct builder *builder) { reservation(builder, 0x80000000, 0x40000); }

static uint8_t *build_rich(bool structure_last, size_t *size) {
    const struct virt *virt = VIRT(.arguments = "poweroff", .initrd_start = 0x84000000, .initrd_end = 0x84001000,
                                   .reserve = reserve_some, .structure_last = structure_last);
    return build_virt(virt, size);
}

TEST(a_tree_cut_anywhere_is_refused) {
    for (int structure_last = 0; structure_last < 2; structure_last++) {
        size_t size;
        uint8_t *tree = build_rich(structure_last, &size);
        EXPECT(read_copy(tree, size, 0) == NULL);
        cut_everywhere(tree, size);
        free(tree);
    }
}

TEST(a_tree_with_any_byte_changed_is_harmless) {
    for (int structure_last = 0; structure_last < 2; structure_last++) {
        size_t size;
        uint8_t *tree = build_rich(structure_last, &size);
        flip_every_byte(tree, size);
        EXPECT(read_copy(tree, size, 0) == NULL);
        free(tree);
    }
}

TEST(a_tree_damaged_at_random_is_harmless) {
    for (int structure_last = 0; structure_last < 2; structure_last++) {
        size_t size;
        uint8_t *tree = build_rich(structure_last, &size);
        damage_at_random(tree, size);
        free(tree);
    }
}

TEST(a_tree_may_lie_at_any_address) {
    size_t size;
    uint8_t *tree = build_rich(false, &size);
    for (size_t shift = 0; shift < 8; shift++) EXPECT(read_copy(tree, size, shift) == NULL);
    free(tree);
}

TEST(random_bytes_are_harmless) {
    uint8_t bytes[256];
    for (int round = 0; round < 20000; round++) {
        for (size_t i = 0; i < sizeof(bytes); i++) bytes[i] = (uint8_t)tap_random(tap_random(2) == 0 ? 256 : 5);
        builder_store(bytes, 0xd00dfeed);
        for (size_t i = 1; i < 10; i++)
            builder_store(bytes + 4 * i, i == 5 || i == 6 ? 17 : (uint32_t)tap_random(64) * 4);
        read_copy(bytes, sizeof(bytes), 0);
    }
}

// QEMU's trees are a megabyte of mostly nothing. => the tree without what is behind its last block
static uint8_t *load_tree(const char *path, size_t *size) {
    enum { ROOM = 4 << 20 };
    FILE *file = fopen(path, "rb");
    EXPECT(file != NULL, "cannot open %s", path);
    if (file == NULL) return NULL;
    uint8_t *tree = malloc(ROOM);
    *size = fread(tree, 1, ROOM, file);
    fclose(file);
    size_t structure_end = cell_at(tree, HEADER_STRUCTURE) + cell_at(tree, HEADER_STRUCTURE_SIZE);
    size_t strings_end = cell_at(tree, HEADER_STRINGS) + cell_at(tree, HEADER_STRINGS_SIZE);
    size_t used = structure_end > strings_end ? structure_end : strings_end;
    EXPECT(machine_read(&machine, tree, *size) == NULL || machine.hart_count == MACHINE_HARTS);
    EXPECT(used <= *size);
    *size = used;
    builder_store(tree + HEADER_TOTAL, (uint32_t)used);
    return tree;
}

static void check_qemu_tree(const char *path) {
    uint32_t harts = 0, mebibytes = 0;
    size_t size;
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    EXPECT(sscanf(name, "tree-%u-%u.dtb", &harts, &mebibytes) == 2, "%s", name);
    uint8_t *tree = load_tree(path, &size);
    if (tree == NULL) return;
    const char *wrong = read_copy(tree, size, 0);
    if (harts > MACHINE_HARTS) {
        char sentence[64];
        snprintf(sentence, sizeof(sentence), "the machine has %u harts: ", harts);
        EXPECT(wrong != NULL && strncmp(wrong, sentence, strlen(sentence)) == 0, "%s", wrong);
    } else {
        EXPECT(wrong == NULL, "%s: %s", name, wrong);
        EXPECT(machine.hart_count == harts && machine.memory_count == 1 && machine.timebase == 10000000);
        EXPECT(machine.memory[0].size == (uint64_t)mebibytes << 20 && machine.finisher.size > 0);
        EXPECT(machine.device_count == 10 && machine.device[2].interrupt == 1);
        for (uint32_t i = 0; i < harts; i++) EXPECT(machine.hart_id[i] == i && machine.hart_context[i] == 2 * i + 1);
        cut_everywhere(tree, size);
        damage_at_random(tree, size);
    }
    free(tree);
}

TEST(the_trees_of_qemu_are_understood_and_their_damages_harmless) {
    const char *paths = getenv("QEMU_TREES");
    if (paths == NULL || *paths == '\0') {
        tap_skipped = "QEMU_TREES names no trees";
        return;
    }
    char *list = strdup(paths), *rest = list;
    for (char *path = strtok_r(list, ":", &rest); path != NULL; path = strtok_r(NULL, ":", &rest))
        check_qemu_tree(path);
    free(list);
}
