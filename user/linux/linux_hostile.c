// SPDX-License-Identifier: MIT
// Programs that damage what is beyond their addresses: on Pagoda that is the personality that they live with. Each
// ends, by itself or killed, and nobody else notices anything. On Linux nothing is there.
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BEYOND UINT64_C(0x3f00000000) // where the personality begins
#define HEAP   UINT64_C(0x3f20000000) // its threads' stacks
#define TOP    UINT64_C(0x3fffffffff)

static uint64_t state;

static uint64_t random_word(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state >> 16;
}

static void fill(uint64_t from, uint64_t size, uint64_t step) {
    for (uint64_t at = from; at < from + size; at += step) *(volatile uint64_t *)at = random_word();
}

static void data(void) { fill(BEYOND + 0x30000, 0x100000, 8); }
static void tables(void) {
    for (int i = 0; i < 20000; i++) {
        *(volatile uint64_t *)(BEYOND + 0x40000 + random_word() % 0x4000000 / 8 * 8) = random_word();
        if (i % 16 == 0) getppid();
    }
}
static void stacks(void) { fill(HEAP, 0x1000000, 8); }
static void stacks_in_a_thread(void) {
    for (int i = 0; i < 2000; i++) {
        *(volatile uint64_t *)(HEAP + random_word() % 0x40000 / 8 * 8) = random_word();
        getppid();
    }
}
static void top(void) { fill(TOP - 0x100007, 0x100000, 64); }
static void text(void) {
    for (int i = 0; i < 1000; i++) {
        void (*volatile wild)(void) = (void (*)(void))(uintptr_t)(BEYOND + 0x10000 + random_word() % 0x18000 / 2 * 2);
        wild();
    }
}

// Calls of Pagoda's kernel, which are none of Linux's.
static void calls(void) {
    for (int i = 0; i < 500; i++) {
        register uint64_t a0 __asm__("a0") = random_word() % 16, a1 __asm__("a1") = random_word() % 64,
                             a2 __asm__("a2") = BEYOND + random_word() % 0x4000000 / 4096 * 4096,
                             a3 __asm__("a3") = random_word() % 8, a4 __asm__("a4") = random_word() % 8,
                             a7 __asm__("a7") = ~(random_word() % 31);
        __asm__ volatile("ecall" : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a7) : : "t0", "t1", "memory");
    }
}

static void smashed_handler(int number) {
    (void)number;
    stacks();
}
static void in_a_handler(void) {
    signal(SIGSEGV, smashed_handler);
    *(volatile char *volatile)(uintptr_t)(8 + state % 2) = 1;
}

static void attack(const char *what, void (*act)(void), unsigned times) {
    for (unsigned i = 0; i < times; i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0) {
            state = i;
            act();
            _exit(0);
        }
        for (int wait = 0; wait < 100 && pid > 0; wait++) {
            if (waitpid(pid, &status, WNOHANG) == pid) pid = 0;
            if (pid > 0) usleep(2000);
        }
        if (pid <= 0) continue;
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
    printf("%s: they are gone\n", what);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    attack("data", data, 3);
    attack("tables", tables, 6);
    attack("stacks", stacks, 2);
    attack("stacks between calls", stacks_in_a_thread, 6);
    attack("the top", top, 1);
    attack("text", text, 6);
    attack("calls", calls, 12);
    attack("in a handler", in_a_handler, 2);
    char *memory = malloc(1 << 20);
    memset(memory, 7, 1 << 20);
    pid_t pid = fork();
    if (pid == 0) _exit(memory[4711]);
    int status;
    waitpid(pid, &status, 0);
    printf("well: %d\n", WIFEXITED(status) && WEXITSTATUS(status) == 7);
    return 0;
}
