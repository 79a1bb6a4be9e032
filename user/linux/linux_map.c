// SPDX-License-Identifier: MIT
// The memory calls: what they return, what is then at the addresses, and what a touch elsewhere says.
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096ul

static void *volatile nowhere = (void *)16;

static sigjmp_buf out;
static volatile int armed, fault_signal, fault_code;
static void *volatile fault_at;

static void on_fault(int number, siginfo_t *info, void *context) {
    (void)context;
    if (!armed) {
        printf("a fault at %p, where none should be\n", info->si_addr);
        fflush(stdout);
        _exit(1);
    }
    fault_signal = number;
    fault_code = info->si_code;
    fault_at = info->si_addr;
    siglongjmp(out, 1);
}

static const char *touch(volatile char *at, int write) {
    static char said[64];
    armed = 1;
    if (sigsetjmp(out, 1) != 0) {
        armed = 0;
        snprintf(said, sizeof said, "%s code %d%s", fault_signal == SIGSEGV ? "SEGV" : "BUS", fault_code,
                 fault_at == (void *)at ? "" : " at another address");
        return said;
    }
    if (write) *at = 'w';
    char seen = *at;
    armed = 0;
    snprintf(said, sizeof said, "%d", seen);
    return said;
}

static void say(const char *what, long result) {
    if (result == -1)
        printf("%s: %s\n", what, strerrorname_np(errno));
    else
        printf("%s: ok\n", what);
}

