// SPDX-License-Identifier: MIT
// A pager's frames.
//
//   purse  --run-->   slots next to end: had by the next faults, one compare and one store each
//      |
//      +---head-->  group  <-->  group  <-->  group          groups with a free frame; a run is taken from the first
//                   64 slots in a row: which are free, and which of those are still zero
//
// Slot n is the page PAGER_FRAMES + n * 4096 of our own space. Frames come from the kernel by the batch, zeroed; what
// nobody holds any more is used again, for copies as it is. A whole group that is free goes back when there are enough.
#include "pager_frames.h"

#include <os/ranges.h>
#include <os/threads.h>
#include <stddef.h>

#include "pager_evict.h"
#include "pager_store.h"

enum {
    OWN_BATCH = 64,   // frames that we ask for at a time
    CLIENT_BATCH = 8, // and in the name of a client
    ATTEMPTS = 8,     // to evict enough for one frame
    OWN_SPARE = 16,   // groups without a holder that are kept
};

static uint64_t groups_made, groups_unused; // the latter linked by `next`
static uint64_t spare;                      // groups of our own that nobody has a frame of
static uint64_t groups_top, holders_top;

static struct pager_purse *own_purse(void) { return &client_at(0)->purse; }

// Group 0 shows the one zero frame in its first slots, which are never free and always shared.
static bool make_zero_frame(void) {
    const uint64_t rights = RIGHT_READ | RIGHT_EXECUTE;
    if (!tables_grow(&groups_top, PAGER_GROUPS + sizeof(struct pager_group)) ||
        !tables_grow(&holders_top, PAGER_HOLDERS + GROUP_SLOTS * sizeof(uint16_t)) ||
        os_alloc(PAGER_FRAMES, 1, rights, 0, 0).status != STATUS_OK)
        return false;
    for (uint64_t slot = 0; slot < PAGER_BLOCK; slot++) {
        *holders_at(slot) = UINT16_MAX / 2;
        if (slot > 0 &&
            os_map2(PAGER_FRAMES, 0, PAGER_FRAMES + slot * SLOT_SIZE, 1, rights | RIGHT_SHARE).status != STATUS_OK)
            return false;
    }
    // Entries with ENTRY_STORED have no holder.
    for (uint64_t i = 0; i < SLOTS_MOST * sizeof(uint16_t) / SLOT_SIZE; i += PAGER_BLOCK)
        if (os_map2(PAGER_FRAMES, 0, (uint64_t)holders_at(SLOTS_MOST) + i * SLOT_SIZE, PAGER_BLOCK, RIGHT_READ)
                .status != STATUS_OK)
            return false;
    groups_made = 1;
    return true;
}

bool frames_start(void) {
    groups_top = PAGER_GROUPS;
    holders_top = PAGER_HOLDERS;
    groups_made = groups_unused = spare = 0;
    return make_zero_frame();
}

// ---- groups ----

static uint64_t purse_index(const struct pager_purse *purse) {
    return ((uint64_t)purse - PAGER_CLIENTS) / sizeof(struct pager_client);
}

static const uint8_t bit_numbers[64] = {
    0,  1,  2,  53, 3,  7,  54, 27, 4,  38, 41, 8,  34, 55, 48, 28, 62, 5,  39, 46, 44, 42,
    22, 9,  24, 35, 59, 56, 49, 18, 29, 11, 63, 52, 6,  26, 37, 40, 33, 47, 61, 45, 43, 21,
    23, 58, 17, 10, 51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12,
};

// The number of the lowest bit of a word that is not 0: a de Bruijn sequence, shifted by it, begins like no other.
static inline uint64_t lowest_bit(uint64_t bits) {
    return bit_numbers[(bits & -bits) * UINT64_C(0x022fdd63cc95386d) >> 58];
}

