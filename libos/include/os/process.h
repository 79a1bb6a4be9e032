// SPDX-License-Identifier: MIT
// Processes: what a program asks of init, the first of them. The requests are rows of <os/init_calls.def>.
#pragma once

#include <abi/call.h>
#include <os/start_block.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum os_init_call {
#define INIT_CALL(name, arguments, results, what) OS_INIT_##name,
#include <os/init_calls.def>
#undef INIT_CALL
    OS_INIT_CALLS,
};

enum os_ended {
    OS_ENDED_EXIT,   // value: what it gave to os_exit()
    OS_ENDED_FAULT,  // value: enum fault_error
    OS_ENDED_KILLED, // or its first thread stopped
    OS_RUNS,         // it has not
};

enum { OS_SERVER_TEXT = 256 };

// What `look` tells.
struct os_process {
    uint32_t process, parent, rank, how;
    uint64_t value, space; // the space's id
    uint64_t quota, used, faults[3], faults_paged;
    char name[OS_NAME];
};

// What `piece` tells: memory that init serves itself.
struct os_piece {
    uint64_t va, pages, rights;
    uint64_t resident, dirty, withheld; // pages
    uint64_t shared;                    // pages: of the boot image
};

struct os_end {
    uint64_t status;
    uint64_t process, how, value;
};

// NULL: this program was not started by init.
extern const struct os_start_block *os_start;

// Its command line. => NULL: not so many
const char *os_argument(unsigned number);
unsigned os_argument_count(void);

// A handle to call the server of this name, or the host of this kind; its badge is this process's number.
// => GONE: there is none any more, ABSENT: the system description names none
struct result os_lookup(const char *name);

// The same, with a badge that has in its upper half the number of a child that has not begun: for what shall be the
// child's. OS_LOOKUP_MASTER: without a badge, for servers and operators.
#define OS_LOOKUP_MASTER UINT64_C(0xffffffff)
struct result os_lookup_for(const char *name, uint64_t heir);

// While a process becomes two: the same, but a handle that is for all who ask, whatever name the server has; nobody
// closes it. With an heir it is good until os_fork() returns; without one in what is done in the child, for good.
struct result os_lookup_shared(const char *name, uint64_t heir);

// Tells init where the clients of this server shall send. => STATUS_OK, or why not
uint64_t os_announce(uint64_t port);

// A server of a line with `finish` is notified of this bit at the port that it announced when the machine is to end: it
// finishes its work, and ends. It has 20 seconds.
#define OS_FINISH (UINT64_C(1) << 63)

// These bits of the port are set when the server of this name, or the host of this kind, has ended; once.
// => the watch's number, for os_unwatch(); GONE: it has ended for good, ABSENT: the system description names none
struct result os_watch(const char *name, uint64_t port, uint64_t bits);
void os_unwatch(uint64_t number);

// The machine ends, or begins again, with this status, as soon as its servers have finished.
// => a status; DENIED: only for operators
uint64_t os_end_machine(bool restarts, uint64_t value);

// => the number of the new process
struct result os_spawn(const char *command);

// 0: any that this process started. => ABSENT: there is none
struct os_end os_wait(uint64_t process);
uint64_t os_kill(uint64_t process);
struct result os_find(const char *name);

// What `kin` tells of one that has not ended. => false: there is none
struct os_kin {
    uint64_t parent, space; // the space's id
    bool begun;
};
bool os_look_kin(uint64_t process, struct os_kin *kin);

// A copy of this process: its parts, and what os_inherit() named; of its threads only the calling one; not what it took
// by os_pages_take(), and no handles but those that it began with. A handler is set again, with a stack of its own.
// => OK in both; the value is the child's number, 0 in the child
struct result os_fork(void);

// What os_fork() lets be done in the parent first, when the child is there, and nothing in it: its number, its space's
// id and a handle of it. What is written meanwhile the child sees. => a status, NULL: nothing
extern uint64_t (*os_fork_first)(uint64_t process, uint64_t id, uint64_t space);

// Flags of the request `fork`: init forgets the child when it ends, and nobody can wait for it there.
#define OS_FORK_UNWAITED 1u
extern uint64_t os_fork_flags;

// The first process from this number on. => false: there is none
bool os_look(uint64_t process, struct os_process *found);

// One after the other, from 0 on. => false: there is none of this number; of a process: or one may not see it
bool os_look_piece(uint64_t process, unsigned number, struct os_piece *piece);
// What the machine has for all, and what of that is in use: pages. => false: init does not tell
bool os_look_memory(uint64_t *pages, uint64_t *used);
// => "NAME KIND KIND...", no more than OS_SERVER_TEXT bytes
bool os_look_server(unsigned number, char *text, size_t size);
