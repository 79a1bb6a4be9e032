// SPDX-License-Identifier: MIT
// Control and status registers of supervisor mode, and the fences.
#pragma once

#include "types.h"

#define csr_read(name)                                                   \
    ({                                                                   \
        uint64_t csr_value;                                              \
        __asm__ volatile("csrr %0, " #name : "=r"(csr_value)::"memory"); \
        csr_value;                                                       \
    })
#define csr_write(name, value) __asm__ volatile("csrw " #name ", %0" ::"rK"((uint64_t)(value)) : "memory")
#define csr_set(name, bits)    __asm__ volatile("csrs " #name ", %0" ::"rK"((uint64_t)(bits)) : "memory")
#define csr_clear(name, bits)  __asm__ volatile("csrc " #name ", %0" ::"rK"((uint64_t)(bits)) : "memory")

#define SATP_SV39         (8ull << 60)
#define SATP_NUMBER_SHIFT 44

#define SSTATUS_FS (3ull << 13)

#define INTERRUPT_SOFTWARE (1ull << 1)
#define INTERRUPT_TIMER    (1ull << 5)
#define INTERRUPT_EXTERNAL (1ull << 9)

#define CAUSE_INTERRUPT (1ull << 63)

static inline void fence_all(void) { __asm__ volatile("sfence.vma" ::: "memory"); }
