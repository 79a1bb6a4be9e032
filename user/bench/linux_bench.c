// SPDX-License-Identifier: MIT
// What Linux's calls cost here: guest instructions, counted by rdinstret in the program itself, and ticks of the clock.
// For each row of linux_rows.def a line "bench NAME INSTRUCTIONS SWITCHES SHOOTDOWNS TICKS". Meant for one hart.
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum { PAGES = 4096, OPERATIONS = 1000, FORKS = 20 };
#define PAGE 4096ul

static char *memory, *volatile faulting;
static uint32_t state = 1;

static uint64_t instructions(void) {
    uint64_t count;
    __asm__ volatile("rdinstret %0" : "=r"(count));
    return count;
}

static uint64_t ticks(void) {
    uint64_t count;
    __asm__ volatile("rdtime %0" : "=r"(count));
    return count;
}

static char *some_page(void) {
    state = state * 1664525 + 1013904223;
    return memory + (state >> 8) % PAGES * PAGE;
}

static long call(long number, long first, long second, long third) {
    register long a0 __asm__("a0") = first, a1 __asm__("a1") = second, a2 __asm__("a2") = third,
                     a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}

static void protect(char *at, int protection) { call(SYS_mprotect, (long)at, PAGE, protection); }

static void skip(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)info;
    ((ucontext_t *)context)->uc_mcontext.__gregs[REG_PC] += 4;
}

static void repair(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    protect((char *)((uintptr_t)info->si_addr & ~(PAGE - 1)), PROT_READ | PROT_WRITE);
}

static void handle(void (*handler)(int, siginfo_t *, void *)) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
}

// ---- one of each ----

static void do_getppid(void) { call(SYS_getppid, 0, 0, 0); }

static void do_fault(void) {
    __asm__ volatile(".option push\n.option norvc\nsb zero, 0(%0)\n.option pop" : : "r"(faulting) : "memory");
}

static void do_appel_li(void) {
    char *at = some_page();
    protect(at, PROT_READ);
    *(volatile char *)at = 1;
}

static void do_protect(void) {
    char *at = some_page();
    protect(at, PROT_READ);
    protect(at, PROT_READ | PROT_WRITE);
}

static void do_protect_many(void) {
    char *at = (char *)((uintptr_t)some_page() & ~PAGE); // an even one
    protect(at, PROT_READ);
    protect(at, PROT_READ | PROT_WRITE);
}

static char *new_pages(unsigned pages) {
    return mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void do_map(void) { munmap(new_pages(4), 4 * PAGE); }

static char *fresh;

static void do_touch(void) {
    *(volatile char *)fresh = 1;
    fresh += 2 * PAGE;
}

static int word;

static void wait_for(int value) {
    while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) != value) syscall(SYS_futex, &word, 128, !value, NULL, NULL, 0);
    __atomic_store_n(&word, !value, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, &word, 129, 1, NULL, NULL, 0);
}

static void *partner(void *rounds) {
    for (long i = 0; i < (long)rounds; i++) wait_for(1);
    return NULL;
}

static void do_mutex(void) {
    __atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, &word, 129, 1, NULL, NULL, 0);
    while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) != 0) syscall(SYS_futex, &word, 128, 1, NULL, NULL, 0);
}

static void do_fork(void) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
}

static int there[2], back[2];

static void do_ping_pong(void) {
    char c = 'p';
    if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1) abort();
}

// What is taken off: the same without the calls.
static void nothing(void) { __asm__ volatile("" ::: "memory"); }

static void choose(void) { __asm__ volatile("" : : "r"(some_page()) : "memory"); }

// ---- counting ----

static uint64_t count(uint64_t (*clock)(void), void (*volatile work)(void), int operations) {
    uint64_t start = clock();
    for (int i = 0; i < operations; i++) work();
    return clock() - start;
}

static void measure(const char *name, void (*work)(void), void (*empty)(void), int operations) {
    count(instructions, work, 10); // and it is warm
    uint64_t spent = count(instructions, work, operations) - count(instructions, empty, operations);
    uint64_t time = count(ticks, work, operations / 2);
    printf("bench %s %llu 0 0 %llu\n", name, (unsigned long long)(spent / (unsigned)operations),
           (unsigned long long)(time / (unsigned)(operations / 2)));
    fflush(stdout);
}

static void ping_pong(void) {
    char c;
    if (pipe(there) != 0 || pipe(back) != 0) abort();
    pid_t child = fork();
    if (child == 0) {
        close(there[1]);
        close(back[0]);
        while (read(there[0], &c, 1) == 1 && write(back[1], &c, 1) == 1)
            ;
        _exit(0);
    }
    close(there[0]);
    close(back[1]);
    measure("ping_pong", do_ping_pong, nothing, OPERATIONS);
    close(there[1]);
    waitpid(child, NULL, 0);
}

int main(void) {
    measure("fork", do_fork, nothing, FORKS);
    ping_pong();
    memory = new_pages(PAGES);
    memset(memory, 1, PAGES * PAGE);
    faulting = memory;
    protect(memory, PROT_READ);
    measure("getppid", do_getppid, nothing, OPERATIONS);
    handle(skip);
    measure("fault", do_fault, nothing, OPERATIONS);
    handle(repair);
    protect(memory, PROT_READ | PROT_WRITE);
    measure("appel_li", do_appel_li, choose, OPERATIONS);
    measure("protect", do_protect, choose, OPERATIONS);
    for (unsigned i = 1; i < PAGES; i += 2) protect(memory + i * PAGE, PROT_NONE);
    measure("protect_many", do_protect_many, choose, OPERATIONS);
    mprotect(memory, PAGES * PAGE, PROT_READ | PROT_WRITE);
    measure("fork_touched", do_fork, nothing, FORKS);
    measure("map", do_map, nothing, OPERATIONS);
    fresh = new_pages(8 * OPERATIONS);
    measure("touch", do_touch, nothing, OPERATIONS);
    pthread_t thread;
    pthread_create(&thread, NULL, partner, (void *)(10l + OPERATIONS + OPERATIONS / 2));
    measure("mutex", do_mutex, nothing, OPERATIONS);
    pthread_join(thread, NULL);
    return 0;
}