static void group_link(struct pager_purse *purse, uint64_t index) {
    struct pager_group *group = group_at(index);
    group->listed = true;
    group->next = 0;
    group->previous = purse->tail;
    if (purse->tail != 0)
        group_at(purse->tail)->next = (uint16_t)index;
    else
        purse->head = (uint16_t)index;
    purse->tail = (uint16_t)index;
}

static void group_unlink(struct pager_purse *purse, uint64_t index) {
    struct pager_group *group = group_at(index);
    if (!group->listed) return;
    group->listed = false;
    if (group->previous != 0)
        group_at(group->previous)->next = group->next;
    else
        purse->head = group->next;
    if (group->next != 0)
        group_at(group->next)->previous = group->previous;
    else
        purse->tail = group->previous;
}

// A slot of a place in our space, and the other way round.
static uint64_t slot_at(uint64_t va) { return (va - PAGER_FRAMES) / SLOT_SIZE; }

static uint64_t slot_va(uint64_t slot) { return PAGER_FRAMES + slot * SLOT_SIZE; }

static uint64_t group_va(uint64_t index) { return PAGER_FRAMES + index * GROUP_SLOTS * SLOT_SIZE; }

// An empty group for the purse. => 0: there is none
static uint64_t group_make(const struct pager_purse *purse) {
    uint64_t index = groups_unused;
    if (index != 0) {
        groups_unused = group_at(index)->next;
    } else {
        if (groups_made == GROUPS_MOST || !tables_grow(&groups_top, (uint64_t)group_at(groups_made + 1)) ||
            !tables_grow(&holders_top, (uint64_t)holders_at((groups_made + 1) * GROUP_SLOTS)) ||
            !notes_grow((groups_made + 1) * GROUP_SLOTS))
            return 0;
        index = groups_made++;
    }
    *group_at(index) = (struct pager_group){.purse = (uint16_t)purse_index(purse)};
    return index;
}

static bool is_own(const struct pager_purse *purse) { return purse == own_purse(); }

static bool is_whole(const struct pager_group *group) { return group->free == group->there; }

// Its free frames go back. => how many
static uint64_t group_trim(struct pager_purse *purse, uint64_t index) {
    struct pager_group *group = group_at(index);
    uint64_t count = 0;
    for (uint64_t free = group->free; free != 0; free &= free - 1, count++)
        os_unmap(0, group_va(index) + lowest_bit(free) * SLOT_SIZE, 1);
    group->there &= ~group->free;
    group->free = group->clean = 0;
    purse->have -= (uint32_t)count;
    purse->free -= (uint32_t)count;
    group_unlink(purse, index);
    if (purse->filling == 0) purse->filling = (uint16_t)index;
    return count;
}

static void group_give_back(struct pager_purse *purse, uint64_t index) {
    struct pager_group *group = group_at(index);
    if (is_own(purse) && group->there != 0) spare--;
    group_trim(purse, index);
    if (purse->filling == index) purse->filling = 0;
    *group = (struct pager_group){.next = (uint16_t)groups_unused};
    groups_unused = index;
}

// Slots of a group have no holder any more. A client's group that is free goes back at once: it is on its account.
static void slots_free(uint64_t slot, uint64_t bits, uint64_t count) {
    uint64_t index = slot / GROUP_SLOTS;
    struct pager_group *group = group_at(index);
    struct pager_purse *purse = &client_at(group->purse)->purse;
    group->free |= bits;
    purse->free += (uint32_t)count;
    if (!group->listed) group_link(purse, index);
    if (!is_whole(group)) return;
    if (is_own(purse) && group->there != 0) spare++;
    if (!is_own(purse) || spare > OWN_SPARE || group->there == 0) group_give_back(purse, index);
}

// What is left of the purse's run is as free as other frames.
static void run_end(struct pager_purse *purse) {
    uint64_t next = slot_at(purse->next), count = slot_at(purse->end) - next;
    purse->next = purse->end = 0;
    if (count == 0) return;
    for (uint64_t slot = next; slot < next + count; slot++) *holders_at(slot) = 0;
    slots_free(next, (UINT64_MAX >> (GROUP_SLOTS - count)) << next % GROUP_SLOTS, count);
}

