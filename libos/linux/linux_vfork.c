// SPDX-License-Identifier: MIT
// vfork. A child that has its parent's memory cannot be another process here; but its parent waits anyway, until it
// executes a program or ends, and so the parent's thread plays the child until then:
//
//   clone          what is the parent's is kept: registers, blocked signals; the player has descriptors and actions of
//   its own
//   ...            the thread goes on as the child, in the same memory
//   execve, exit   the process is forked, and the child makes this very call again; the thread is the parent again,
//   with
//                  all that was kept, and the child's number
//
// So what the child leaves in memory the parent finds: by that posix_spawn() tells that there is no such program.
#include "linux_vfork.h"

#include "linux_file.h"
#include "linux_fork.h"
#include "linux_signal.h"
#include "linux_thread.h"
#include "linux_user.h"

enum { REGISTER_SP = 1, REGISTER_TP = 3, REGISTER_A0 = 9 };

#define CLONE_SETTLS        0x80000u
#define CLONE_PARENT_SETTID 0x100000u

uint64_t linux_float_save(uint64_t *f);
void linux_float_load(const uint64_t *f, uint64_t control);

static struct linux_thread *player, *busy; // who plays, and who is about to or has just; NULL: nobody
static struct {
    struct upcall_registers registers;
    uint64_t floats[32], float_control, blocked;
    uint64_t number; // where the child's number is to be; 0: nowhere
} parent;

bool vfork_is_played(void) { return __atomic_load_n(&player, __ATOMIC_RELAXED) == linux_self(); }

bool vfork_begin(uint64_t flags, uint64_t stack, uint64_t parent_number, uint64_t storage) {
    struct linux_thread *self = linux_self(), *nobody = NULL;
    struct upcall_registers *registers = linux_registers();
    if (!__atomic_compare_exchange_n(&busy, &nobody, self, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return false;
    parent.registers = *registers;
    parent.float_control = linux_float_save(parent.floats);
    parent.blocked = self->signals.blocked;
    parent.number = (flags & CLONE_PARENT_SETTID) != 0 && user_is_range(parent_number, 4) ? parent_number : 0;
    linux_file_play();
    linux_signal_play();
    __atomic_store_n(&player, self, __ATOMIC_RELAXED);
    registers->x[REGISTER_A0] = 0;
    if (stack != 0) registers->x[REGISTER_SP] = stack;
    if ((flags & CLONE_SETTLS) != 0) registers->x[REGISTER_TP] = storage;
    return true;
}

void vfork_end(void) {
    int64_t child = linux_fork_again();
    linux_file_play_ends();
    __atomic_store_n(&player, NULL, __ATOMIC_RELAXED);
    linux_signal_block(parent.blocked);
    *linux_registers() = parent.registers;
    linux_float_load(parent.floats, parent.float_control);
    linux_registers()->x[REGISTER_A0] = (uint64_t)child;
    if (child > 0 && parent.number != 0) linux_user_store((uint32_t *)parent.number, (uint32_t)child);
    __atomic_store_n(&busy, NULL, __ATOMIC_RELEASE);
}

void vfork_forked(void) {
    if (player != NULL) {
        linux_file_played();
        linux_signal_played();
    }
    player = busy = NULL;
}
