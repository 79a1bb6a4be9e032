// SPDX-License-Identifier: MIT
// Signals with values: queued, waited for, and what is refused; alternate stacks at their edges; stacks that are none.
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
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGE 4096ul

static sigjmp_buf out;
static volatile int count;

static const char *outcome(long result) { return result >= 0 ? "done" : strerrorname_np(errno); }

static void set(int number, void (*handler)(int, siginfo_t *, void *), int flags) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    sigaction(number, &action, NULL);
}

static void note(int number, siginfo_t *info, void *context) {
    (void)context;
    printf("got %d, code %d, value %d, own %d\n", number < 32 ? number : number - SIGRTMIN + 100, info->si_code,
           info->si_value.sival_int, info->si_pid == getpid());
    count++;
}

static void queues(void) {
    sigset_t some, old, pending;
    int signals[] = {SIGRTMIN + 2, SIGRTMIN, SIGRTMIN + 2, SIGUSR1, SIGRTMIN, SIGUSR1, SIGRTMIN + 1};
    sigfillset(&some);
    sigprocmask(SIG_BLOCK, &some, &old);
    for (int i = 0; i < 3; i++) set(SIGRTMIN + i, note, 0);
    set(SIGUSR1, note, 0);
    for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        union sigval value = {.sival_int = (int)i * 11};
        sigqueue(getpid(), signals[i], value);
    }
    kill(getpid(), SIGRTMIN + 1);
    sigpending(&pending);
    printf("pending: %d %d %d %d\n", sigismember(&pending, SIGRTMIN), sigismember(&pending, SIGRTMIN + 1),
           sigismember(&pending, SIGRTMIN + 2), sigismember(&pending, SIGUSR1));
    siginfo_t info;
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGRTMIN + 2);
    int first = sigwaitinfo(&one, &info);
    printf("waited for: %d, code %d, value %d\n", first - SIGRTMIN, info.si_code, info.si_value.sival_int);
    sigprocmask(SIG_SETMASK, &old, NULL);
    printf("come: %d\n", count);
    struct timespec no_time = {0, 0}, short_time = {0, 20000000}, wrong = {0, 1000000000};
    printf("none is there: %s\n", outcome(sigtimedwait(&one, &info, &no_time)));
    printf("none comes: %s\n", outcome(sigtimedwait(&one, &info, &short_time)));
    printf("wrong time: %s\n", outcome(sigtimedwait(&one, &info, &wrong)));
    siginfo_t forged = {.si_code = SI_KERNEL};
    printf("as the kernel, to oneself: %s\n", outcome(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &forged)));
    printf("as the kernel, to another: %s\n", outcome(syscall(SYS_rt_sigqueueinfo, 1, 0, &forged)));
    forged.si_code = SI_QUEUE;
    printf("no signal: %s\n", outcome(syscall(SYS_rt_sigqueueinfo, getpid(), 65, &forged)));
    printf("nowhere: %s\n", outcome(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, 8)));
    forged.si_value.sival_int = 4711;
    forged.si_pid = getpid();
    printf("to this thread: %s\n", outcome(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGUSR1, &forged)));
    printf("to none: %s\n", outcome(syscall(SYS_rt_tgsigqueueinfo, getpid(), 999999, SIGUSR1, &forged)));
    printf("to a wrong one: %s\n", outcome(syscall(SYS_rt_tgsigqueueinfo, getpid(), 0, SIGUSR1, &forged)));
}

static void *sends(void *to) {
    union sigval value = {.sival_int = 99};
    usleep(20000);
    pthread_sigqueue(*(pthread_t *)to, SIGUSR2, value);
    usleep(20000);
    sigqueue(getpid(), SIGRTMIN + 5, value);
    return NULL;
}