uint64_t purse_shrink(struct pager_purse *purse) {
    uint64_t had = purse->have;
    run_end(purse);
    for (uint64_t index = purse->head; index != 0; index = purse->head) {
        if (is_whole(group_at(index)))
            group_give_back(purse, index);
        else
            group_trim(purse, index);
    }
    return had - purse->have;
}

bool frames_make_room(const struct pager_object *object) {
    return purse_shrink(object->purse) > 0 || (evict_some(object) && purse_shrink(object->purse) > 0);
}

// ---- frames ----

// Who had this frame may have passed it on: the slot gets another, and whoever has the old one keeps it.
static bool renew(uint64_t slot) {
    uint64_t va = slot_va(slot);
    const struct pager_group *group = group_at(slot / GROUP_SLOTS);
    os_unmap(0, va, 1);
    // On our own account only, for the client's region may be gone: else the slot is empty until its group goes back.
    return client_at(group->purse)->purse.payer == 0 && os_alloc(va, 1, RIGHTS_ACCESS, 0, 0).status == STATUS_OK;
}

void frame_free(uint64_t slot) {
    uint64_t bit = UINT64_C(1) << slot % GROUP_SLOTS;
    *holders_at(slot) = 0;
    if (store_is_there()) store_free(slot);
    group_at(slot / GROUP_SLOTS)->clean &= ~bit;
    slots_free(slot, bit, 1);
}

void pager_release(struct pager_object *object, uint32_t entry) {
    uint64_t slot = slot_of(entry), bit = UINT64_C(1) << slot % GROUP_SLOTS;
    struct pager_group *group = group_at(slot / GROUP_SLOTS);
    object->account->room++;
    if ((--*holders_at(slot) & HOLDERS_HERE) != 0) return;
    if (!may_be_passed_on(object) || renew(slot)) {
        if (!store_is_there() || place_released(slot)) frame_free(slot);
        return;
    }
    group->clean &= ~bit;
    group->there &= ~bit;
    client_at(group->purse)->purse.have--;
    slots_free(slot, 0, 0);
}

bool pager_is_zero(uint64_t page) {
    const uint64_t *word = (const uint64_t *)page;
    for (int i = 0; i < PAGER_WORDS; i++) {
        if (word[i] != 0) return false;
    }
    return true;
}

// Frames from the kernel. => false: none
static bool refill(struct pager_purse *purse, uint64_t payer_va) {
    if (purse->filling == 0) purse->filling = (uint16_t)group_make(purse);
    uint64_t index = purse->filling;
    if (index == 0) return false;
    struct pager_group *group = group_at(index);
    uint64_t batch = is_own(purse) ? OWN_BATCH : CLIENT_BATCH, first = lowest_bit(~group->there);
    uint64_t after = group->there >> first, most = after == 0 ? GROUP_SLOTS - first : lowest_bit(after);
    struct result got = os_alloc_range(group_va(index) + first * SLOT_SIZE, batch < most ? batch : most, RIGHTS_ACCESS,
                                       purse->payer, payer_va);
    if (got.value == 0) {
        if (group->there == 0) group_give_back(purse, index); // the purse may go, and would take it along
        return false;
    }
    uint64_t fresh = (UINT64_MAX >> (GROUP_SLOTS - got.value)) << first;
    group->there |= fresh;
    if (~group->there == 0) purse->filling = 0;
    group->free |= fresh;
    group->clean |= fresh;
    purse->have += (uint32_t)got.value;
    purse->free += (uint32_t)got.value;
    if (!group->listed) group_link(purse, index);
    if (is_own(purse) && is_whole(group)) spare++;
    return true;
}

