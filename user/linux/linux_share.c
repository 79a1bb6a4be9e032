// SPDX-License-Identifier: MIT
// Memory that processes have together: anonymous and shared across a fork, and what mremap, munmap, mprotect and
// madvise do to it.
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul

static sigjmp_buf out;
static volatile int fault_signal, fault_code;

static void on_fault(int number, siginfo_t *info, void *context) {
    (void)context;
    fault_signal = number;
    fault_code = info->si_code;
    siglongjmp(out, 1);
}

static const char *touch(volatile char *at, int write) {
    static char saids[4][64];
    static int next;
    char *said = saids[next++ % 4];
    if (sigsetjmp(out, 1) != 0) {
        snprintf(said, sizeof saids[0], "%s code %d", fault_signal == SIGSEGV ? "SEGV" : "BUS", fault_code);
        return said;
    }
    if (write) *at = 'w';
    snprintf(said, sizeof saids[0], "%d", *at);
    return said;
}

static void say(const char *what, long result) {
    printf("%s: %s\n", what, result == -1 ? strerrorname_np(errno) : "ok");
    fflush(stdout);
}

static char *share(size_t pages, int protection) {
    return mmap(NULL, pages * PAGE, protection, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

// What a child does to the memory, its parent sees, and the other way round.
static void in_a_child(const char *what, void (*work)(char *at), char *at) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        work(at);
        fflush(stdout);
        _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    printf("%s: the child ended with %d\n", what, status);
}

static void write_some(char *at) {
    at[0] = 1;
    at[3 * PAGE + 7] = 2;
    at[5 * PAGE] = at[6 * PAGE] + 1;
}

static void lose_some(char *at) {
    munmap(at + PAGE, 2 * PAGE);
    mprotect(at + 3 * PAGE, PAGE, PROT_READ);
    madvise(at, PAGE, MADV_DONTNEED);
    printf("in the child: %d, %s, %s, %s\n", at[0], touch(at + PAGE, 0), touch(at + 3 * PAGE, 0),
           touch(at + 3 * PAGE, 1));
}

static void grandchild(char *at) { in_a_child("grandchild", write_some, at); }

static void across_a_fork(void) {
    char *at = share(8, PROT_READ | PROT_WRITE);
    at[6 * PAGE] = 40;
    in_a_child("write", write_some, at);
    printf("then: %d %d %d %d\n", at[0], at[3 * PAGE + 7], at[5 * PAGE], at[7 * PAGE]);
    in_a_child("lose", lose_some, at);
    printf("then: %d %d, page 1 %s\n", at[0], at[3 * PAGE + 7], touch(at + PAGE, 1));
    at[0] = 0;
    in_a_child("child", grandchild, at);
    printf("then: %d\n", at[0]);
    say("madvise", madvise(at, 8 * PAGE, MADV_DONTNEED));
    printf("then: %d %d\n", at[0], at[5 * PAGE]);
    say("munmap", munmap(at, 8 * PAGE));
}

static void moved(void) {
    char *at = share(4, PROT_READ | PROT_WRITE);
    memset(at, 'm', 4 * PAGE);
    char *to = mremap(at, 2 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
    printf("grown elsewhere: %s, page 0 %s, page 3 %s, page 4 %s\n", to != at && to != MAP_FAILED ? "yes" : "no",
           touch(to, 0), touch(to + 3 * PAGE, 0), touch(to + 4 * PAGE, 0));
    char *again = mremap(to, 0, 4 * PAGE, MREMAP_MAYMOVE);
    if (again == MAP_FAILED) {
        say("mremap of nothing", -1);
        return;
    }
    again[1] = 'n';
    printf("twice: %c %c\n", to[1], again[0]);
    in_a_child("write", write_some, again);
    printf("then: %d %d, where it was %s\n", to[0], again[3 * PAGE + 7], touch(at, 0));
    say("mremap smaller", mremap(again, 4 * PAGE, PAGE, 0) == again ? 0 : -1);
    printf("page 1 %s\n", touch(again + PAGE, 0));
}

static void counted(char *at) {
    for (int i = 0; i < 10000; i++) __atomic_fetch_add((int *)at, 1, __ATOMIC_RELAXED);
}

static void at_once(void) {
    char *at = share(1, PROT_READ | PROT_WRITE);
    pid_t children[4];
    fflush(stdout);
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            counted(at);
            _exit(0);
        }
    }
    for (int i = 0; i < 4; i++) waitpid(children[i], NULL, 0);
    printf("four children counted to %d\n", *(int *)at);
}

// Large, and touched here and there.
static void large(void) {
    char *at = mmap(NULL, 65536 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    say("map", at == MAP_FAILED ? -1 : 0);
    for (size_t page = 0; page < 65536; page += 997) at[page * PAGE] = (char)page;
    int wrong = 0;
    for (size_t page = 0; page < 65536; page++)
        if (page % 997 == 0) wrong += at[page * PAGE] != (char)page;
    printf("%d wrong\n", wrong);
    say("munmap", munmap(at, 65536 * PAGE));
}

static void refused(void) {
    say("validate", mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    say("grows down",
        mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0) == MAP_FAILED ? -1 : 0);
    say("neither", mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    say("no file", mmap(NULL, PAGE, PROT_READ, MAP_SHARED, 77, 0) == MAP_FAILED ? -1 : 0);
    say("offset", mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 1) == MAP_FAILED ? -1 : 0);
    char *at = share(4, PROT_READ);
    say("over it",
        mmap(at + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED ? -1
                                                                                                                : 0);
    say("fixed",
        mmap(at + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at + PAGE ? 0
                                                                                                                  : -1);
    printf("page 0 %s, page 1 %s, page 2 %s\n", touch(at, 1), touch(at + PAGE, 1), touch(at + 2 * PAGE, 0));
    say("mprotect", mprotect(at, 4 * PAGE, PROT_READ | PROT_WRITE));
    printf("page 0 %s\n", touch(at, 1));
    say("msync", msync(at, 4 * PAGE, MS_SYNC));
}

int main(void) {
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    across_a_fork();
    moved();
    at_once();
    large();
    refused();
    return 0;
}
