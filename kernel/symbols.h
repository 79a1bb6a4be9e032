// SPDX-License-Identifier: MIT
// The kernel's own symbols: a table that tools/symbols makes from the first link and the second link carries.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// The file that holds this kernel's symbols, as seen from the top of the tree.
extern const char kernel_file[];

// The function or object that holds the address. => its name and the offset in it; "?" when there is none
const char *symbol_find(uint64_t address, uint64_t *offset);
// Does a call instruction stand before this address?
bool symbol_is_return_address(uint64_t address);
