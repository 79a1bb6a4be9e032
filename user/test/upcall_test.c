// SPDX-License-Identifier: MIT
// The thread's own handler: what it is told, what it may change, how deep it goes.
#include "client.h"

#include <os/arena.h>

static OS_SHARED volatile uint64_t seen[16];

static volatile uint64_t count, deepest;

static void note_all(struct upcall_registers *interrupted, struct os_fault *fault) {
    for (unsigned i = 0; i < 5; i++) seen[i] = fault->message.word[i];
    seen[5] = fault->message.tag;
    seen[6] = interrupted->pc;
    seen[7] = interrupted->x[1];
    count++;
    suite_skip(interrupted);
}

TEST(a_handler_is_told_what_a_pager_would_be) {
    uint64_t va = os_pages_take(1);
    EXPECT_STATUS(OK, os_prot(0, va, 1, RIGHT_READ));
    os_handler_set(note_all);
    count = 0;
    store(va + 40, 1);
    EXPECT_EQUAL(count, 1);
    EXPECT_EQUAL(TAG_KIND(seen[5]), MESSAGE_FAULT);
    EXPECT_EQUAL(FAULT_ACCESS(TAG_LABEL(seen[5])), FAULT_WRITE);
    EXPECT_EQUAL(seen[1], va + 40);
    EXPECT_EQUAL(seen[3], seen[6]);
    uint64_t sp;
    __asm__("mv %0, sp" : "=r"(sp));
    EXPECT(seen[7] <= sp && seen[7] > sp - 0x1000);
    os_unprot(0, va, 1, BOTH_RIGHTS);
    os_pages_give(va, 1);
}

static void raise_and_resume(struct upcall_registers *interrupted, struct os_fault *fault) {
    (void)interrupted;
    count++;
    fault->flags = RESUME_UNPROT;
    fault->va = page_of(fault->message.word[1]);
    fault->pages = 1;
    fault->rights = BOTH_RIGHTS;
}

TEST(resume_raises_rights_and_goes_on) {
    uint64_t va = os_pages_take(4);
    EXPECT_STATUS(OK, os_prot(0, va, 4, 0));
    os_handler_set(raise_and_resume);
    count = 0;
    for (uint64_t i = 0; i < 4; i++) store(va + i * 4096, i);
    for (uint64_t i = 0; i < 4; i++) EXPECT_EQUAL(load(va + i * 4096), i);
    EXPECT_EQUAL(count, 4);
    os_pages_give(va, 4);
}

static void bring_page(struct upcall_registers *interrupted, struct os_fault *fault) {
    (void)interrupted;
    count++;
    EXPECT_STATUS(OK, os_alloc(page_of(fault->message.word[1]), 1, BOTH_RIGHTS, 0, 0));
}

TEST(a_handler_can_be_the_pager_of_its_own_region) {
    uint64_t va = os_range_take(8, 1);
    os_handler_set(bring_page);
    count = 0;
    for (uint64_t i = 0; i < 8; i++) store(va + i * 4096 + 8 * i, i);
    EXPECT_EQUAL(count, 8);
    for (uint64_t i = 0; i < 8; i++) EXPECT_EQUAL(load(va + i * 4096 + 8 * i), i);
    os_pages_give(va, 8);
}

static void change_registers(struct upcall_registers *interrupted, struct os_fault *fault) {
    (void)fault;
    interrupted->x[REGISTER_A0] = 4242;
}

TEST(a_handler_changes_registers_of_what_it_interrupted) {
    os_handler_set(change_registers);
    register uint64_t a0 __asm__("a0") = 1;
    register uint64_t a7 __asm__("a7") = 64;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
    EXPECT_EQUAL(a0, 4242);
}

static void note_call(struct upcall_registers *interrupted, struct os_fault *fault) {
    seen[0] = TAG_LABEL(fault->message.tag);
    seen[1] = interrupted->x[REGISTER_A7];
    for (unsigned i = 0; i < 7; i++) seen[2 + i] = interrupted->x[REGISTER_A0 + i];
    interrupted->x[REGISTER_A0] = (uint64_t)-38; // it goes on behind the call
}

