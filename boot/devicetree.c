// SPDX-License-Identifier: MIT
// Reads a flattened device tree: a header, a block of tokens (nodes and properties), and a block of property names.
#include "devicetree.h"

#include "string.h"

enum { MAGIC = 0xd00dfeed, VERSION = 17 };
enum { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOP = 4, END = 9 };
enum { CELL = 4, RESERVATION = 16 };

#define TRUNCATED "the device tree is truncated: give the kernel the whole tree that the firmware was given"
#define CORRUPTED "the device tree is corrupted: give the kernel the tree that the firmware was given, unchanged"

struct token {
    uint32_t kind;
    uint32_t next;                 // where the next one begins
    const char *name;              // of a node or property
    struct devicetree_value value; // of a property
};

static uint32_t load(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint64_t load_cells(const uint8_t *bytes, uint32_t cells) {
    uint64_t number = 0;
    for (; cells > 0; cells--, bytes += CELL) number = number << 32 | load(bytes);
    return number;
}

static bool read_node_token(const struct devicetree *tree, uint32_t at, struct token *token) {
    token->name = (const char *)tree->bytes + at;
    while (at < tree->structure_end && tree->bytes[at] != 0) at++;
    token->next = (at + CELL) & ~(uint32_t)(CELL - 1);
    return token->next <= tree->structure_end;
}

static bool read_property_token(const struct devicetree *tree, uint32_t at, struct token *token) {
    if (tree->structure_end - at < 2 * CELL) return false;
    uint32_t size = load(tree->bytes + at), name = load(tree->bytes + at + CELL);
    at += 2 * CELL;
    if (size > tree->structure_end - at || name >= tree->strings_end - tree->strings) return false;
    token->name = (const char *)tree->bytes + tree->strings + name; // the block ends with a zero byte
    token->value = (struct devicetree_value){tree->bytes + at, size};
    token->next = (at + size + CELL - 1) & ~(uint32_t)(CELL - 1);
    return token->next <= tree->structure_end;
}

// Reads the token at `at`, which is inside the structure block or at its end. NOPs are skipped.
static bool read_token(const struct devicetree *tree, uint32_t at, struct token *token) {
    do {
        if (tree->structure_end - at < CELL) return false;
        token->kind = load(tree->bytes + at);
        at += CELL;
    } while (token->kind == NOP);
    token->next = at;
    if (token->kind == BEGIN_NODE) return read_node_token(tree, at, token);
    if (token->kind == PROPERTY) return read_property_token(tree, at, token);
    return token->kind == END_NODE || token->kind == END;
}

// One root node; properties before children; everything closed; not deeper than a walk can go.
static const char *check_structure(const struct devicetree *tree) {
    struct token token;
    uint32_t depth = 0, previous = END;
    for (uint32_t at = tree->structure; read_token(tree, at, &token); at = token.next) {
        if (token.kind == BEGIN_NODE && depth == 0 && previous != END) return CORRUPTED;
        if (token.kind == BEGIN_NODE && ++depth > DEVICETREE_DEPTH)
            return "the device tree is nested too deeply: Pagoda follows 16 levels";
        if (token.kind == PROPERTY && previous != BEGIN_NODE && previous != PROPERTY) return CORRUPTED;
        if (token.kind == END_NODE && depth-- == 0) return CORRUPTED;
        if (token.kind == END) return depth == 0 && previous == END_NODE ? NULL : CORRUPTED;
        previous = token.kind;
    }
    return CORRUPTED;
}

static const char *check_reservations(struct devicetree *tree, uint32_t end) {
    uint64_t start, size;
    for (tree->reservation_count = 0;; tree->reservation_count++) {
        if (end - tree->reservations < RESERVATION * (tree->reservation_count + 1)) return CORRUPTED;
        devicetree_reservation(tree, tree->reservation_count, &start, &size);
        if (start == 0 && size == 0) return NULL;
    }
}

uint32_t devicetree_size(const uint8_t header[static DEVICETREE_HEADER]) {
    return load(header) == MAGIC ? load(header + 4) : 0;
}

const char *devicetree_open(struct devicetree *tree, const void *bytes, size_t size) {
    const uint8_t *header = bytes;
    if (size < DEVICETREE_HEADER) return TRUNCATED;
    uint32_t total = devicetree_size(header);
    if (total == 0) return "there is no device tree: start the kernel through firmware that hands one over in a1";
    if (load(header + 20) < VERSION || load(header + 24) > VERSION)
        return "the device tree has an unknown version: Pagoda reads version 17";
    if (total > size) return TRUNCATED;
    uint32_t structure_size = load(header + 36), strings_size = load(header + 32);
    *tree = (struct devicetree){.bytes = header,
                                .structure = load(header + 8),
                                .strings = load(header + 12),
                                .reservations = load(header + 16)};
    if (total < DEVICETREE_HEADER || total > DEVICETREE_LIMIT || tree->structure > total ||
        structure_size > total - tree->structure || tree->strings > total || strings_size > total - tree->strings ||
        tree->reservations > total || tree->structure % CELL != 0)
        return CORRUPTED;
    tree->structure_end = tree->structure + (structure_size & ~(uint32_t)(CELL - 1));
    tree->strings_end = tree->strings + strings_size;
    if (strings_size > 0 && header[tree->strings_end - 1] != 0) return CORRUPTED;
    const char *wrong = check_reservations(tree, total);
    return wrong != NULL ? wrong : check_structure(tree);
}

void devicetree_reservation(const struct devicetree *tree, uint32_t index, uint64_t *start, uint64_t *size) {
    const uint8_t *entry = tree->bytes + tree->reservations + (size_t)index * RESERVATION;
    *start = load_cells(entry, 2);
    *size = load_cells(entry + 2 * CELL, 2);
}

struct devicetree_walk devicetree_walk(const struct devicetree *tree) {
    return (struct devicetree_walk){.tree = tree, .next = tree->structure};
}

static void enter_node(struct devicetree_walk *walk, const struct token *begin) {
    struct devicetree_node *node = &walk->path[walk->depth];
    const struct devicetree_node *parent = walk->depth > 0 ? node - 1 : NULL;
    *node = (struct devicetree_node){.name = begin->name,
                                     .properties = begin->next,
                                     .address_cells = 2,
                                     .size_cells = 1,
                                     .interrupt_parent = parent != NULL ? parent->interrupt_parent : 0,
                                     .enabled = parent == NULL || parent->enabled};
    walk->depth++;
    struct token token;
    for (uint32_t at = begin->next; read_token(walk->tree, at, &token) && token.kind == PROPERTY; at = token.next) {
        if (string_equal(token.name, "#address-cells"))
            devicetree_cell(token.value, 0, &node->address_cells);
        else if (string_equal(token.name, "#size-cells"))
            devicetree_cell(token.value, 0, &node->size_cells);
        else if (string_equal(token.name, "interrupt-parent"))
            devicetree_cell(token.value, 0, &node->interrupt_parent);
        else if (string_equal(token.name, "status"))
            node->enabled &= devicetree_lists(token.value, "okay") || devicetree_lists(token.value, "ok");
        walk->next = token.next;
    }
}

bool devicetree_next(struct devicetree_walk *walk) {
    struct token token;
    while (read_token(walk->tree, walk->next, &token) && token.kind != END) {
        walk->next = token.next;
        if (token.kind == BEGIN_NODE) {
            enter_node(walk, &token);
            return true;
        }
        if (token.kind == END_NODE) walk->depth--;
    }
    return false;
}

struct devicetree_value devicetree_get(const struct devicetree *tree, const struct devicetree_node *node,
                                       const char *name) {
    struct token token;
    for (uint32_t at = node->properties; read_token(tree, at, &token) && token.kind == PROPERTY; at = token.next) {
        if (string_equal(token.name, name)) return token.value;
    }
    return (struct devicetree_value){NULL, 0};
}

bool devicetree_cell(struct devicetree_value value, uint32_t index, uint32_t *cell) {
    if (index >= value.size / CELL) return false;
    *cell = load(value.bytes + (size_t)index * CELL);
    return true;
}

bool devicetree_number(struct devicetree_value value, uint64_t *number) {
    if (value.size != CELL && value.size != 2 * CELL) return false;
    *number = load_cells(value.bytes, value.size / CELL);
    return true;
}

const char *devicetree_string(struct devicetree_value value) {
    for (uint32_t i = 0; i < value.size; i++) {
        if (value.bytes[i] == 0) return i == value.size - 1 ? (const char *)value.bytes : NULL;
    }
    return NULL;
}

bool devicetree_lists(struct devicetree_value value, const char *string) {
    if (value.size == 0 || value.bytes[value.size - 1] != 0) return false;
    const char *at = (const char *)value.bytes, *end = at + value.size;
    for (; at < end; at += string_length(at) + 1) {
        if (string_equal(at, string)) return true;
    }
    return false;
}

// Translates a range of addresses on the bus `node` to the bus above it.
static bool translate(const struct devicetree *tree, const struct devicetree_node *node, uint64_t *start,
                      uint64_t size) {
    const struct devicetree_node *above = node - 1;
    struct devicetree_value ranges = devicetree_get(tree, node, "ranges");
    if (ranges.bytes == NULL || node->address_cells > 2 || above->address_cells > 2 || node->size_cells > 2)
        return false;
    if (ranges.size == 0) return true;
    uint32_t entry = CELL * (node->address_cells + above->address_cells + node->size_cells);
    if (entry == 0 || ranges.size % entry != 0) return false;
    for (const uint8_t *at = ranges.bytes; at < ranges.bytes + ranges.size; at += entry) {
        const uint8_t *target_at = at + (size_t)CELL * node->address_cells;
        uint64_t from = load_cells(at, node->address_cells);
        uint64_t target = load_cells(target_at, above->address_cells);
        uint64_t length = load_cells(target_at + (size_t)CELL * above->address_cells, node->size_cells);
        if (*start >= from && *start - from <= length && size <= length - (*start - from))
            return !__builtin_add_overflow(target, *start - from, start);
    }
    return false;
}

enum devicetree_answer devicetree_registers(const struct devicetree_walk *walk, uint32_t index, uint64_t *start,
                                            uint64_t *size) {
    const struct devicetree_node *node = devicetree_node(walk);
    struct devicetree_value reg = devicetree_get(walk->tree, node, "reg");
    if (walk->depth < 2 || reg.size == 0) return DEVICETREE_NO_MORE;
    const struct devicetree_node *parent = node - 1;
    if (parent->address_cells > 2 || parent->size_cells > 2) return DEVICETREE_WRONG;
    uint32_t entry = CELL * (parent->address_cells + parent->size_cells);
    if (entry == 0 || reg.size % entry != 0) return DEVICETREE_WRONG;
    if (index >= reg.size / entry) return DEVICETREE_NO_MORE;
    const uint8_t *at = reg.bytes + (size_t)index * entry;
    *start = load_cells(at, parent->address_cells);
    *size = load_cells(at + (size_t)CELL * parent->address_cells, parent->size_cells);
    for (const struct devicetree_node *bus = parent; bus > walk->path; bus--) {
        if (!translate(walk->tree, bus, start, *size)) return DEVICETREE_WRONG;
    }
    uint64_t end;
    return __builtin_add_overflow(*start, *size, &end) || end > UINT64_C(1) << 56 ? DEVICETREE_WRONG : DEVICETREE_FOUND;
}
