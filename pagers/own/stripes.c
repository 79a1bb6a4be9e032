// SPDX-License-Identifier: MIT
// stripes: memory whose odd pages begin with ones in all their bits, and whose even ones begin as zero.
#include <os/pager.h>

static void fill(uint64_t *words, uint64_t page) {
    for (unsigned i = 0; i < PAGER_WORDS; i++) words[i] = page % 2 == 0 ? 0 : UINT64_MAX;
}

static struct pager_verdict fault_stripes(struct pager_object *object, uint64_t page, uint64_t label,
                                          uint64_t neighbours) {
    const uint32_t *entry = &object->entries[page];
    (void)neighbours; // which of the pages around are there: for who answers with several
    if (*entry == 0) {
        if (pager_fill(object, page, 1, false) == 0) return pager_no_frame(object, page, label);
        fill((uint64_t *)pager_frame_va(*entry), page);
    }
    return pager_map(object, pager_frame_va(*entry), 1, PAGER_CASE_fresh);
}

static const struct pager_ops stripes = {
    .name = "stripes", // what clients ask for: at most eight letters
    .fault = fault_stripes,
};

int main(void) {
    static const struct pager_ops *const kinds[] = {&stripes};
    return pager_host(kinds, 1);
}
