// SPDX-License-Identifier: MIT
// The Appel-Li bench on POSIX, with what Linux has besides: memory, signals, forks, pipes. Its pager is in
// appel_posix_pager.c.
#include "appel_posix.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum { TAKEN_MOST = 8, INSTRUCTION = 4 };

static struct { uint64_t va, size; } taken[TAKEN_MOST];

static int aliased = -1; // the file of APPEL_ALIASED, and where it is
static uint64_t aliased_va;
static appel_handler *handler;
static bool *noted; // by the handler, between watch() and find_written()
static uint64_t noted_va, noted_pages;

static void print(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    fflush(stdout);
}

// ---- memory ----

uint64_t appel_posix_keep(void *memory, uint64_t size) {
    if (memory == MAP_FAILED) return 0;
    for (unsigned i = 0; i < TAKEN_MOST; i++) {
        if (taken[i].size != 0) continue;
        taken[i].va = (uint64_t)memory;
        taken[i].size = size;
        return (uint64_t)memory;
    }
    return 0;
}

static uint64_t take(enum appel_kind kind, uint64_t pages) {
    uint64_t size = pages * APPEL_PAGE;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    if (kind == APPEL_ALIASED) {
        aliased = memfd_create("aliased", MFD_CLOEXEC);
        if (aliased < 0 || ftruncate(aliased, (off_t)size) != 0) return 0;
        flags = MAP_SHARED;
    }
    int file = kind == APPEL_ALIASED ? aliased : -1;
    uint64_t va = appel_posix_keep(mmap(NULL, size, PROT_READ | PROT_WRITE, flags, file, 0), size);
    if (kind == APPEL_ALIASED) aliased_va = va;
    return va;
}

static void give(uint64_t va) {
    for (unsigned i = 0; i < TAKEN_MOST; i++) {
        if (taken[i].size == 0 || taken[i].va != va) continue;
        munmap((void *)va, taken[i].size);
        taken[i].size = 0;
    }
    if (va != aliased_va || aliased < 0) return;
    close(aliased);
    aliased = -1;
}

static bool forget(uint64_t va, uint64_t pages) { return madvise((void *)va, pages * APPEL_PAGE, MADV_DONTNEED) == 0; }

static bool protect(uint64_t va, uint64_t pages) { return mprotect((void *)va, pages * APPEL_PAGE, PROT_READ) == 0; }

static bool allow(uint64_t va, uint64_t pages) {
    return mprotect((void *)va, pages * APPEL_PAGE, PROT_READ | PROT_WRITE) == 0;
}

static uint64_t alias(uint64_t va) {
    void *at = mmap(NULL, APPEL_PAGE, PROT_READ, MAP_SHARED, aliased, (off_t)(va - aliased_va));
    return at == MAP_FAILED ? 0 : (uint64_t)at;
}

static bool unalias(uint64_t at) { return munmap((void *)at, APPEL_PAGE) == 0; }

static int mapped = -1; // in memory as the page cache's own

static uint64_t map_file(uint64_t pages, bool shared) {
    size_t size = pages * APPEL_PAGE;
    int flags = shared ? MAP_SHARED : MAP_PRIVATE;
    if (mapped < 0) {
        mapped = memfd_create("file", MFD_CLOEXEC);
        if (mapped < 0 || ftruncate(mapped, (off_t)size) != 0) return 0;
        for (uint64_t page = 0; page < pages; page++) {
            if (pwrite(mapped, &page, sizeof page, (off_t)(page * APPEL_PAGE)) != sizeof page) return 0;
        }
    }
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, mapped, 0);
    return at == MAP_FAILED ? 0 : (uint64_t)at;
}

static void unmap_file(uint64_t va, uint64_t pages) { munmap((void *)va, pages * APPEL_PAGE); }

// ---- faults ----

static void on_signal(int number, siginfo_t *info, void *interrupted) {
    (void)number;
    ucontext_t *context = interrupted;
    uint64_t va = (uint64_t)info->si_addr;
    if (handler != NULL && handler(va) == APPEL_SKIP)
        context->uc_mcontext.__gregs[REG_PC] += INSTRUCTION;
    else if (handler == NULL || !allow(va & ~(uint64_t)(APPEL_PAGE - 1), 1))
        _exit(EXIT_FAILURE);
}

