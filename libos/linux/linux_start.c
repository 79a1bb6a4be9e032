// SPDX-License-Identifier: MIT
// How a program of Linux's begins: its memory, its stack with words and what it is told of the system, its first
// thread. This file is the native program `personality`; whose first word is not its own name it runs that, as init
// asks it to.
#include "linux_start.h"

#include <os/begin.h>
#include <os/print.h>
#include <os/process.h>

#include "linux_call.h"
#include "linux_errors.h"
#include "linux_file.h"
#include "linux_grid.h"
#include "linux_host.h"
#include "linux_load.h"
#include "linux_memory.h"
#include "linux_native.h"
#include "linux_process.h"
#include "linux_random.h"
#include "linux_script.h"
#include "linux_thread.h"
#include "string.h"

enum { REGISTER_SP = 1, NOT_FOUND = 127, NOT_RUN = 126 };

// The auxiliary vector
enum {
    TELL_HEADERS = 3,
    TELL_HEADER_SIZE = 4,
    TELL_HEADER_COUNT = 5,
    TELL_PAGE = 6,
    TELL_BASE = 7,
    TELL_FLAGS = 8,
    TELL_ENTRY = 9,
    TELL_USER = 11,
    TELL_EFFECTIVE_USER = 12,
    TELL_GROUP = 13,
    TELL_EFFECTIVE_GROUP = 14,
    TELL_ABILITIES = 16,
    TELL_TICKS = 17,
    TELL_SECURE = 23,
    TELL_RANDOM = 25,
    TELL_FILE = 31,
    ABILITIES = 0x112d, // a, c, d, f, i, m
    TICKS = 100,
};

static const char *const environment[] = {"PATH=/bin:/usr/bin:/boot", "HOME=/root", "TERM=vt100", "ENV=/etc/profile"};
enum { ENVIRONMENT = sizeof environment / sizeof environment[0], TOLD = LINUX_WORDS + 64 };

struct linux_words linux_words;

static uint64_t push_text(uint64_t *sp, const char *text) {
    uint64_t length = string_length(text) + 1;
    *sp -= length;
    memcpy((void *)*sp, text, length);
    return *sp;
}

// => the stack pointer
static uint64_t build_stack(const char *name, const char *const *word, uint64_t count, uint64_t of_environment,
                            const struct linux_loaded *loaded) {
    static uint64_t told[TOLD];
    uint64_t sp = LINUX_STACK_TOP - 8, n = 0; // the end: nothing
    uint64_t file = push_text(&sp, name);
    uint64_t all = count + of_environment, end = sp;
    for (uint64_t i = all; i-- > 0;) { // the first is the lowest
        told[i < count ? i + 1 : i + 2] = push_text(&sp, word[i]);
        if (i == count) linux_words.environment = sp;
    }
    if (of_environment == 0) linux_words.environment = end;
    linux_words.arguments = sp;
    linux_words.end = end;
    told[0] = count;
    told[count + 1] = told[all + 2] = 0;
    n = all + 3;
    sp = (sp - 16) & ~15ul;
    uint64_t random = sp;
    ((uint64_t *)random)[0] = random_word();
    ((uint64_t *)random)[1] = random_word();
    const uint64_t vector[][2] = {
        {TELL_ABILITIES, ABILITIES},
        {TELL_PAGE, PAGE},
        {TELL_TICKS, TICKS},
        {TELL_HEADERS, loaded->headers},
        {TELL_HEADER_SIZE, IMAGE_PROGRAM_HEADER},
        {TELL_HEADER_COUNT, loaded->header_count},
        {TELL_BASE, 0},
        {TELL_FLAGS, 0},
        {TELL_ENTRY, loaded->entry},
        {TELL_USER, 0},
        {TELL_EFFECTIVE_USER, 0},
        {TELL_GROUP, 0},
        {TELL_EFFECTIVE_GROUP, 0},
        {TELL_SECURE, 0},
        {TELL_RANDOM, random},
        {TELL_FILE, file},
        {0, 0},
    };
    memcpy(&told[n], vector, sizeof vector);
    _Static_assert(sizeof vector <= sizeof linux_words.vector, "has room");
    memcpy(linux_words.vector, vector, sizeof vector);
    linux_words.vector_size = sizeof vector;
    n += sizeof vector / sizeof(uint64_t);
    sp = (sp - n * sizeof told[0]) & ~15ul;
    memcpy((void *)sp, told, n * sizeof told[0]);
    return sp;
}

