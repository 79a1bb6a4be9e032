// SPDX-License-Identifier: MIT
// Signals: what a handler is told, what it may change, where it runs, how it comes back.
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 4096ul

static char *page;
static volatile int count, last;
static volatile double kept;
static sigjmp_buf out;

static void set(int number, void (*handler)(int, siginfo_t *, void *), int flags) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    sigaction(number, &action, NULL);
}

static void repair(int number, siginfo_t *info, void *context) {
    const ucontext_t *at = context;
    int here = info->si_addr == page + 100;
    count++;
    printf("signal %d, code %d, address %s, pc %s\n", number, info->si_code, here ? "right" : "wrong",
           at->uc_mcontext.__gregs[REG_PC] != 0 ? "there" : "not there");
    kept = 0.25 * number; // the floating-point registers are the program's own again afterwards
    mprotect(page, PAGE, PROT_READ | PROT_WRITE);
}

static void skip(int number, siginfo_t *info, void *context) {
    ucontext_t *at = context;
    (void)number;
    (void)info;
    uint16_t first = *(uint16_t *)at->uc_mcontext.__gregs[REG_PC];
    at->uc_mcontext.__gregs[REG_PC] += (first & 3) == 3 ? 4 : 2;
    at->uc_mcontext.__gregs[REG_A0] = 77;
}

static void escape(int number, siginfo_t *info, void *context) {
    (void)info;
    (void)context;
    siglongjmp(out, number);
}

static void tell_stack(int number, siginfo_t *info, void *context) {
    stack_t stack;
    char here;
    (void)number;
    (void)info;
    (void)context;
    sigaltstack(NULL, &stack);
    printf("on the other stack: %d, flags %d\n",
           &here >= (char *)stack.ss_sp && &here < (char *)stack.ss_sp + stack.ss_size, stack.ss_flags);
    stack_t other = stack;
    other.ss_flags = 0;
    printf("changing it there: %s\n", sigaltstack(&other, NULL) == 0 ? "done" : strerrorname_np(errno));
}

static void note(int number, siginfo_t *info, void *context) {
    sigset_t now;
    (void)context;
    sigprocmask(SIG_SETMASK, NULL, &now);
    printf("got %d, code %d, own %d, blocked itself %d, usr2 %d\n", number, info->si_code, info->si_pid == getpid(),
           sigismember(&now, number), sigismember(&now, SIGUSR2));
    last = number;
    count++;
}

static void faults(void) {
    double before = 1.5;
    page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    set(SIGSEGV, repair, 0);
    for (int i = 0; i < 3; i++) {
        volatile double product = before * (i + 1);
        page[100] = (char)('a' + i);
        printf("written: %c, %.2f %.2f\n", page[100], product * 2, kept);
        mprotect(page, PAGE, PROT_READ);
    }
    mprotect(page, PAGE, PROT_NONE);
    printf("read: %c\n", page[100]);
    munmap(page, PAGE);
    set(SIGSEGV, skip, 0);
    register long a0 __asm__("a0") = (long)page;
    __asm__ volatile("ld a0, 0(a0)" : "+r"(a0) : : "memory");
    printf("skipped: %ld\n", a0);
    set(SIGILL, skip, 0);
    __asm__ volatile(".word 0");
    set(SIGTRAP, skip, 0);
    __asm__ volatile("ebreak");
    printf("illegal and breakpoint: passed\n");
    set(SIGSEGV, escape, SA_NODEFER);
    for (int i = 0; i < 3; i++) {
        if (sigsetjmp(out, 1) == 0) *(volatile char *)page = 1;
    }
    void (*volatile wild)(void) = (void (*)(void))page;
    if (sigsetjmp(out, 1) == 0) wild();
    printf("escaped\n");
}

static void other_stack(void) {
    stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536}, small = {.ss_sp = stack.ss_sp, .ss_size = 100};
    printf("too small: %s\n", sigaltstack(&small, NULL) == 0 ? "done" : strerrorname_np(errno));
    sigaltstack(&stack, NULL);
    set(SIGUSR1, tell_stack, SA_ONSTACK);
    raise(SIGUSR1);
    struct sigaction reset;
    set(SIGUSR1, note, (int)SA_RESETHAND);
    raise(SIGUSR1);
    sigaction(SIGUSR1, NULL, &reset);
    printf("default again: %d\n", reset.sa_handler == SIG_DFL);
}

static void masks(void) {
    sigset_t some, old, pending;
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    set(SIGUSR2, note, 0);
    sigemptyset(&some);
    sigaddset(&some, SIGUSR1);
    sigprocmask(SIG_BLOCK, &some, &old);
    count = 0;
    raise(SIGUSR1);
    raise(SIGUSR1);
    kill(getpid(), SIGUSR1);
    sigpending(&pending);
    printf("pending %d, come %d\n", sigismember(&pending, SIGUSR1), count);
    sigset_t none;
    sigemptyset(&none);
    printf("suspended: %s\n", sigsuspend(&none) == -1 ? strerrorname_np(errno) : "?");
    sigprocmask(SIG_SETMASK, &old, NULL);
    printf("come %d\n", count);
    signal(SIGUSR1, SIG_IGN);
    raise(SIGUSR1);
    printf("ignored, come %d\n", count);
    printf("kill cannot be had: %s\n", sigaction(SIGKILL, &action, NULL) == 0 ? "done" : strerrorname_np(errno));
    printf("no such signal: %s\n", kill(getpid(), 65) == 0 ? "done" : strerrorname_np(errno));
    printf("nobody: %s\n", syscall(SYS_tgkill, getpid(), 999999, SIGUSR1) == 0 ? "done" : strerrorname_np(errno));
}

static void *sleeper(void *what) {
    struct timespec long_time = {5, 0}, left;
    int result = nanosleep(&long_time, &left);
    printf("%s: %s, %s left\n", (char *)what, result == 0 ? "slept" : strerrorname_np(errno),
           left.tv_sec >= 3 ? "more" : "less");
    return NULL;
}

static volatile int spinning;

static void *spinner(void *what) {
    (void)what;
    last = 0;
    spinning = 1;
    while (last != SIGUSR2) {
    }
    return NULL;
}

static void threads(void) {
    pthread_t thread;
    struct timespec moment = {0, 50000000};
    set(SIGUSR2, note, 0);
    pthread_create(&thread, NULL, sleeper, "interrupted");
    nanosleep(&moment, NULL);
    pthread_kill(thread, SIGUSR2);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, spinner, NULL);
    while (!spinning) nanosleep(&moment, NULL);
    pthread_kill(thread, SIGUSR2);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, sleeper, "cancelled");
    nanosleep(&moment, NULL);
    pthread_cancel(thread);
    void *how;
    pthread_join(thread, &how);
    printf("cancelled: %d\n", how == PTHREAD_CANCELED);
}

int main(int words, char **word) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (words > 1) {
        raise(atoi(word[1]));
        return 9;
    }
    faults();
    other_stack();
    masks();
    threads();
    fflush(stdout);

    signal(SIGSEGV, SIG_DFL);
    return 0;
}