static void waits(void) {
    sigset_t set, old;
    pthread_t self = pthread_self(), other;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGRTMIN + 5);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    pthread_create(&other, NULL, sends, &self);
    for (int i = 0; i < 2; i++) {
        int number = sigwaitinfo(&set, &info);
        printf("waited: %s, code %d, value %d\n", number == SIGUSR2 ? "usr2" : "realtime", info.si_code,
               info.si_value.sival_int);
    }
    pthread_join(other, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static volatile int depth;
static volatile int deepest;

static void nest(int number, siginfo_t *info, void *context) {
    (void)info;
    (void)context;
    depth = depth + 1;
    if (depth > deepest) deepest = depth;
    if (depth < 5) raise(number == SIGUSR1 ? SIGUSR2 : SIGUSR1);
    depth = depth - 1;
}

static void jump(int number, siginfo_t *info, void *context) {
    (void)context;
    siglongjmp(out, number + 100 * (info->si_code & 0xff));
}

static void overflow(int number, siginfo_t *info, void *context) {
    volatile char room[6200];
    (void)number;
    (void)info;
    (void)context;
    room[0] = 1;
    raise(SIGUSR1); // its frame has no room here
    room[1] = room[0];
}

static volatile long changed;

static void change(int number, siginfo_t *info, void *context) {
    ucontext_t *at = context;
    (void)number;
    (void)info;
    sigaddset(&at->uc_sigmask, SIGUSR2);
    at->uc_mcontext.__fpregs.__d.__f[10] = 0x4009000000000000ull; // 3.125, in fa0
    at->uc_mcontext.__gregs[18] = 1234;                           // s2
}

static void stacks(void) {
    char *room = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = {.ss_sp = room, .ss_size = 8192}, now;
    set(SIGUSR1, nest, SA_NODEFER);
    set(SIGUSR2, nest, SA_NODEFER);
    raise(SIGUSR1);
    printf("nested: %d\n", deepest);
    printf("wrong flags: %s\n", outcome(sigaltstack(&(stack_t){.ss_sp = room, .ss_size = 8192, .ss_flags = 64}, NULL)));
    printf("nowhere: %s\n", outcome(syscall(SYS_sigaltstack, 8, NULL)));
    stack.ss_flags = (int)(1u << 31); // SS_AUTODISARM
    printf("disarmed by itself: %s\n", outcome(sigaltstack(&stack, NULL)));
    sigaltstack(NULL, &now);
    printf("flags %x\n", (unsigned)now.ss_flags);
    set(SIGUSR1, note, SA_ONSTACK);
    raise(SIGUSR1);
    sigaltstack(NULL, &now);
    printf("afterwards flags %x, size %zu\n", (unsigned)now.ss_flags, now.ss_size);
    stack.ss_flags = 0;
    sigaltstack(&stack, NULL);
    // A stack that is none: the signal becomes SIGSEGV, on the other stack.
    set(SIGSEGV, jump, SA_ONSTACK);
    set(SIGUSR1, note, 0);
    volatile int how = sigsetjmp(out, 1);
    if (how == 0)
        __asm__ volatile("mv s1, sp\n li sp, 4096\n mv a0, %0\n mv a1, %1\n li a2, 10\n li a7, 131\n ecall\n mv sp, s1"
                         :
                         : "r"((long)getpid()), "r"(syscall(SYS_gettid))
                         : "a0", "a1", "a2", "a7", "s1", "memory");
    printf("no stack: signal %d, code %d\n", how % 100, how / 100);
    register double value __asm__("fa0") = 1.0;
    register long word __asm__("s2") = 1;
    set(SIGUSR1, change, 0);
    register long a0 __asm__("a0") = getpid(), a1 __asm__("a1") = syscall(SYS_gettid), a2 __asm__("a2") = SIGUSR1,
                     a7 __asm__("a7") = SYS_tgkill;
    __asm__ volatile("li s2, 1\n ecall" : "+f"(value), "=r"(word), "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    double kept = value;
    changed = word;
    sigset_t mask;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    printf("changed: %ld, %.3f, blocked %d\n", changed, kept, sigismember(&mask, SIGUSR2));
    sigemptyset(&mask);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    munmap(room, 16 * PAGE);
}

// How a child ends that does this.
static void child(const char *what, void (*act)(void)) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        act();
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    if (WIFSIGNALED(status)) printf("%s: signal %d\n", what, WTERMSIG(status));
    if (WIFEXITED(status)) printf("%s: status %d\n", what, WEXITSTATUS(status));
}

static void overflow_stack(void) {
    static char room[8192] __attribute__((aligned(16)));
    stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
    sigaltstack(&stack, NULL);
    set(SIGUSR2, overflow, SA_ONSTACK);
    set(SIGUSR1, overflow, SA_ONSTACK);
    raise(SIGUSR2);
}

static volatile char *volatile nowhere = (char *)8;

static void ignored_fault(void) {
    signal(SIGSEGV, SIG_IGN);
    *nowhere = 1;
}

static void blocked_fault(void) {
    sigset_t all;
    sigfillset(&all);
    set(SIGSEGV, jump, 0);
    sigprocmask(SIG_SETMASK, &all, NULL);
    *nowhere = 1;
}

static void wild_return(void) { __asm__ volatile("li sp, 4096\n li a7, 139\n ecall"); }
static void alarm_ends(void) {
    alarm(1);
    ualarm(20000, 0);
    for (;;) pause();
}
static void realtime_ends(void) { raise(SIGRTMIN + 3); }

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    queues();
    waits();
    stacks();
    child("overflow of the other stack", overflow_stack);
    child("ignored fault", ignored_fault);
    child("blocked fault", blocked_fault);
    child("wild return", wild_return);
    child("alarm", alarm_ends);
    child("realtime", realtime_ends);
    return 0;
}
