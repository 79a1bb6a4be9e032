// SPDX-License-Identifier: MIT
// execve of a program that is linked for Pagoda: init starts it, and the process that wanted to become it waits, passes
// its status on, and takes it along when a signal ends it. It writes to the machine's console.
#include "linux_native.h"

#include <os/process.h>
#include <os/time.h>

#include "linux_errors.h"
#include "linux_host.h"
#include "linux_signal.h"
#include "linux_thread.h"
#include "string.h"

enum { TEXT = 4096, LOOK_EVERY = 5000, STATUS_OF_A_FAULT = 139, STATUS_KILLED = 137, SIGNAL_SHIFT = 8 };

static uint64_t started, starter; // the program; the process that is it, and not one forked from that

// The words of a command of init's are apart by blanks.
static bool add(char *text, uint64_t *used, const char *word) {
    uint64_t length = string_length(word);
    if (length == 0 || *used + length + 2 > TEXT) return false;
    for (uint64_t i = 0; i < length; i++)
        if (word[i] == ' ' || word[i] == '\t' || word[i] == '\n') return false;
    if (*used != 0) text[(*used)++] = ' ';
    memcpy(text + *used, word, length + 1);
    *used += length;
    return true;
}

int64_t native_start(const char *name, const char *const *words, uint64_t count) {
    static char text[TEXT];
    uint64_t used = 0;
    bool fits = add(text, &used, name);
    for (uint64_t i = 1; i < count && fits; i++) fits = add(text, &used, words[i]);
    if (!fits) return -E2BIG;
    struct result made = os_spawn(text);
    if (made.status == STATUS_OK) return (int64_t)made.value;
    return made.status == STATUS_NO_MEMORY ? -ENOMEM : -EAGAIN;
}

void native_forget(uint64_t process) {
    os_kill(process);
    os_wait(process);
}

static __attribute__((noreturn)) void end_as(uint64_t process) {
    struct os_end end = os_wait(process);
    host_tell_native(false);
    started = 0;
    if (end.status != STATUS_OK || end.how == OS_ENDED_KILLED) linux_exit(SIGNAL_KILL << SIGNAL_SHIFT | STATUS_KILLED);
    if (end.how == OS_ENDED_FAULT) linux_exit(SIGNAL_SEGV << SIGNAL_SHIFT | STATUS_OF_A_FAULT);
    linux_exit((int)(end.value & 0xff));
}

void native_be_at_once(uint64_t process) {
    host_tell_native(true);
    end_as(process);
}

void native_be(uint64_t process) {
    struct os_process seen;
    started = process;
    starter = os_start->process;
    host_tell_native(true);
    while (os_look((uint32_t)process, &seen) && seen.process == process && seen.how == OS_RUNS) {
        struct linux_cause cause;
        struct linux_action action;
        int signal = linux_wait(os_after(LOOK_EVERY)) == LINUX_SIGNAL ? linux_signal_take(&cause, &action) : 0;
        if (signal != 0) linux_signal_die(signal); // it has no handlers: the program that had them is no more
    }
    end_as(process);
}

void native_end(void) {
    if (started != 0 && starter == os_start->process) os_kill(started);
}
