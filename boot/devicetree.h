// SPDX-License-Identifier: MIT
// Reads a flattened device tree as hostile input: nothing is believed, nothing outside is read, nothing is changed.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DEVICETREE_HEADER = 40, DEVICETREE_DEPTH = 16, DEVICETREE_LIMIT = 1 << 26 };

#define DEVICETREE_MALFORMED(what) \
    "the device tree's " what " is malformed: give the kernel the tree that the firmware was given"

// A tree that devicetree_open() found well-formed. Offsets count from `bytes`.
struct devicetree {
    const uint8_t *bytes;
    uint32_t structure, structure_end;
    uint32_t strings, strings_end;
    uint32_t reservations, reservation_count;
};

// A property's value. A null `bytes`: there is no such property.
struct devicetree_value {
    const uint8_t *bytes;
    uint32_t size;
};

struct devicetree_node {
    const char *name;
    uint32_t properties;                // where they begin
    uint32_t address_cells, size_cells; // of its children's reg
    uint32_t interrupt_parent;          // its own or inherited; 0: none
    bool enabled;                       // it and all above it
};

// A walk over all nodes, parents first. The current node is path[depth - 1].
struct devicetree_walk {
    const struct devicetree *tree;
    uint32_t next, depth;
    struct devicetree_node path[DEVICETREE_DEPTH];
};

enum devicetree_answer { DEVICETREE_FOUND, DEVICETREE_NO_MORE, DEVICETREE_WRONG };

// => the size of the whole tree that begins with the header at `header`; 0: this is no device tree
uint32_t devicetree_size(const uint8_t header[static DEVICETREE_HEADER]);

// => NULL, or a sentence that says why the tree cannot be used
const char *devicetree_open(struct devicetree *tree, const void *bytes, size_t size);

// The entries of the memory reservation block, `index` below reservation_count.
void devicetree_reservation(const struct devicetree *tree, uint32_t index, uint64_t *start, uint64_t *size);

struct devicetree_walk devicetree_walk(const struct devicetree *tree);

// => false: there are no more nodes
bool devicetree_next(struct devicetree_walk *walk);

static inline const struct devicetree_node *devicetree_node(const struct devicetree_walk *walk) {
    return &walk->path[walk->depth - 1];
}

struct devicetree_value devicetree_get(const struct devicetree *tree, const struct devicetree_node *node,
                                       const char *name);

// The 32-bit cell at `index`. => false: the value is too short
bool devicetree_cell(struct devicetree_value value, uint32_t index, uint32_t *cell);

// A number of one or two cells. => false: it is neither
bool devicetree_number(struct devicetree_value value, uint64_t *number);

// => the value as a string; NULL: it does not end with its only zero byte
const char *devicetree_string(struct devicetree_value value);

// => `string` is one of the strings in the value
bool devicetree_lists(struct devicetree_value value, const char *string);

// The index-th entry of the current node's reg, translated to a physical address by the ranges of all buses above it.
// WRONG: it is malformed, too large for this machine, or the processor cannot reach it.
enum devicetree_answer devicetree_registers(const struct devicetree_walk *walk, uint32_t index, uint64_t *start,
                                            uint64_t *size);
