// SPDX-License-Identifier: MIT
// Where pages are in the backing store.
#include "pager_places.h"

#include <os/threads.h>

#include "pager_frames.h"
#include "pager_store.h"

enum {
    ROW = 32,          // places had at a time
    SWEPT_MOST = 1024, // frames that are looked at for places that can be done without
};

const struct pager_backing *places_backing;
static uint64_t notes_top = PAGER_NOTES, used, sweep, ready; // the latter are had, from `next` on, and not yet used
static uint32_t next;

void pager_back_with(const struct pager_backing *backing) { places_backing = backing; }

bool places_start(void) {
    uint64_t top = PAGER_PLACES;
    return places_backing->places <= PLACES_MOST && tables_grow(&top, (uint64_t)place_at(places_backing->places));
}

uint64_t places_free(void) { return places_backing->places - 1 - used; }

uint32_t place_take(void) {
    if (ready == 0) ready = places_backing->take(ROW, &next);
    if (ready == 0) return 0;
    ready--;
    used++;
    return next++;
}

void place_give(uint64_t place) {
    used--;
    places_backing->give((uint32_t)place);
}

bool notes_grow(uint64_t slots) { return !store_is_there() || tables_grow(&notes_top, (uint64_t)note_at(slots)); }

static void give_if_unused(uint64_t place) {
    const struct pager_place *at = place_at(place);
    if (at->entries == 0 && at->slot == 0 && at->transit == 0) place_give(place);
}

void place_part(uint64_t slot) {
    struct pager_note *note = note_at(slot);
    uint64_t place = note->place;
    note->place = 0;
    *holders_at(slot) &= HOLDERS_HERE;
    place_at(place)->slot = 0;
    give_if_unused(place);
}

void places_reclaim(uint64_t slots) {
    for (unsigned steps = 0; steps < SWEPT_MOST && steps < slots; steps++) {
        sweep = sweep + 1 < slots ? sweep + 1 : 0;
        const struct pager_note *note = note_at(sweep);
        if (sweep >= GROUP_SLOTS && note->place != 0 && note->moves == 0 && place_at(note->place)->entries == 0)
            place_part(sweep);
    }
}

void place_leave(struct pager_object *object, uint64_t page) {
    uint64_t slot = slot_of(object->entries[page]), place = note_at(slot)->place;
    object->entries[page] = ENTRY_STORED | (uint32_t)place << ENTRY_SHIFT;
    object->account->room++;
    place_at(place)->entries++;
    *holders_at(slot) = (uint16_t)((*holders_at(slot) - 1) | HOLDERS_ELSEWHERE);
    if ((*holders_at(slot) & HOLDERS_HERE) != 0) return;
    place_part(slot);
    frame_free(slot);
}

void place_return(struct pager_object *object, uint64_t page) {
    struct pager_place *at = place_at(place_of(object->entries[page]));
    object->entries[page] = at->slot << ENTRY_SHIFT | ENTRY_FRAME;
    object->account->room--;
    ++*holders_at(at->slot);
    if (--at->entries == 0) *holders_at(at->slot) &= HOLDERS_HERE;
}

void place_hold(uint32_t entry) {
    struct pager_place *at = place_at(place_of(entry));
    if (place_of(entry) == 0) return;
    at->entries++;
    if (at->slot != 0) *holders_at(at->slot) |= HOLDERS_ELSEWHERE;
}

void place_drop(uint32_t entry) {
    uint64_t place = place_of(entry);
    struct pager_place *at = place_at(place);
    if (place == 0 || --at->entries != 0) return;
    if (at->slot != 0) *holders_at(at->slot) &= HOLDERS_HERE;
    if (at->transit == TRANSIT_FAILED) at->transit = 0;
    give_if_unused(place);
}

bool place_released(uint64_t slot) {
    if (note_at(slot)->moves != 0) return false;
    if (note_at(slot)->place != 0) place_part(slot);
    return true;
}

static void written(uint32_t entry) {
    uint64_t slot = slot_of(entry);
    if (!is_alone(entry)) return; // that was noted when it was shared
    if (note_at(slot)->moves != 0)
        store_spoil(slot);
    else if (note_at(slot)->place != 0)
        place_part(slot);
}

void place_suspect(const struct pager_object *object, uint64_t page) {
    if (!store_is_there() || page >= object->pages || !is_backed(object, page)) return;
    if ((object->entries[page] & ENTRY_FRAME) != 0) written(object->entries[page]);
}

void places_note_written(const struct pager_object *object, uint64_t page, uint64_t end) {
    const uint64_t *bits = os_self()->message;
    if (!is_stored(object) || !is_seen(object)) return;
    while ((page = object_used(object, page, end)) < end) {
        struct result asked =
            os_dirty(object->space, object->va + page * SLOT_SIZE, end - page, DIRTY_WRITTEN | DIRTY_KEEP);
        if (asked.status == STATUS_GONE) return;
        for (uint64_t i = 0; i < asked.value; i++) {
            if ((bits[i / 64] >> i % 64 & 1) == 0 || !is_backed(object, page + i)) continue;
            if ((object->entries[page + i] & ENTRY_FRAME) != 0) written(object->entries[page + i]);
        }
        page += asked.value > 0 ? asked.value : 1;
    }
}
