// SPDX-License-Identifier: MIT
// The kernel's own symbols.
#include "symbols.h"

#include "window.h"

struct symbol {
    uint32_t offset; // from kernel_start
    uint32_t name;   // from symbol_names
};

extern const struct symbol symbol_table[];
extern const uint32_t symbol_count;
extern const char symbol_names[];

const char *symbol_find(uint64_t address, uint64_t *offset) {
    uint64_t start = (uint64_t)kernel_start;
    uint32_t low = 0, high = symbol_count;
    if (address < start || address >= (uint64_t)kernel_end) return "?";
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (start + symbol_table[middle].offset <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0) return "?";
    *offset = address - start - symbol_table[low - 1].offset;
    return symbol_names + symbol_table[low - 1].name;
}

bool symbol_is_return_address(uint64_t address) {
    enum {
        SHORTEST_CALL = 2,
        LONGEST_CALL = 4,
        LINK = 1,
    };
    if (address % SHORTEST_CALL != 0 || address < (uint64_t)kernel_start + LONGEST_CALL ||
        address > (uint64_t)rodata_start)
        return false;
    const uint16_t *code = (const uint16_t *)address;
    uint32_t word = (uint32_t)code[-2] | (uint32_t)code[-1] << 16;
    bool links = (word >> 7 & 0x1f) == LINK;
    bool is_jal = (word & 0x7f) == 0x6f, is_jalr = (word & 0x707f) == 0x67;
    bool is_short_jalr = (code[-1] & 0xf07f) == 0x9002 && (code[-1] >> 7 & 0x1f) != 0;
    return (links && (is_jal || is_jalr)) || is_short_jalr;
}
