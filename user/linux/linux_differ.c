// SPDX-License-Identifier: MIT
// The differential test of memory: random sequences of mmap, munmap, mprotect, mremap, msync, madvise, mincore, brk,
// fork and of touching, each from a number, the seed. The same program runs on Pagoda and on a real Linux; what a
// sequence says (answers, faults, and in the end all that can be seen of memory) must be the same.
//
//   linux_differ sequences=N seed=N       the digest of each
//   linux_differ try=SEED:CALLS ...       the digest of those calls of a sequence: a mask, in hexadecimal
//   linux_differ show=SEED:CALLS          what it says
//
// Not asked for, because the systems differ there by right (docs/linux.md):
//   mremap of ranges that Linux may or may not have joined to one mapping, by what was touched first
//   what mincore says of pages, which may be evicted, or be there though they were only read
//   MADV_FREE, which lets Linux choose when; sizes that Linux refuses because of overcommit
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "differ.h"

enum { CALLS_LEAST = 12, DEPTH_MOST = 2, DEFAULT_SEQUENCES = 100, DEFAULT_SEED = 1, BASE_16 = 16, WORDS_OF_WHOSE = 14 };

static uint64_t seed, calls_mask;
static unsigned depth; // forks above

static void set_up(uint64_t *random) {
    static const unsigned scales[] = {1, 1, 1, 1, 1, 16, 100, 256};
    // Where blocks and objects of Pagoda's end, and where none does.
    static const uint64_t bases[] = {0x1010000000, 0x1010100000, 0x1010234000, 0x1010200000};
    scale = scales[next_random(random) % 8];
    const size_t size = (size_t)UNITS * scale * PAGE;
    places[WINDOW].base = (char *)bases[next_random(random) % 4] - UNITS / 2 * (size_t)scale * PAGE;
    places[HEAP].base = (char *)(((uintptr_t)sbrk(0) + PAGE - 1) / PAGE * PAGE);
    brk(places[HEAP].base);
    char *guard = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    places[ZONE].base = guard - size;
}

// => the call after the last that was done
static unsigned do_calls(unsigned first, unsigned end);

// The child does the next calls, and says what memory it has then; its status is of that. The parent does those behind
// them, at the same time or when the child has ended.
static unsigned do_fork(unsigned number, unsigned end, uint64_t *random) {
    unsigned behind = number + 2 + (unsigned)(next_random(random) % 6);
    bool together = next_random(random) % 2 == 0 && !is_shared_somewhere();
    size_t whose = strlen(differ_whose);
    int status = 0;
    if (depth == DEPTH_MOST) return number + 1;
    if (behind > end) behind = end;
    say_now();
    pid_t child = fork();
    if (child == 0) {
        depth++;
        forget_not_forked();
        snprintf(differ_whose + whose, WORDS_OF_WHOSE, "%u: ", number);
        do_calls(number + 1, behind);
        look_at_all();
        say_now();
        _exit((int)(differ_digest % 100));
    }
    if (together) behind = do_calls(behind, end);
    waitpid(child, &status, 0);
    if (child < 0)
        say("%u fork fails", number);
    else if (WIFEXITED(status))
        say("%u fork: %d", number, WEXITSTATUS(status));
    else
        say("%u fork: killed by %d", number, WTERMSIG(status));
    return behind;
}

static unsigned do_calls(unsigned first, unsigned end) {
    unsigned next = first;
    for (unsigned number = first; number < end; number = next) {
        uint64_t random = seed * 1000003 + number + 1;
        next = number + 1;
        if ((calls_mask >> number & 1) != 0 && !differ_call(number, &random)) next = do_fork(number, end, &random);
    }
    return next;
}

static _Noreturn void be_sequence(void) {
    uint64_t random = seed;
    differ_digest = 0xcbf29ce484222325;
    set_up(&random);
    unsigned calls = CALLS_LEAST + (unsigned)(next_random(&random) % (CALLS_MOST - CALLS_LEAST));
    say("%u calls at most, pages in a unit: %u", calls, scale);
    do_calls(0, calls);
    look_at_all();
    say_now();
    char line[80];
    int size = snprintf(line, sizeof line, "sequence %lu:%lx %016lx\n", (unsigned long)seed, (unsigned long)calls_mask,
                        (unsigned long)differ_digest);
    _exit(write(STDOUT_FILENO, line, (size_t)size) == size ? 0 : 1);
}

static void do_sequence(uint64_t number, uint64_t mask) {
    int status = -1;
    seed = number;
    calls_mask = mask;
    pid_t child = fork();
    if (child == 0) be_sequence();
    waitpid(child, &status, 0);
    if (status == 0) return;
    char line[80];
    int size = snprintf(line, sizeof line, "sequence %lu:%lx ended with %x\n", (unsigned long)seed,
                        (unsigned long)calls_mask, (unsigned)status);
    if (write(STDOUT_FILENO, line, (size_t)size) != size) exit(1);
}

int main(int count, char **words) {
    uint64_t sequences = DEFAULT_SEQUENCES, first = DEFAULT_SEED;
    bool given = false, asked = false;
    touch_start();
    for (int i = 1; i < count; i++) {
        char *value = strchr(words[i], '='), *rest;
        if (value == NULL) return 2;
        uint64_t number = strtoul(value + 1, &rest, 0),
                 mask = *rest == ':' ? strtoul(rest + 1, NULL, BASE_16) : UINT64_MAX;
        if (strncmp(words[i], "sequences=", 10) == 0) sequences = number, asked = true;
        if (strncmp(words[i], "seed=", 5) == 0) first = number;
        if (words[i][0] != 't' && strncmp(words[i], "show=", 5) != 0) continue;
        given = true;
        differ_verbose = words[i][1] == 'h';
        do_sequence(number, mask);
    }
    for (uint64_t number = first; (asked || !given) && number < first + sequences; number++)
        do_sequence(number, UINT64_MAX);
    return 0;
}
