// SPDX-License-Identifier: MIT
// A process becomes two. The native fork copies the personality's own memory, which is paged; the program's is copied
// before, so that the child finds in that copy what its objects are called. The calling thread does it on a stack that
// is copied too: its own is wired. In the child the thread that comes up there keeps house, and makes the program's.
#include "linux_fork.h"

#include <os/process.h>
#include <os/threads.h>

#include "linux_errors.h"
#include "linux_exec.h"
#include "linux_file.h"
#include "linux_memory.h"
#include "linux_process.h"
#include "linux_start.h"
#include "linux_thread.h"
#include "linux_user.h"
#include "linux_vfork.h"

enum { STACK = 32768, ECALL_SIZE = 4, REGISTER_SP = 1, REGISTER_TP = 3, REGISTER_A0 = 9 };

#define CLONE_SETTLS         0x80000u
#define CLONE_PARENT_SETTID  0x100000u
#define CLONE_CHILD_CLEARTID 0x200000u
#define CLONE_CHILD_SETTID   0x1000000u

// Two, because what keeps house in a forked process stays on the one that it came up on.
static char stacks[2][STACK] __attribute__((aligned(4096)));
static struct os_thread natives[2]; // of who forks, while it does
static unsigned place;              // of the next fork
static struct linux_thread model;
static uint64_t child_number; // where the child's number is to stand in its memory; 0: nowhere

uint64_t linux_float_save(uint64_t *f);

// In linux_entry.S: function() on another stack and with another struct os_thread. => what it returns
int64_t linux_elsewhere(int64_t (*function)(void), char *stack_top, struct os_thread *native);

static __attribute__((noreturn)) void be_child(void) {
    linux_exec_busy = 0;
    place = 1 - place;
    memory_forked();
    process_forked();
    vfork_forked();
    linux_file_forked();
    struct linux_thread *thread = linux_thread_forked(&model);
    if (thread == NULL) linux_exit(1);
    if (child_number != 0) linux_user_store((uint32_t *)child_number, thread->number);
    os_thread_start(&thread->os);
    process_keep_house();
}

static uint64_t first(uint64_t process, uint64_t id, uint64_t space) {
    uint64_t status = process_fork(process, space);
    return status == STATUS_OK ? memory_fork(process, id, space) : status;
}

static int64_t fork_here(void) {
    os_fork_first = first;
    os_fork_flags = OS_FORK_UNWAITED; // the server keeps book of children
    struct result forked = os_fork();
    if (forked.status == STATUS_OK && forked.value == 0) be_child();
    if (forked.status != STATUS_OK) process_not_forked();
    return forked.status == STATUS_OK ? (int64_t)forked.value : forked.status == STATUS_NO_MEMORY ? -ENOMEM : -EAGAIN;
}

// The child's first thread will be like this one. The lock is held.
static void make_model(void) {
    struct linux_thread *self = linux_self();
    natives[place] = self->os;
    natives[place].area = natives[place].handler_stack = 0;
    model.start = *linux_registers();
    model.float_control = linux_float_save(model.floats);
    linux_thread_inherit(&model, self);
    model.signals.stack = self->signals.stack;
    model.robust = self->robust;
    model.clear_child = child_number = 0;
}

static int64_t fork_model(void) {
    process_before_fork();
    linux_file_before_fork();
    int64_t answer = linux_elsewhere(fork_here, stacks[place] + STACK, &natives[place]);
    linux_file_after_fork();
    return answer;
}

int64_t linux_fork_again(void) {
    memory_lock();
    make_model();
    model.start.pc -= ECALL_SIZE;
    int64_t answer = fork_model();
    memory_unlock();
    return answer;
}

int64_t linux_fork(uint64_t flags, uint64_t stack, uint64_t parent_number, uint64_t storage, uint64_t number) {
    memory_lock();
    make_model();
    model.start.x[REGISTER_A0] = 0;
    if (stack != 0) model.start.x[REGISTER_SP] = stack;
    if ((flags & CLONE_SETTLS) != 0) model.start.x[REGISTER_TP] = storage;
    model.clear_child = (flags & CLONE_CHILD_CLEARTID) != 0 ? number : 0;
    child_number = (flags & CLONE_CHILD_SETTID) != 0 && user_is_range(number, 4) ? number : 0;
    int64_t answer = fork_model();
    memory_unlock();
    if (answer > 0 && (flags & CLONE_PARENT_SETTID) != 0 && user_is_range(parent_number, 4))
        linux_user_store((uint32_t *)parent_number, (uint32_t)answer);
    return answer;
}
