// SPDX-License-Identifier: MIT
// The proof itself, tested: does it see what is wrong?
#include "check.h"
#include "ktest.h"
#include "table.h"
#include "thread.h"

static struct space *space;
static struct thread *thread;
static struct slot slot;

enum {
    QUOTA = 64,
    SOMEWHERE = 0x200000,
};

// A space with a thread, whose message page is mapped.
static void make(void) {
    space = space_create(NULL, QUOTA, 0);
    object_keep(&space->object);
    thread = thread_create(space, 0, 0, 0, 0);
    table_make(space, SOMEWHERE, 0, &slot);
    page_place(&slot, pa_of(thread->message_page), RIGHT_READ, RIGHT_READ, 0);
    EXPECT(kernel_check() == NULL);
}

static void unmake(void) {
    EXPECT(kernel_check() == NULL);
    while (!space_destroy(space))
        ;
    object_drop(&space->object);
}

KTEST(the_check_sees_a_reference_that_is_not_counted) {
    make();
    frame_at(pa_of(thread->message_page))->references--;
    EXPECT(kernel_check() != NULL);
    frame_at(pa_of(thread->message_page))->references++;
    unmake();
}

KTEST(the_check_sees_rights_that_nobody_granted) {
    make();
    *slot.pte |= PTE_W;
    EXPECT(kernel_check() != NULL);
    *slot.pte &= ~PTE_W;
    unmake();
}

KTEST(the_check_sees_an_entry_that_names_a_frame_of_the_kernel) {
    make();
    uint64_t pte = *slot.pte;
    *slot.pte = pte_make(pa_of(space), pte & 0x3ff);
    EXPECT(kernel_check() != NULL);
    *slot.pte = pte;
    unmake();
}

KTEST(the_check_sees_a_frame_that_somebody_else_pays_for) {
    make();
    space->used--;
    EXPECT(kernel_check() != NULL);
    space->used++;
    unmake();
}