static void handle(appel_handler *chosen) {
    handler = chosen;
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

// Linux for riscv64 cannot tell which pages were written: they are protected, and each first write is a signal.

static enum appel_answer note(uint64_t va) {
    uint64_t page = (va - noted_va) / APPEL_PAGE;
    if (page < noted_pages) noted[page] = true;
    return APPEL_ALLOW;
}

static bool watch(uint64_t va, uint64_t pages) {
    static bool notes[1024];
    if (pages > sizeof notes) return false;
    noted = notes;
    noted_va = va;
    noted_pages = pages;
    for (uint64_t page = 0; page < pages; page++) notes[page] = false;
    if (handler != note) handle(note);
    return protect(va, pages);
}

static bool find_written(uint64_t va, uint64_t pages, bool *written) {
    if (va != noted_va || pages != noted_pages) return false;
    for (uint64_t page = 0; page < pages; page++) written[page] = noted[page];
    return allow(va, pages);
}

// ---- processes ----

static uint64_t fork_and_wait(appel_work *work, uint64_t argument) {
    static uint64_t *shared; // what a child came to, when that is no exit status
    if (shared == NULL) {
        shared = mmap(NULL, APPEL_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (shared == MAP_FAILED) return 0;
        *shared = 0;
    }
    pid_t child = fork();
    if (child < 0) return 0;
    if (child == 0) {
        uint64_t result = work(argument);
        if (result > 1) *shared = result;
        _exit(result > 1 ? 2 : (int)result);
    }
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return 0;
    }
    if (!WIFEXITED(status)) return 0;
    return WEXITSTATUS(status) == 2 ? *shared : (uint64_t)WEXITSTATUS(status);
}

static int to_server = -1, from_server = -1;

static _Noreturn void serve(int from, int to) {
    union {
        uint64_t words[APPEL_WORDS];
        uint8_t byte;
    } message;
    for (;;) {
        ssize_t size = read(from, &message, sizeof message.words);
        if (size <= 0) _exit(EXIT_SUCCESS);
        if (size == 1)
            message.byte++;
        else
            for (unsigned i = 0; i < APPEL_WORDS; i++) message.words[i]++;
        if (write(to, &message, (size_t)size) != size) _exit(EXIT_FAILURE);
    }
}

static bool start_server(void) {
    int there[2], back[2];
    if (pipe(there) != 0 || pipe(back) != 0) return false;
    to_server = there[1];
    from_server = back[0];
    pid_t server = fork();
    if (server == 0) {
        close(to_server);
        close(from_server);
        serve(there[0], back[1]);
    }
    close(there[0]);
    close(back[1]);
    return server > 0;
}

static bool exchange(void *message, size_t size) {
    return write(to_server, message, size) == (ssize_t)size && read(from_server, message, size) == (ssize_t)size;
}

static bool call(uint64_t words[APPEL_WORDS]) { return exchange(words, APPEL_WORDS * sizeof *words); }

static uint8_t ping(uint8_t byte) {
    exchange(&byte, sizeof byte);
    return byte;
}

static uint64_t null(void) {
    register long number __asm__("a7") = SYS_getppid;
    register uint64_t result __asm__("a0");
    __asm__ volatile("ecall" : "=r"(result) : "r"(number) : "memory");
    return result;
}

// Linux does not tell a program of its switches between address spaces, and of fences nothing at all.
static struct appel_counters count(void) { return (struct appel_counters){0}; }

static uint64_t count_faults(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)(usage.ru_minflt + usage.ru_majflt) : 0;
}

// ---- what is there ----

static bool can_fork(void) {
    pid_t child = fork();
    if (child == 0) _exit(EXIT_SUCCESS);
    return child > 0 && waitpid(child, NULL, 0) == child;
}

static bool can_alias(void) {
    int file = memfd_create("probe", MFD_CLOEXEC);
    if (file >= 0) close(file);
    return file >= 0;
}

// What this system does not have is absent, and not an error: it may be a personality that is not complete.
static struct appel_system find_out(void) {
    struct appel_system system = {
        .print = print,
        .take = take,
        .give = give,
        .forget = forget,
        .protect = protect,
        .allow = allow,
        .handle = handle,
        .watch = watch,
        .find_written = find_written,
        .null = null,
        .count = count,
    };
    if (can_alias()) {
        system.alias = alias;
        system.unalias = unalias;
        system.map_file = map_file;
        system.unmap_file = unmap_file;
    }
    if (count_faults() != 0) system.faults = count_faults;
    if (!can_fork()) return system;
    system.fork = fork_and_wait;
    if (appel_posix_pager_start()) {
        system.take_paged = appel_posix_take_paged;
        system.forget_paged = forget;
    }
    if (start_server()) {
        system.call = call;
        system.ping = ping;
    }
    return system;
}

int main(int argument_count, char **arguments) {
    const struct appel_system system = find_out();
    int status = appel_main(&system, (unsigned)argument_count, (const char *const *)arguments);
    appel_posix_pager_end();
    return status;
}
