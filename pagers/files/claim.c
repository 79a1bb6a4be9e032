// SPDX-License-Identifier: MIT
// Claims on ranges of files. There are few: they are looked through one by one.
#include "claim.h"

static struct claim claims[CLAIMS_MOST];
static uint32_t top; // those behind were never used, or are not any more

static bool is_near(const struct claim *one, const struct claim *other) {
    return one->file == other->file && one->whole == other->whole;
}

static bool overlaps(const struct claim *one, const struct claim *other) {
    return one->start <= other->end && other->start <= one->end;
}

const struct claim *claim_find(const struct claim *wanted) {
    for (const struct claim *claim = claims; claim < claims + top; claim++) {
        if (claim->file != NULL && claim->owner != wanted->owner && is_near(claim, wanted) && overlaps(claim, wanted) &&
            (claim->exclusive || wanted->exclusive))
            return claim;
    }
    return NULL;
}

static struct claim *unused(void) {
    for (struct claim *claim = claims; claim < claims + top; claim++)
        if (claim->file == NULL) return claim;
    return top < CLAIMS_MOST ? &claims[top++] : NULL;
}

static bool has_room(uint32_t count) {
    for (uint32_t i = 0; i < top && count > 0; i++)
        if (claims[i].file == NULL) count--;
    return count <= CLAIMS_MOST - top;
}

static void drop(struct claim *claim) {
    claim->file = NULL;
    while (top > 0 && claims[top - 1].file == NULL) top--;
}

// Of one that overlaps, what is outside stays.
static void cut(struct claim *claim, const struct claim *by) {
    struct claim rest = *claim;
    bool before = claim->start<by->start, behind = claim->end> by->end;
    rest.start = by->end + 1;
    if (before)
        claim->end = by->start - 1;
    else if (behind)
        claim->start = rest.start;
    else
        drop(claim);
    if (before && behind) *unused() = rest;
}

static bool touches(const struct claim *one, const struct claim *other) {
    return overlaps(one, other) || (one->end != UINT64_MAX && one->end + 1 == other->start) ||
           (other->end != UINT64_MAX && other->end + 1 == one->start);
}

enum file_error claim_set(const struct claim *wanted, bool none) {
    struct claim made = *wanted;
    if (!none && claim_find(wanted) != NULL) return FILE_BUSY;
    if (!has_room(2)) return FILE_FULL;
    for (uint32_t i = 0; i < top; i++) {
        struct claim *claim = &claims[i];
        if (claim->file == NULL || claim->owner != made.owner || !is_near(claim, &made)) continue;
        if (!none && claim->exclusive == made.exclusive && touches(claim, &made)) {
            if (claim->start < made.start) made.start = claim->start;
            if (claim->end > made.end) made.end = claim->end;
            drop(claim);
        } else if (overlaps(claim, &made)) {
            cut(claim, &made);
        }
    }
    if (!none) *unused() = made;
    return FILE_OK;
}

void claims_release(const void *file, uint64_t owner) {
    for (uint32_t i = top; i-- > 0;) {
        if (i < top && claims[i].file != NULL && claims[i].owner == owner && (file == NULL || claims[i].file == file))
            drop(&claims[i]);
    }
}
