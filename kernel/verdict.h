// SPDX-License-Identifier: MIT
// Verdicts: what a pager, or a server, answers.
#pragma once

#include <abi/message.h>

#include "page.h"
#include "region.h"
#include "thread.h"

struct answer {
    uint64_t status;       // or MISUSED
    struct thread *client; // who can go on now, and is in no queue; NULL: nobody, or it has been seen to
};

struct answer verdict_give(struct thread *pager, uint64_t token, uint64_t tag, uint64_t word[5]);

// The page that faulted comes with A, and after a write with D; those mapped ahead come without.
static inline uint64_t verdict_noted(const struct thread *client) {
    return PTE_A | (FAULT_ACCESS(TAG_LABEL(client->tag)) == FAULT_WRITE ? PTE_D : 0);
}

// MAP of the one page that faulted, from a page of the pager's that is known, to a place that is: the straight way.
// => false: nothing was done, and verdict_give() is to be asked
static inline bool verdict_map_straight(struct space *pager, struct thread *client, uint64_t from, uint64_t va,
                                        uint64_t pages, uint64_t rights) {
    struct space *space = client->space;
    const struct region *region = space->last_region;
    uint64_t faulted = client->va;
    if (pages != 1 || client->errand != ERRAND_FAULT || client->deadline.armed ||
        va != align_down(faulted, PAGE_SIZE) || region == NULL || va - region->node.key >= region->pages * PAGE_SIZE ||
        !region->straight || rights > RIGHTS_PAGE || (rights & ~(uint64_t)(region->rights | RIGHT_SHARE)) != 0 ||
        (rights & 3) == RIGHT_WRITE || from % PAGE_SIZE != 0 || from >> BLOCK_BITS != pager->leaf_tag ||
        va >> BLOCK_BITS != space->leaf_tag || !list_empty(&client->followers))
        return false;
    uint64_t index = pte_index(va, 0), source = pte_index(from, 0);
    uint16_t given = pager->leaf_info->page[source], *info = &space->leaf_info->page[index];
    if ((given & (INFO_PRESENT | INFO_DEVICE | RIGHT_SHARE)) != (INFO_PRESENT | RIGHT_SHARE) ||
        (rights & ~(uint64_t)given) != 0 || (*info & INFO_PRESENT) != 0)
        return false;
    uint64_t pte = pager->leaf[source] & ~0x3ffull;
    frame_at(pte_pa(pte))->references++;
    *info = (uint16_t)((*info & ~(INFO_GRANTED | 7u << INFO_CEILING_SHIFT)) | rights | INFO_PRESENT |
                       (given & RIGHTS_ACCESS) << INFO_CEILING_SHIFT);
    space->leaf_info->present[index / 64] |= 1ull << index % 64;
    space->leaf[index] = pte | pte_rights(info_effective(*info)) | PTE_U | verdict_noted(client);
    return true;
}
