// SPDX-License-Identifier: MIT
// Odd arguments of memory and signal calls: what is wrong with several of them is told by the first that is looked
// at. Each line is a call and an address; for each size, an answer for each of the flags.
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE       4096ul
#define BASE       0x1000000000ul
#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static const unsigned long addresses[] = {BASE,  BASE + 1,  BASE + 2 * PAGE, BASE + 4 * PAGE, BASE + 6 * PAGE,
                                          -PAGE, 1ul << 63, -PAGE - 1};
static const unsigned long sizes[] = {0, 1, PAGE, PAGE + 1, 6 * PAGE, -PAGE, -1ul, 1ul << 60};

// Four pages to be written, a hole, and two to be read.
static void restore(void) {
    munmap((void *)(BASE - 32 * PAGE), 64 * PAGE);
    mmap((void *)BASE, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    mmap((void *)(BASE + 6 * PAGE), 2 * PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void tell(long answer) {
    if (answer == -1)
        printf(" %s", strerrorname_np(errno));
    else
        printf(" ok");
}

typedef long call(unsigned long va, unsigned long size, long flag);

static void table(const char *name, call *function, const long *flags, size_t count, size_t sizes_used) {
    for (size_t a = 0; a < LEN(addresses); a++) {
        printf("%s %lx:", name, addresses[a]);
        for (size_t s = 0; s < sizes_used; s++) {
            printf(" |");
            for (size_t f = 0; f < count; f++) {
                restore();
                tell(function(addresses[a], sizes[s], flags[f]));
            }
        }
        printf("\n");
    }
}

static long map(unsigned long va, unsigned long size, long flags) {
    long at = syscall(SYS_mmap, va, size, PROT_READ, flags, -1, 0);
    if (at != -1 && (unsigned long)at != va) munmap((void *)at, size);
    return at;
}

static long map_at(unsigned long va, unsigned long size, long offset) {
    return syscall(SYS_mmap, va, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, offset);
}

static long unmap(unsigned long va, unsigned long size, long flag) {
    (void)flag;
    return syscall(SYS_munmap, va, size);
}

static long protect(unsigned long va, unsigned long size, long flag) { return syscall(SYS_mprotect, va, size, flag); }

static long advise(unsigned long va, unsigned long size, long flag) { return syscall(SYS_madvise, va, size, flag); }

static long sync_call(unsigned long va, unsigned long size, long flag) { return syscall(SYS_msync, va, size, flag); }

static long lock(unsigned long va, unsigned long size, long flag) {
    return syscall(flag != 0 ? SYS_mlock : SYS_munlock, va, size);
}

static long core(unsigned long va, unsigned long size, long to) {
    static unsigned char there[64];
    return syscall(SYS_mincore, va, size, to != 0 ? (void *)to : there);
}

static long remap(unsigned long va, unsigned long size, long flags) {
    return syscall(SYS_mremap, va, size, 3 * PAGE, flags, BASE - 16 * PAGE);
}

static long remap_to(unsigned long va, unsigned long size, long new_size) {
    return syscall(SYS_mremap, va, size, new_size, MREMAP_MAYMOVE | MREMAP_FIXED, BASE - 16 * PAGE);
}

static long remap_onto(unsigned long va, unsigned long size, long to) {
    return syscall(SYS_mremap, va, size, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
}

static void signals(void) {
    static const long numbers[] = {-1, 0, 1, SIGKILL, SIGSTOP, 64, 65},
                      spots[] = {0, 16, BASE, BASE + 4 * PAGE - 4, -8};
    static const long set_sizes[] = {0, 4, 8, 16}, hows[] = {-1, 0, 1, 2, 3};
    restore();
    for (size_t n = 0; n < LEN(numbers); n++) {
        printf("rt_sigaction %ld:", numbers[n]);
        for (size_t new = 0; new < LEN(spots); new ++)
            for (size_t size = 0; size < LEN(set_sizes); size++)
                tell(syscall(SYS_rt_sigaction, numbers[n], 0, spots[new], set_sizes[size]));
        for (size_t new = 1; new < 2; new ++) tell(syscall(SYS_rt_sigaction, numbers[n], spots[new], 0, 8));
        printf("\n");
    }
    for (size_t how = 0; how < LEN(hows); how++) {
        printf("rt_sigprocmask %ld:", hows[how]);
        for (size_t new = 0; new < LEN(spots); new ++)
            for (size_t old = 0; old < LEN(spots); old++)
                for (size_t size = 1; size < 3; size++)
                    tell(syscall(SYS_rt_sigprocmask, hows[how], spots[new], spots[old], set_sizes[size]));
        printf("\n");
    }
    printf("rt_sigpending:");
    for (size_t to = 1; to < LEN(spots); to++)
        for (size_t size = 0; size < LEN(set_sizes); size++)
            tell(syscall(SYS_rt_sigpending, spots[to], set_sizes[size]));
    printf("\nsigaltstack:");
    for (size_t to = 0; to < LEN(spots); to++)
        for (long mode = 0; mode < 4; mode++) {
            stack_t stack = {.ss_sp = (void *)BASE, .ss_size = mode == 0 ? 100 : 2 * PAGE, .ss_flags = (int)mode};
            tell(syscall(SYS_sigaltstack, &stack, spots[to]));
            tell(syscall(SYS_sigaltstack, spots[to] != 0 ? (void *)spots[to] : (void *)16, 0));
            stack = (stack_t){.ss_flags = SS_DISABLE};
            sigaltstack(&stack, NULL);
        }
    printf("\n");
}

int main(void) {
    static const long kinds[] = {0,
                                 MAP_ANONYMOUS,
                                 MAP_ANONYMOUS | MAP_PRIVATE | MAP_FIXED,
                                 MAP_ANONYMOUS | MAP_SHARED | MAP_FIXED | MAP_GROWSDOWN,
                                 MAP_ANONYMOUS | MAP_PRIVATE | MAP_FIXED_NOREPLACE,
                                 MAP_ANONYMOUS | MAP_FIXED | MAP_SHARED_VALIDATE,
                                 MAP_PRIVATE | MAP_FIXED};
    static const long offsets[] = {0, 1, PAGE, -(long)PAGE};
    static const long rights[] = {0, PROT_READ, PROT_READ | PROT_WRITE, 16, 0x01000000, 0x02000000, 0x03000000, -1};
    static const long advices[] = {0, 1, 4, 5, 7, 10, 11, 16, 17, 18, 19, 20, 22, 23, 26, 99, -1};
    static const long syncs[] = {0, MS_ASYNC, MS_SYNC, MS_SYNC | MS_ASYNC, MS_INVALIDATE, 8, -1};
    static const long locks[] = {0, 1}, spots[] = {0, 16, -16};
    static const long moves[] = {0, 1, 2, 3, 4, 5, 7, 8, -1};
    static const long new_sizes[] = {0, 1, PAGE, 5 * PAGE, -1, -(long)PAGE, 1l << 60};
    static const long targets[] = {BASE - 16 * PAGE, BASE - 16 * PAGE + 1, BASE, BASE + 2 * PAGE, -(long)PAGE, -1};
    table("mmap", map, kinds, LEN(kinds), LEN(sizes));
    table("mmap, offset", map_at, offsets, LEN(offsets), LEN(sizes));
    table("munmap", unmap, locks, 1, LEN(sizes));
    table("mprotect", protect, rights, LEN(rights), LEN(sizes));
    table("madvise", advise, advices, LEN(advices), LEN(sizes) - 1); // not of all that is behind
    table("msync", sync_call, syncs, LEN(syncs), LEN(sizes));
    table("mlock", lock, locks, LEN(locks), LEN(sizes));
    table("mincore", core, spots, LEN(spots), LEN(sizes));
    table("mremap", remap, moves, LEN(moves), LEN(sizes));
    table("mremap, size", remap_to, new_sizes, LEN(new_sizes), LEN(sizes));
    table("mremap, target", remap_onto, targets, LEN(targets), LEN(sizes));
    signals();
    return 0;
}