struct linux_refusal start_program(const char *file, const char *const *word, uint64_t count, uint64_t of_environment,
                                   struct upcall_registers *start) {
    struct linux_loaded loaded;
    linux_thread_rename(file);
    struct linux_refusal refusal = load_map(&loaded);
    if (refusal.error != 0) return refusal;
    if (memory_unmap(LINUX_STACK_TOP - LINUX_STACK, LINUX_STACK_TOP) != 0 ||
        memory_map(LINUX_STACK_TOP - LINUX_STACK, LINUX_STACK / PAGE, PROTECTION_READ | PROTECTION_WRITE, NULL) != 0 ||
        !grid_populate(LINUX_STACK_TOP - 1))
        return (struct linux_refusal){-ENOMEM, "there is no memory for its stack"};
    *start = (struct upcall_registers){.pc = loaded.entry};
    start->x[REGISTER_SP] = build_stack(file, word, count, of_environment, &loaded);
    return refusal;
}

static int give_up(const char *name, const struct linux_refusal *refusal) {
    static const char *const names[] = {
#define LINUX_ERROR(name, number) [number] = #name,
#include "linux_errors.def"
#undef LINUX_ERROR
    };
    os_print("linux: cannot run %s: %s: %s\n", name, names[-refusal->error], refusal->why);
    return refusal->error == -ENOENT ? NOT_FOUND : NOT_RUN;
}

static int be_native(const char *name, const char *const *word, uint64_t count) {
    int64_t process = native_start(name, word, count);
    struct linux_refusal refusal = {
        process, "init does not start it: there is no memory, or its words are too many, or have blanks"};
    if (process < 0) return give_up(name, &refusal);
    native_be_at_once((uint64_t)process);
}

int main(void) {
    static const char *words[SCRIPT_ROOM + LINUX_WORDS];
    const char **word = words + SCRIPT_ROOM, *name, *file, *native;
    uint64_t count = 0;
    unsigned first = 0;
    bool of_host = false;
    struct linux_refusal refusal = {0};
    if (string_equal(os_argument(0), "personality")) first++;
    if (first != 0 && first < os_argument_count() && string_equal(os_argument(first), "trace")) {
        linux_trace = true;
        first++;
    }
    if (first != 0 && first + 1 < os_argument_count() && string_equal(os_argument(first), "host")) {
        refusal = host_read(os_argument(first + 1), word, LINUX_WORDS - ENVIRONMENT, &count);
        if (refusal.error != 0) return give_up(os_argument(first + 1), &refusal);
        of_host = true;
        word++, count--;
    }
    while (!of_host && first < os_argument_count()) word[count++] = os_argument(first++);
    if (count == 0) {
        os_print("usage: personality [trace] FILE [WORD]...\n");
        return NOT_FOUND;
    }
    for (uint64_t i = 0; i < ENVIRONMENT; i++) word[count + i] = environment[i];
    struct upcall_registers start;
    refusal = (struct linux_refusal){-ENOMEM, grid_start()};
    memory_start();
    process_start(word[0]);
    linux_file_start();
    name = file = word[0];
    if (refusal.why == NULL) refusal = script_open(&file, &word, &count);
    native = refusal.error == 0 ? load_native() : NULL;
    if (refusal.error == 0 && native == NULL) refusal = start_program(file, word, count, ENVIRONMENT, &start);
    if (refusal.error == 0 && of_host) refusal = host_begin();
    if (refusal.error == 0 && native != NULL) return be_native(native, word, count);
    if (refusal.error != 0) return give_up(name, &refusal);
    linux_thread_rename(name);
    refusal = (struct linux_refusal){-ENOMEM, "there is no memory for its thread"};
    if (!linux_thread_first(&start)) return give_up(name, &refusal);
    process_keep_house();
}
