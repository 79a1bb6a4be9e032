// SPDX-License-Identifier: MIT
// Random arguments of the fuzzer.
#include "fuzz_pick.h"

#include <abi/message.h>
#include <abi/rights.h>
#include <os/arena.h>

uint64_t any_word(struct mind *mind) {
    uint64_t word = fuzz_random(&mind->random) << 33 ^ fuzz_random(&mind->random) << 11 ^ fuzz_random(&mind->random);
    return pick(mind, 2) == 0 ? word : word >> pick(mind, 64);
}

uint64_t any_handle(struct mind *mind, enum fuzz_kind kind) {
    switch (pick(mind, 16)) {
    case 0:
        return HANDLE_SELF;
    case 1:
        return pick(mind, FUZZ_OTHER_PORT + 1);
    case 2:
        return pick(mind, FUZZ_HANDLES);
    case 3:
        return pick(mind, 20) == 0 ? any_word(mind) : mind->handles[pick(mind, FUZZ_KINDS)][pick(mind, FUZZ_RECENT)];
    default:
        return mind->handles[kind][pick(mind, FUZZ_RECENT)];
    }
}

uint64_t any_va(struct mind *mind) {
    static const uint64_t odd[] = {0,
                                   0x10000,
                                   START_MESSAGE_PAGE,
                                   OS_ARENA_START,
                                   0x3ffffff000,
                                   0x4000000000,
                                   UINT64_C(0xffffffc080000000),
                                   UINT64_C(0xffffffff80000000),
                                   UINT64_MAX - 4095};
    if (seldom(mind)) return odd[pick(mind, sizeof odd / sizeof odd[0])];
    if (seldom(mind)) return any_word(mind);
    uint64_t base = pick(mind, 3) == 0 ? FUZZ_PAGED : FUZZ_WINDOW;
    if (pick(mind, 16) == 0) base = (pick(mind, 8) + 32) << 24; // without a region, at first
    return base + pick(mind, FUZZ_PAGES) * OS_PAGE;
}

uint64_t any_pages(struct mind *mind) {
    static const uint64_t odd[] = {0, UINT64_C(1) << 63, UINT64_MAX, 513, 512, 1024, UINT64_C(1) << 52, 64};
    if (pick(mind, 40) == 0) return odd[pick(mind, sizeof odd / sizeof odd[0])];
    return 1 + pick(mind, pick(mind, 4) == 0 ? FUZZ_PAGES : 4);
}

uint64_t any_space(struct mind *mind) {
    switch (pick(mind, 16)) {
    case 0:
        return fuzz_shared.ids[mind->which];
    case 1:
        return any_word(mind);
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
        return fuzz_shared.ids[1];
    default:
        return 0;
    }
}

uint64_t any_rights(struct mind *mind) {
    static const uint64_t good[] = {0, RIGHT_READ, RIGHT_READ | RIGHT_WRITE, RIGHT_READ | RIGHT_EXECUTE, RIGHTS_ACCESS};
    switch (pick(mind, 40)) {
    case 0:
        return any_word(mind);
    case 1:
        return pick(mind, 16);
    default:
        return good[pick(mind, sizeof good / sizeof good[0])];
    }
}

uint64_t any_tag(struct mind *mind) {
    uint64_t tag = pick(mind, 20) == 0 ? pick(mind, 16) : pick(mind, MESSAGE_NOTIFY);
    if (pick(mind, 4) == 0) tag |= TAG_HANDLE;
    if (pick(mind, 4) == 0) tag |= TAG_TEXT | pick(mind, 4100) << TAG_TEXT_SHIFT;
    if (pick(mind, 4) == 0) tag |= any_word(mind) << TAG_LABEL_SHIFT;
    return tag;
}

uint64_t any_token(struct mind *mind) {
    return pick(mind, 20) == 0 ? any_word(mind) : mind->tokens[pick(mind, FUZZ_RECENT)];
}

void learn_handle(struct mind *mind, enum fuzz_kind kind, uint64_t handle) {
    mind->handles[kind][pick(mind, FUZZ_RECENT)] = handle;
}

void learn_token(struct mind *mind, uint64_t token) {
    mind->next = (mind->next + 1) % FUZZ_RECENT;
    mind->tokens[mind->next] = token;
}