// Free frames in a row, all of them clean or none, become the purse's run. => false: there are none
static bool run_begin(struct pager_purse *purse) {
    while (purse->head != 0 && group_at(purse->head)->free == 0) group_unlink(purse, purse->head);
    uint64_t index = purse->head;
    if (index == 0) return false;
    struct pager_group *group = group_at(index);
    if (is_own(purse) && is_whole(group)) spare--;
    uint64_t first = lowest_bit(group->free);
    purse->is_clean = group->clean >> first & 1;
    uint64_t alike = (group->free & (purse->is_clean ? group->clean : ~group->clean)) >> first;
    uint64_t count = ~alike == 0 ? GROUP_SLOTS : lowest_bit(~alike);
    group->free &= ~((UINT64_MAX >> (GROUP_SLOTS - count)) << first);
    purse->free -= (uint32_t)count;
    uint64_t slot = index * GROUP_SLOTS + first;
    purse->next = slot_va(slot);
    purse->end = slot_va(slot + count);
    for (uint64_t end = slot + count; slot < end; slot++) *holders_at(slot) = 1;
    return true;
}

// A frame that the object's client may have. => false: not even when pages were evicted
static bool get_ready(const struct pager_object *object, uint64_t payer_va) {
    struct pager_purse *purse = object->purse;
    const struct pager_client *account = object->account;
    bool pays = is_own(purse) || purse->payer == object->space; // nobody pays for faults of another space
    static uint64_t had;                                        // frames since the limits were set
    for (unsigned attempt = 0;; attempt++) {
        bool is_ready = purse->next != purse->end || run_begin(purse);
        if (is_ready) had += (purse->end - purse->next) / SLOT_SIZE;
        if (is_own(purse) && (!is_ready || account->room <= 0 || had > GROUP_SLOTS)) {
            clients_set_limits();
            had = 0;
        }
        if (account->room > 0 && (is_ready || (pays && refill(purse, payer_va) && run_begin(purse)))) {
            if (is_own(purse)) evict_ahead(object);
            return true;
        }
        if (attempt == ATTEMPTS || !evict_some(object)) return false;
    }
}

uint64_t frames_take(const struct pager_object *object, uint64_t page, uint64_t wanted, uint64_t *frame) {
    struct pager_purse *purse = object->purse;
    if (purse->next == purse->end || object->account->room <= 0) {
        if (!get_ready(object, object->va + page * SLOT_SIZE)) return 0;
    }
    uint64_t left = (purse->end - purse->next) / SLOT_SIZE;
    *frame = purse->next;
    wanted = wanted < left ? wanted : left;
    purse->next += wanted * SLOT_SIZE;
    return wanted;
}

uint64_t pager_fill(struct pager_object *object, uint64_t page, uint64_t wanted, bool zeroed) {
    const struct pager_purse *purse = object->purse;
    uint64_t frame = 0;
    wanted = frames_take(object, page, wanted, &frame);
    if (wanted == 0) return 0;
    object->account->room -= (int32_t)wanted;
    for (uint32_t *entry = &object->entries[page]; frame != purse->next; frame += SLOT_SIZE) {
        *entry++ = (uint32_t)frame | ENTRY_FRAME;
        if (zeroed && !purse->is_clean) pager_zero(frame);
    }
    return wanted;
}

uint64_t frames_slots(void) { return groups_made * GROUP_SLOTS; }

uint64_t frames_spare(void) { return own_purse()->free; }

uint64_t frames_total(void) {
    uint64_t total = 0;
    for (uint64_t i = 0; i < clients_made(); i++) total += client_at(i)->purse.have;
    return total;
}

uint64_t frames_free(void) {
    uint64_t total = 0;
    for (uint64_t i = 0; i < clients_made(); i++) {
        const struct pager_purse *purse = &client_at(i)->purse;
        total += (purse->end - purse->next) / SLOT_SIZE + purse->free;
    }
    return total;
}
