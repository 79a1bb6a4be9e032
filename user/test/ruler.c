// SPDX-License-Identifier: MIT
// A kind of one's own, in forty lines: memory in which every word holds its own number. It can be read and written;
// what is discarded is as it was. docs/writing-a-pager.md explains it.
//
//   entry     fault      then
//   none      any        a frame, filled with the numbers of its words
//   frame                mapped once more
#include "ruler.h"

static void number_words(uint64_t *word, uint64_t page) {
    for (uint64_t i = 0; i < 512; i++) word[i] = page * 512 + i;
}

static struct pager_verdict fault_ruler(struct pager_object *object, uint64_t page, uint64_t label,
                                        uint64_t neighbours) {
    (void)neighbours;
    const uint32_t *entry = &object->entries[page];
    enum pager_case what = PAGER_CASE_again;
    if (*entry == 0) {
        if (pager_fill(object, page, 1, false) == 0) return pager_no_frame(object, page, label);
        number_words((uint64_t *)pager_frame_va(*entry), page);
        what = PAGER_CASE_other;
    }
    return pager_map(object, pager_frame_va(*entry), 1, what);
}

const struct pager_ops kind_ruler = {
    .name = "ruler",
    .fault = fault_ruler,
};
