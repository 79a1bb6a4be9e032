// SPDX-License-Identifier: MIT
// Random arguments of the fuzzer, most of them nearly valid.
#pragma once

#include "fuzz.h"

enum fuzz_kind { FUZZ_PORT, FUZZ_SPACE, FUZZ_THREAD, FUZZ_KINDS };

enum { FUZZ_RECENT = 8, FUZZ_HANDLES = 48, FUZZ_SELDOM = 400 };

// What a thread has come by: it is used again.
struct mind {
    uint64_t random, number, which;
    uint64_t tokens[FUZZ_RECENT];
    uint64_t handles[FUZZ_KINDS][FUZZ_RECENT];
    unsigned next;
};

static inline uint64_t pick(struct mind *mind, uint64_t most) { return fuzz_random(&mind->random) % most; }

static inline bool seldom(struct mind *mind) { return pick(mind, FUZZ_SELDOM) == 0; }

uint64_t any_word(struct mind *mind);
uint64_t any_handle(struct mind *mind, enum fuzz_kind kind);
uint64_t any_va(struct mind *mind);
uint64_t any_pages(struct mind *mind);
uint64_t any_space(struct mind *mind); // its id
uint64_t any_rights(struct mind *mind);
uint64_t any_tag(struct mind *mind);
uint64_t any_token(struct mind *mind);

void learn_handle(struct mind *mind, enum fuzz_kind kind, uint64_t handle);
void learn_token(struct mind *mind, uint64_t token);
