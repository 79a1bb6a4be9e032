// SPDX-License-Identifier: MIT
// The table of a pager's objects, and the entries of their pages.
#pragma once

#include <stddef.h>

#include "pager_tables.h"

// => false: there is no memory
bool objects_start(void);

// What a new object is to be.
struct object_plan {
    const struct pager_ops *ops;
    uint64_t space, va, pages, options, client; // options: rights too
    bool here;
};

// An object without entries, not yet attached by its kind. => PAGER_OK, or why there is none
enum pager_error object_make(const struct object_plan *plan, struct pager_object **made);
// Gives everything back; its kind is told, if it had attached.
void object_end(struct pager_object *object, bool attached);
extern uint64_t objects_mask; // of a cookie: where in the table, as far as that has memory
// => NULL: there is none with this cookie
static inline struct pager_object *object_find(uint64_t cookie) {
    struct pager_object *object = (struct pager_object *)(PAGER_OBJECTS + (cookie & objects_mask));
    return object->cookie == cookie ? object : NULL;
}
// The object after this one in the table, of this client, or (client 0) of anybody. => NULL: none
struct pager_object *object_next(const struct pager_object *object, uint64_t client);

// Memory for the page's entry. `payer_va`: an address of the payer that we page; 0: there is none yet, and we pay
bool object_back(struct pager_object *object, uint64_t page, uint64_t payer_va);
// And for those behind it; their grains are used from now on.
void object_use(struct pager_object *object, uint64_t page, uint64_t pages);

// From now on it has so many pages that may be touched.
void object_count(struct pager_object *object, uint64_t count);

// The first from `page` on, before `end`, that is not 0; all have memory. => `end`: there is none
uint64_t entries_used(const uint32_t *entries, uint64_t page, uint64_t end);

// The first page from `page` on, before `end`, whose entry is not 0. => `end`: there is none
uint64_t object_used(const struct pager_object *object, uint64_t page, uint64_t end);

// Is its space no more?
bool object_is_nobodys(const struct pager_object *object);

// Take the range from the client, behind however many regions it is.
void object_hide(const struct pager_object *object, uint64_t page, uint64_t end);

// The same, and let go of what its entries hold.
void object_drop(struct pager_object *object, uint64_t page, uint64_t pages);

// End the objects of spaces that are no more. => false: there were none
bool objects_sweep(void);