TEST(a_foreign_system_call_reaches_the_own_handler) {
    os_handler_set(note_call);
    struct result result = os_trap(~UINT64_C(222), 1, 2, 3, 4, 5, 6, 7, 0);
    EXPECT_EQUAL(FAULT_ACCESS(seen[0]), FAULT_CALL);
    EXPECT_EQUAL(seen[1], 222);
    for (uint64_t i = 0; i < 7; i++) EXPECT_EQUAL(seen[2 + i], i + 1);
    EXPECT_EQUAL(result.status, (uint64_t)-38);
    EXPECT_EQUAL(result.value, 2);
    os_trap(~UINT64_C(0), 0, 0, 0, 0, 0, 0, 0, 0);
    EXPECT_EQUAL(seen[1], 0);
    os_trap(CALL_COUNT, 0, 0, 0, 0, 0, 0, 0, 0);
    EXPECT_EQUAL(seen[1], (uint64_t)-1 - CALL_COUNT);
    EXPECT_EQUAL(FAULT_ACCESS(seen[0]), FAULT_CALL);
}

TEST(a_foreign_system_call_changes_no_register_but_its_result) {
    os_handler_set(note_call);
    uint64_t wrong = 0;
    register uint64_t a7 __asm__("a7") = 64;
    __asm__ volatile(".irp n, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 28, 29, 30, 31\n"
                     "li x\\n, 1000 + \\n\n"
                     ".endr\n"
                     "ecall\n"
                     ".irp n, 5, 6, 7, 11, 12, 13, 14, 15, 16, 28, 29, 30, 31\n"
                     "addi x\\n, x\\n, -1000 - \\n\n"
                     "or %0, %0, x\\n\n"
                     ".endr"
                     : "+&r"(wrong), "+r"(a7)
                     :
                     : "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "memory");
    EXPECT_EQUAL(wrong, 0);
    EXPECT_EQUAL(a7, 64);
}

static void note_exception(struct upcall_registers *interrupted, struct os_fault *fault) {
    seen[0] = TAG_LABEL(fault->message.tag);
    seen[2] = fault->message.word[2];
    suite_skip(interrupted);
}

TEST(exceptions_that_are_not_of_memory_take_the_same_road) {
    os_handler_set(note_exception);
    __asm__ volatile(".word 0");
    EXPECT_EQUAL(FAULT_ACCESS(seen[0]), FAULT_EXCEPTION);
    EXPECT_EQUAL(seen[2], 2);
    __asm__ volatile("ebreak");
    EXPECT_EQUAL(FAULT_ACCESS(seen[0]), FAULT_EXCEPTION);
    EXPECT_EQUAL(seen[2], 3);
    __asm__ volatile("csrr zero, sstatus");
    EXPECT_EQUAL(seen[2], 2);
    __asm__ volatile("sfence.vma");
    EXPECT_EQUAL(seen[2], 2);
    load(0x40000000000);
    EXPECT(FAULT_ACCESS(seen[0]) == FAULT_READ || FAULT_ACCESS(seen[0]) == FAULT_EXCEPTION);
}

static uint64_t nesting_va;

// Faults again inside the handler, until it is `count` deep.
static void nest(struct upcall_registers *interrupted, struct os_fault *fault) {
    uint64_t nested = FAULT_NESTED(TAG_LABEL(fault->message.tag));
    deepest = nested > deepest ? nested : deepest;
    if (nested + 1 < count) load(nesting_va + (nested + 1) * 4096);
    suite_skip(interrupted);
}

TEST(upcalls_nest_to_the_stated_depth) {
    uint64_t va = os_range_take(UPCALL_DEPTH + 1, 1);
    nesting_va = va;
    os_handler_set(nest);
    for (count = 1; count <= UPCALL_DEPTH; count++) {
        deepest = 0;
        load(va);
        EXPECT_EQUAL(deepest, count - 1);
    }
    os_range_give(va, UPCALL_DEPTH + 1);
}

static void nest_too_deep(uint64_t argument) {
    nesting_va = os_range_take(UPCALL_DEPTH + 2, 1);
    os_handler_set(nest);
    count = argument;
    load(nesting_va);
}

TEST(a_fault_in_the_deepest_upcall_goes_to_the_exception_port) {
    struct os_child child = suite_child(nest_too_deep, UPCALL_DEPTH + 1);
    struct message exception = client_message(&child);
    EXPECT_EQUAL(TAG_KIND(exception.tag), MESSAGE_FAULT);
    EXPECT_EQUAL(exception.badge, OS_BADGE_EXCEPTION);
    EXPECT_EQUAL(FAULT_NESTED(label_of(&exception)), UPCALL_DEPTH);
    EXPECT_EQUAL(verdict_of(&exception, VERDICT_SKIP, exception.word[3] + 2, 0, 0, 0), STATUS_OK);
    os_child_end(&child);
}

static uint64_t faulty_va;

// Faults in the handler of whatever it was, one level deeper; there it only notes how deep.
static void fault_once_more(struct upcall_registers *interrupted, struct os_fault *fault) {
    uint64_t label = TAG_LABEL(fault->message.tag);
    if (FAULT_NESTED(label) == 0) {
        count = FAULT_ACCESS(label);
        load(faulty_va);
    }
    deepest = FAULT_NESTED(label) > deepest ? FAULT_NESTED(label) : deepest;
    if (FAULT_ACCESS(label) == FAULT_EXECUTE)
        interrupted->pc = interrupted->x[0];
    else if (FAULT_ACCESS(label) == FAULT_MISUSE)
        interrupted->pc += 4;
    else if (FAULT_ACCESS(label) != FAULT_CALL)
        suite_skip(interrupted);
}

#define EXPECT_NESTED(kind, action) \
    do {                            \
        deepest = 0;                \
        action;                     \
        EXPECT_EQUAL(count, kind);  \
        EXPECT_EQUAL(deepest, 1);   \
    } while (0)

TEST(a_fault_in_every_kind_of_upcall_goes_one_level_deeper) {
    uint64_t va = os_range_take(1, 1);
    faulty_va = va;
    os_handler_set(fault_once_more);
    EXPECT_NESTED(FAULT_READ, load(va));
    EXPECT_NESTED(FAULT_WRITE, store(va, 1));
    EXPECT_NESTED(FAULT_EXECUTE, ((void (*)(void))va)());
    EXPECT_NESTED(FAULT_EXCEPTION, __asm__ volatile("ebreak"));
    EXPECT_NESTED(FAULT_CALL, os_trap(~UINT64_C(64), 0, 0, 0, 0, 0, 0, 0, 0));
    EXPECT_NESTED(FAULT_MISUSE, os_close(4000));
    os_range_give(va, 1);
}

TEST(resume_outside_of_an_upcall_is_misuse) { EXPECT_EQUAL(os_resume(0, 0, 0, 0).status, STATUS_MISUSE); }

TEST(the_upcall_area_must_be_a_page_of_ones_own) {
    EXPECT(os_upcall((uint64_t)os_handler_entry, 0x1000, 0x30000000).status != STATUS_OK);
    EXPECT(os_upcall((uint64_t)os_handler_entry, 0x1000, UINT64_MAX - 4095).status != STATUS_OK);
    EXPECT(os_upcall((uint64_t)os_handler_entry, 0x1000, (uint64_t)os_self()->message + 8).status != STATUS_OK);
    os_handler_set(suite_handler);
}

static void handler_that_is_nowhere(uint64_t va) {
    uint64_t area = os_pages_take(2);
    EXPECT_STATUS(OK, os_upcall(0x30000000, area + 8192, area));
    load(va);
}

TEST(a_handler_that_cannot_run_ends_at_the_exception_port) {
    struct os_child child = suite_child(handler_that_is_nowhere, OS_ARENA_START + 0x200000);
    struct message exception = client_message(&child);
    EXPECT_EQUAL(exception.badge, OS_BADGE_EXCEPTION);
    EXPECT_EQUAL(exception.word[1], 0x30000000);
    EXPECT_EQUAL(FAULT_ACCESS(label_of(&exception)), FAULT_EXECUTE);
    EXPECT_EQUAL(FAULT_NESTED(label_of(&exception)), UPCALL_DEPTH);
    os_child_end(&child);
}

static void handler_without_stack(uint64_t va) {
    uint64_t area = os_pages_take(1);
    EXPECT_STATUS(OK, os_upcall((uint64_t)os_handler_entry, 0x30001000, area));
    load(va);
}

TEST(a_handler_without_a_stack_ends_at_the_exception_port) {
    struct os_child child = suite_child(handler_without_stack, OS_ARENA_START + 0x200000);
    struct message exception = client_message(&child);
    EXPECT_EQUAL(exception.badge, OS_BADGE_EXCEPTION);
    EXPECT_EQUAL(exception.word[1] >> 12, 0x30000);
    os_child_end(&child);
}

static void unmap_the_area(uint64_t va) {
    os_handler_set(note_all);
    EXPECT_STATUS(OK, os_unmap(0, os_self()->area, 1));
    load(va); // the kernel writes to its own pinned page, or the exception port hears of it
}

TEST(an_upcall_area_that_was_unmapped_hurts_nobody) {
    struct os_child child = suite_child(unmap_the_area, OS_ARENA_START + 0x200000);
    struct message exception = client_message(&child);
    EXPECT_EQUAL(TAG_KIND(exception.tag), MESSAGE_FAULT);
    os_child_end(&child);
}
