// SPDX-License-Identifier: MIT
// What init puts into a ward's space: the program file, shared where it is only read, and memory that is wired.
#pragma once

#include "ward.h"

// Loads the ward's file. Parts that a pager shall serve are noted in its start block.
// => a status; STATUS_COUNT: the file is no program that can run here, `wrong` says why
uint64_t load_program(struct ward *ward, const struct description_memory *part, uint64_t *entry, const char **wrong);

// => where the 4 GiB begin that the ward's file is linked for, see OS_BASE
uint64_t load_base(const struct ward *ward);

// Zeroed pages on the ward's account, served by init, which sees them too.
uint64_t load_wired(struct ward *ward, uint64_t va, uint64_t pages, uint64_t rights);

// A region of the ward that init serves.
uint64_t load_region(struct ward *ward, uint64_t va, uint64_t pages, uint64_t rights);

// What of a piece is there.
struct os_piece load_look(const struct ward *ward, const struct piece *piece);

// The program file as it is, and copies of all that is wired. => a status
uint64_t load_copy(struct ward *ward, const struct ward *model);
