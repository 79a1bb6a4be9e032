// SPDX-License-Identifier: MIT
// execve: another program in the same process. What it was is kept until it is certain that the other can be.
#include "linux_exec.h"

#include "linux_call.h"
#include "linux_credentials.h"
#include "linux_errors.h"
#include "linux_file.h"
#include "linux_load.h"
#include "linux_memory.h"
#include "linux_native.h"
#include "linux_process.h"
#include "linux_script.h"
#include "linux_signal.h"
#include "linux_start.h"
#include "linux_thread.h"
#include "linux_timer.h"
#include "linux_user.h"
#include "linux_vfork.h"

enum { TEXTS = 0x20000, PATH = 4096, REGISTER_A0 = 9 };

// Of one execve at a time.
static char path[PATH], texts[TEXTS];
static const char *places[SCRIPT_ROOM + LINUX_WORDS];
static const char **const words = places + SCRIPT_ROOM;

// The words of a list of the program's, which ends with NULL. => how many, or a negative error
static int64_t read_words(uint64_t list, uint64_t *used, uint64_t first) {
    int64_t count = 0;
    for (uint64_t at; list != 0; list += sizeof at, count++) {
        if (!user_read(&at, list, sizeof at)) return -EFAULT;
        if (at == 0) break;
        if (first + (uint64_t)count == LINUX_WORDS || !user_is_range(at, 1)) return at < LINUX_END ? -E2BIG : -EFAULT;
        uint64_t length = linux_user_text(texts + *used, (const char *)at, TEXTS - *used);
        if (length == USER_FAULT) return -EFAULT;
        if (length == TEXTS - *used) return -E2BIG;
        words[first + (uint64_t)count] = texts + *used;
        *used += length + 1;
    }
    return count;
}

uint32_t linux_exec_busy;

static int64_t exec(uint64_t at, uint64_t list, uint64_t environment) {
    uint64_t used = 0;
    uint64_t length = user_is_range(at, 1) ? linux_user_text(path, (const char *)at, PATH) : USER_FAULT;
    if (length == USER_FAULT) return -EFAULT;
    if (length == PATH || length == 0) return -ENOENT;
    int64_t count = read_words(list, &used, 0);
    if (count < 0) return count;
    int64_t more = read_words(environment, &used, (uint64_t)count);
    if (more < 0) return more;
    const char *file = path, **first = words;
    uint64_t number = (uint64_t)count;
    struct linux_refusal refusal = script_open(&file, &first, &number);
    if (refusal.error != 0) return refusal.error;
    if (vfork_is_played()) {
        load_close();
        vfork_end();
        return 0;
    }
    const char *native = load_native();
    int64_t process = native != NULL ? native_start(native, first, number) : 0;
    if (process < 0) return process;
    // From here on there is no way back.
    if (!linux_threads_end_others()) {
        if (native != NULL) native_forget((uint64_t)process);
        return -EINTR;
    }
    memory_lock();
    memory_unmap(0, LINUX_END);
    if (native == NULL) refusal = start_program(file, first, number, (uint64_t)more, linux_registers());
    memory_unlock();
    if (refusal.error != 0) linux_signal_die(SIGNAL_KILL);
    linux_thread_rename(path);
    linux_file_exec();
    linux_signal_forget_handlers();
    credentials_exec();
    timers_forget();
    process_exec(path);
    if (native != NULL) native_be((uint64_t)process);
    return 0;
}

void linux_exec(uint64_t at, uint64_t list, uint64_t environment) {
    int64_t error = -EAGAIN;
    if (__atomic_exchange_n(&linux_exec_busy, 1, __ATOMIC_ACQUIRE) == 0) {
        error = exec(at, list, environment);
        __atomic_store_n(&linux_exec_busy, 0, __ATOMIC_RELEASE);
    }
    if (error != 0) linux_registers()->x[REGISTER_A0] = (uint64_t)error;
}
