// SPDX-License-Identifier: MIT
// Where pages are in the backing store: which entries name a place, and which frame has the same content.
//
//   entry --> frame  <--->  place <-- entries of those who lost the frame
//
// A frame that came from a place, or went there, keeps it until it is written to: then it can go without being written.
// A place is given back when no entry and no frame names it.
#pragma once

#include "pager_objects.h"

struct pager_place {
    uint32_t slot;    // of the frame with the same content; 0: there is none
    uint16_t entries; // that name it
    uint16_t transit; // it is being written or read; 0: it is not
};

// Of a frame, beside its holders.
struct pager_note {
    uint32_t place; // with the same content; 0: there is none
    uint16_t moves; // it is being written: its transit; 0: it is not
    uint16_t ahead; // it was read ahead, and not seen to be used since
};

// In the number of a frame's holders: some more have lost it, and would find its content at its place. Nobody may write
// to it then.
#define HOLDERS_ELSEWHERE 0x8000u
#define HOLDERS_HERE      0x7fffu

_Static_assert(sizeof(struct pager_place) == 8 && sizeof(struct pager_note) == 8, "indexed by shifting");

// NULL: there is no store.
extern const struct pager_backing *places_backing;

static inline bool store_is_there(void) { return places_backing != NULL; }

static inline struct pager_place *place_at(uint64_t place) { return (struct pager_place *)PAGER_PLACES + place; }

static inline struct pager_note *note_at(uint64_t slot) { return (struct pager_note *)PAGER_NOTES + slot; }

static inline uint64_t place_of(uint64_t entry) { return (entry & ~(uint64_t)ENTRY_STORED) >> ENTRY_SHIFT; }

static inline bool is_alone(uint64_t entry) { return pager_holders(entry) == 1; }

static inline bool is_stored(const struct pager_object *object) { return store_is_there() && object->ops->stored; }

// => false: there is no memory
bool places_start(void);
bool notes_grow(uint64_t slots);

// => 0: the store is full
uint32_t place_take(void);
void place_give(uint64_t place);
uint64_t places_free(void);

// The frame has not the content of its place any more.
void place_part(uint64_t slot);
// Few places are left: some of those go that frames have too.
void places_reclaim(uint64_t slots);
// The entry gives up its frame, whose content is at its place.
void place_leave(struct pager_object *object, uint64_t page);
// The entry has its place's frame again.
void place_return(struct pager_object *object, uint64_t page);
// An entry more, or one less, names the place.
void place_hold(uint32_t entry);
void place_drop(uint32_t entry);
// Nobody has the frame any more. => false: it is being written; then it is let go of
bool place_released(uint64_t slot);
// Fork: what was written must not be lost by the parent's page being unmapped. Before anybody else holds its frames.
void places_note_written(const struct pager_object *object, uint64_t page, uint64_t end);
// The page's note of having been written may be lost.
void place_suspect(const struct pager_object *object, uint64_t page);
