// SPDX-License-Identifier: MIT
// Signals that the shell takes: what `trap` says, and what an interactive shell does of itself.
#pragma once

#include <stdbool.h>

#include "text.h"

// An interactive shell lives through Ctrl-C, and is not stopped.
void traps_begin(bool interactive);

// The action: NULL is the default, "" is to ignore. => false: it cannot be changed
bool trap_set(int signal, const char *action);
void traps_show(struct text *text);

// What came since the last time: runs the actions. A Ctrl-C without one gives up the command of an interactive shell.
void traps_run(void);
// => the first of what came, and was not run; 0: nothing
int traps_pending(void);
void trap_run_exit(void);
bool trap_at_exit(void);

// Around a fork: a signal that comes meanwhile is not lost in the child, between its birth and traps_in_child.
void traps_hold(void);
void traps_let(void);

// Waits until there is something to read. => false: a signal came first, be it long before
bool traps_wait_input(int descriptor);

// Here a child begins: the actions are gone, what is ignored stays so. It may be killed from the keyboard if
// `interruptible`, and stopped if `stoppable`.
void traps_in_child(bool interruptible, bool stoppable);
