// SPDX-License-Identifier: MIT
// Memory that grows downwards when it is touched below.
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define PAGE 4096ul
#define RW   (PROT_READ | PROT_WRITE)

static sigjmp_buf out;
static volatile int fault_signal, fault_code;

static void on_fault(int number, siginfo_t *info, void *context) {
    (void)context;
    fault_signal = number;
    fault_code = info->si_code;
    siglongjmp(out, 1);
}

static void touch(const char *what, volatile char *at) {
    if (sigsetjmp(out, 1) != 0) {
        printf("%s: %s code %d\n", what, fault_signal == SIGSEGV ? "SEGV" : "BUS", fault_code);
        return;
    }
    *at = (char)(*at + 1);
    printf("%s: %d\n", what, *at);
}

static void say(const char *what, long result) {
    printf("%s: %s\n", what, result == -1 ? strerrorname_np(errno) : "ok");
}

static char *map(char *at, size_t pages, int flags) {
    return mmap(at, pages * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | flags, -1, 0);
}

int main(void) {
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    char *const room = (char *)0x1000000000;
    char *at = map(room + 1024 * PAGE, 2, MAP_GROWSDOWN);
    touch("in it", at);
    touch("just below", at - 1);
    touch("further below", at - 100 * PAGE);
    touch("between", at - 50 * PAGE);
    touch("too far", at - 3000 * PAGE);
    say("below", map(room + 512 * PAGE, 1, 0) == MAP_FAILED ? -1 : 0);
    touch("near what is below", room + 600 * PAGE);
    touch("at the gap", room + (512 + 1 + 256) * PAGE);
    touch("in the gap", room + (512 + 1 + 255) * PAGE);
    say("down to the start", mprotect(at, PAGE, PROT_READ | PROT_GROWSDOWN));
    touch("read only", at - 20 * PAGE);
    touch("above", at + PAGE);
    say("what does not grow", mprotect(room + 512 * PAGE, PAGE, PROT_READ | PROT_GROWSDOWN));
    struct rlimit limit = {64 * PAGE, RLIM_INFINITY};
    say("limit", setrlimit(RLIMIT_STACK, &limit));
    at = map(room + 8192 * PAGE, 2, MAP_GROWSDOWN);
    touch("in the limit", at - 62 * PAGE);
    touch("beyond it", at - 63 * PAGE);
    return 0;
}
