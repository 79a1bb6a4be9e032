// SPDX-License-Identifier: MIT
// Pages given, shared and taken away, once it is known that the caller may.
#pragma once

#include "extent.h"

// Each does what it can of the extent and says how far it got: *done pages. => why it stopped, or STATUS_OK
enum status memory_alloc(struct space *mine, uint64_t va, uint64_t pages, uint64_t rights, struct space *payer,
                         uint64_t *done);
enum status memory_map(struct space *mine, uint64_t from, const struct extent *to, uint64_t rights, uint64_t noted,
                       struct stale *stale, uint64_t *done);
enum status memory_unmap(const struct extent *extent, struct stale *stale, struct found *found, uint64_t *done);
// Unmap the first part of a range that begins and ends with regions, and forget all that was said of its pages;
// cannot fail. => pages done, at least one
uint64_t memory_remove(struct space *space, uint64_t va, uint64_t pages);