static char *map(size_t pages, int protection) {
    return mmap(NULL, pages * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void protections(void) {
    char *at = map(8, PROT_READ | PROT_WRITE);
    memset(at, 'a', 8 * PAGE);
    say("mprotect none", mprotect(at + 2 * PAGE, PAGE, PROT_NONE));
    say("mprotect read", mprotect(at + 3 * PAGE, 2 * PAGE, PROT_READ));
    for (unsigned i = 1; i < 6; i++) {
        printf("page %u: read %s", i, touch(at + i * PAGE, 0));
        printf(", write %s\n", touch(at + i * PAGE + 5, 1));
    }
    say("mprotect all", mprotect(at, 8 * PAGE, PROT_READ | PROT_WRITE));
    printf("page 2: %s\n", touch(at + 2 * PAGE, 0));
    say("mprotect unaligned", mprotect(at + 1, PAGE, PROT_READ));
    say("mprotect nothing", mprotect(at, 0, PROT_READ));
    say("mprotect wild", mprotect(at, PAGE, 0x100));
    say("munmap hole", munmap(at + 4 * PAGE, PAGE));
    printf("hole: %s\n", touch(at + 4 * PAGE, 0));
    say("mprotect over a hole", mprotect(at + 2 * PAGE, 4 * PAGE, PROT_READ));
    printf("before the hole: %s", touch(at + 3 * PAGE, 1));
    printf(", behind: %s\n", touch(at + 5 * PAGE, 1));
    say("munmap", munmap(at, 8 * PAGE));
    say("munmap again", munmap(at, 8 * PAGE));
    say("munmap nothing", munmap(at, 0));
}

static void places(void) {
    char *at = map(16, PROT_NONE);
    printf("reserved: %s\n", touch(at, 0));
    char *fixed = mmap(at + 4 * PAGE, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    printf("fixed: %s\n", fixed == at + 4 * PAGE ? touch(fixed, 1) : "elsewhere");
    say("noreplace", (long)mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
    munmap(at, 16 * PAGE);
    char *hint = mmap(at + 2 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("hint: %s\n", hint == at + 2 * PAGE ? "taken" : "not taken");
    munmap(hint, PAGE);
    say("size 0", (long)mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    say("no kind", (long)mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0));
    say("no file", (long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0));
    say("unaligned", (long)mmap((void *)(PAGE + 1), PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    say("too large", (long)mmap(NULL, 1ul << 60, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static void moves(void) {
    char *at = map(4, PROT_READ | PROT_WRITE), *wall;
    for (unsigned i = 0; i < 4; i++) at[i * PAGE] = (char)('0' + i);
    char *smaller = mremap(at, 4 * PAGE, 3 * PAGE, 0);
    printf("smaller: %s, cut off: %s\n", smaller == at ? "in place" : "moved", touch(at + 3 * PAGE, 0));
    wall = mmap(at + 3 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    say("no room", (long)mremap(at, 3 * PAGE, 8 * PAGE, 0));
    char *moved = mremap(at, 3 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
    printf("moved: %d %d %d %d", moved != at, moved[0], moved[PAGE], moved[2 * PAGE]);
    printf(" %s", touch(moved + 7 * PAGE, 1));
    printf(", old place: %s\n", touch(at, 0));
    char *again = mremap(moved, 8 * PAGE, 900 * PAGE, MREMAP_MAYMOVE);
    printf("again: %d %d %s\n", again[PAGE], again[7 * PAGE], touch(again + 899 * PAGE, 1));
    char *target = map(2, PROT_NONE);
    char *fixed = mremap(again, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target);
    printf("fixed: %d %d %s\n", fixed == target, fixed[PAGE], touch(again, 0));
    say("nothing there", (long)mremap(at, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
    say("wild flags", (long)mremap(fixed, PAGE, PAGE, 64));
    munmap(fixed, 2 * PAGE);
    munmap(again, 900 * PAGE);
    munmap(wall, PAGE);
}

static void advice(void) {
    char *at = map(4, PROT_READ | PROT_WRITE);
    unsigned char there[4];
    memset(at, 7, 4 * PAGE);
    say("mincore", mincore(at, 4 * PAGE, there));
    printf("there: %d%d%d%d\n", there[0] & 1, there[1] & 1, there[2] & 1, there[3] & 1);
    say("dontneed", madvise(at + PAGE, 2 * PAGE, MADV_DONTNEED));
    printf("then: %d %d %d %d\n", at[0], at[PAGE], at[2 * PAGE], at[3 * PAGE]);
    say("wild advice", madvise(at, PAGE, 9999));
    say("msync", msync(at, 4 * PAGE, MS_SYNC));
    say("msync both", msync(at, PAGE, MS_SYNC | MS_ASYNC));
    munmap(at + PAGE, PAGE);
    say("msync over a hole", msync(at, 4 * PAGE, MS_SYNC));
    say("mlock over a hole", mlock(at, 4 * PAGE));
    say("mincore over a hole", mincore(at, 4 * PAGE, there));
    munmap(at, 4 * PAGE);
}

static void heap(void) {
    char *start = sbrk(0);
    say("brk", brk(start + 100 * PAGE));
    memset(start, 3, 100 * PAGE);
    say("brk back", brk(start + 50 * PAGE));
    printf("cut off: %s, kept: %d\n", touch(start + 60 * PAGE, 0), start[49 * PAGE]);
    say("brk again", brk(start + 100 * PAGE));
    printf("zero again: %d\n", start[60 * PAGE]);
    say("brk back", brk(start));
}

static void wild(void) {
    say("write from nowhere", write(1, nowhere, 5));
    say("write from the end of the world", write(1, (char *)nowhere - 32, 5));
    say("write to no file", write(77, "x", 1));
    char *at = map(2, PROT_READ | PROT_WRITE);
    mprotect(at, PAGE, PROT_NONE);
    say("from where nothing may be read", write(1, at, 5));
    say("getrandom to nowhere", syscall(SYS_getrandom, 8, 8, 0));
    say("no such call", syscall(400));
    say("uname to nowhere", syscall(SYS_uname, 4096));
    munmap(at, 2 * PAGE);
}

int main(void) {
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    printf("nowhere: %s\n", touch(nowhere, 0));
    protections();
    places();
    moves();
    advice();
    heap();
    fflush(stdout);
    wild();
    return 0;
}
