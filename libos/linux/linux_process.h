// SPDX-License-Identifier: MIT
// The process among others, as the server `unix` keeps them, and the thread that keeps house.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// When the process begins.
void process_start(const char *name);
// In the parent, for os_fork_first: the child is made known. => a status
uint64_t process_fork(uint64_t child, uint64_t space);
// What the child is to know; then, in it; or, in the parent, that it has not come about.
void process_before_fork(void);
void process_forked(void);
void process_not_forked(void);
// Another program begins.
void process_exec(const char *path);
// It ends: 0 to 255, or a signal in the byte above that.
void process_tell_end(int status);

struct linux_cause;
// A signal for another process, or (thread not 0) a thread of it. => 0, or a negative error
int64_t process_signal(int process, int thread, int signal, const struct linux_cause *cause);
// The process has stopped, by this signal; or goes on. => false: it does not stop, since nobody would let it go on
bool process_stopped(int signal);
void process_continued(void);
// What it wants to hear of children depends on its action for SIGCHLD, and on who blocks that.
void process_child_action(uint64_t handler, uint64_t flags);
void process_child_blocked(void);

// The server has something for the process; then, by a thread that leaves the personality, or the housekeeper.
void process_must_take(void);
void process_take(void);

// What the native first thread does.
__attribute__((noreturn)) void process_keep_house(void);

// As setpgid and setsid, from there: all registers are in the level.
void process_group(uint64_t process, uint64_t group);
void process_session(void);
