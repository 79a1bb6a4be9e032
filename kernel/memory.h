// SPDX-License-Identifier: MIT
// Pages given and shared, once it is known that the caller may.
#pragma once

#include "extent.h"

// Each does what it can of the extent, large pages where it can. => why it stopped, or STATUS_OK
enum status memory_alloc(struct extent *extent, uint64_t rights, struct space *payer);
// From `from` on in the space `mine`; PTE_A and PTE_D as noted.
enum status memory_map(struct space *mine, uint64_t from, struct extent *to, uint64_t rights, uint64_t noted);
