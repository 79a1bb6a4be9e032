// SPDX-License-Identifier: MIT
// A thread of the program: what the personality knows of it. It stands above the thread's handler stack.
#pragma once

#include <os/threads.h>
#include <stdbool.h>

#include "linux_signal.h"
#include "list.h"

enum {
    LINUX_THREADS = 512,
    LINUX_NAME = 16,
    LINUX_NUMBERS = 1 << 20, // threads of a process differ by multiples of that
    LINUX_WAKE = 1,          // the bit of a thread's port that ends linux_wait()
};

// What a program said of a thread's place among others.
struct linux_schedule {
    uint64_t forbidden; // harts
    uint8_t policy, priority;
    int8_t nice;
    bool resets; // a child begins anew
};

struct linux_thread {
    struct os_thread os; // first: for the native library it is that
    // linux_layout.h has the offsets of these.
    uint32_t inside;    // it is in the personality: whoever has something for it need not stop it
    uint32_t halt;      // another thread is about to stop it
    uint32_t attention; // before it goes back to its program it has something to do: linux_attend()
    uint32_t number;    // its tid
    uint64_t raise;     // with ATTENTION_RAISE: this page has these rights again when it goes back
    uint64_t raise_rights;
    uint64_t block;  // of its pages
    struct link all; // in the list of threads
    bool ended;      // it is in nobody's way any more, and its pages can be had

    struct linux_signals signals;
    enum linux_again interrupted; // what becomes of the call that a signal interrupted
    uint64_t again;               // its a0
    uint64_t kicked;              // pc where it was made to look for signals; 0: it was not
    uint64_t clear_child;         // set to 0 when it ends, and who waits for that is woken
    uint64_t robust;              // its list of locks

    char name[LINUX_NAME];
    struct linux_schedule schedule;
    uint64_t began, idle, idle_since; // when it began, how long it has waited, since when it waits

    struct link waits;                  // in the list of those who wait for a futex
    uint64_t futex;                     // address; 0: for none
    uint32_t bits;                      // that may wake it
    uint64_t listener;                  // its number with the server `unix`; 0: none yet
    uint32_t parked, turn;              // it waits there, for the so-manieth time
    uint64_t floats[32], float_control; // with `start`, what it begins with
    struct upcall_registers start;
};

static inline struct linux_thread *linux_self(void) { return (struct linux_thread *)os_self(); }

// The registers of the calling thread's program, all of them when the entry has stored s0 to s11.
static inline struct upcall_registers *linux_registers(void) {
    return (struct upcall_registers *)linux_self()->os.area;
}

// How many live.
extern uint32_t linux_alive;

// Of all threads; guarded by linux_threads_lock().
extern struct link linux_threads;
void linux_threads_lock(void);
void linux_threads_unlock(void);
// => NULL: there is none
struct linux_thread *linux_thread_find(uint64_t number);

// The program's first thread, which begins with these registers. The native first thread keeps house: it is never
// stopped, for that would be the process's end.
// => false: there is no memory
bool linux_thread_first(const struct upcall_registers *start);

// Waits until somebody wakes this thread, or a signal does, or the time has come (UINT64_MAX: never).
// => LINUX_WOKEN also for no reason
enum linux_wake { LINUX_WOKEN, LINUX_TIME, LINUX_SIGNAL };
enum linux_wake linux_wait(uint64_t deadline);
void linux_wake(struct linux_thread *thread);

// It has a signal: wherever it is, it looks for it soon.
void linux_thread_call(struct linux_thread *thread);

// In a forked process: its only thread, which begins with what `model`, no thread of this process, has.
// => NULL: there is no memory
struct linux_thread *linux_thread_forked(const struct linux_thread *model);
// The thread that begins, or goes on with, the program of this path is called so.
void linux_thread_rename(const char *path);
// All threads that wait look again whether they have to.
void linux_threads_nudge(void);
// What a new thread has of the one that makes it.
void linux_thread_inherit(struct linux_thread *thread, const struct linux_thread *from);
// Only the calling thread is left: the others go on until they leave the personality, and end there. => false: it is
// itself one that has to end
bool linux_threads_end_others(void);
// Another thread waits for that.
bool linux_thread_has_to_end(void);
__attribute__((noreturn)) void linux_thread_end(void);

// From the entry.
void linux_thread_registers(void);
// As exit and exit_group, from there: all registers are in the level.
void linux_thread_exit(uint64_t status);
void linux_thread_exit_group(uint64_t status);
void linux_thread_clone(uint64_t flags, uint64_t stack, uint64_t parent_number, uint64_t storage, uint64_t number);

// Ends the process.
__attribute__((noreturn)) void linux_exit(int status);
