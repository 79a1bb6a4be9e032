// SPDX-License-Identifier: MIT
// Signals that the shell takes: a handler only notes them, and between two commands their actions are run.
#include "traps.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"
#include "shell.h"
#include "signal_names.h"
#include "variables.h"

static char *actions[SIGNALS]; // NULL: the default
static bool ignored_at_start[SIGNALS];
static volatile sig_atomic_t pending[SIGNALS], any_pending;
static bool interactive_signals;

static void note(int signal) { pending[signal] = any_pending = 1; }

static void act(int signal, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler}; // no SA_RESTART: what waits shall look
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

static bool is_own(int signal) {
    return interactive_signals && (signal == SIGINT || signal == SIGQUIT || signal == SIGTERM || signal == SIGTSTP ||
                                   signal == SIGTTIN || signal == SIGTTOU);
}

static void set_default(int signal) { act(signal, !is_own(signal) ? SIG_DFL : signal == SIGINT ? note : SIG_IGN); }

void traps_begin(bool interactive) {
    interactive_signals = interactive;
    for (int i = 1; i < SIGNALS; i++) {
        struct sigaction old;
        ignored_at_start[i] = !interactive && sigaction(i, NULL, &old) == 0 && old.sa_handler == SIG_IGN;
        if (is_own(i)) set_default(i);
    }
}

bool trap_set(int signal, const char *action) {
    if (ignored_at_start[signal] || signal == SIGKILL || signal == SIGSTOP) return false;
    free(actions[signal]);
    actions[signal] = action != NULL ? memory_copy(action) : NULL;
    if (signal == 0) return true;
    if (action == NULL) {
        set_default(signal);
    } else {
        act(signal, *action != '\0' ? note : SIG_IGN);
    }
    return true;
}

void traps_show(struct text *text) {
    for (int i = 0; i < SIGNALS; i++) {
        if (actions[i] == NULL) continue;
        text_add_string(text, "trap -- ");
        text_add_quoted(text, actions[i]);
        text_add_format(text, " %s\n", signal_name(i));
    }
}

void traps_hold(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
}

void traps_let(void) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

bool traps_wait_input(int descriptor) {
    struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
    sigset_t none;
    sigemptyset(&none);
    traps_hold(); // or one that comes right before the waiting would not end it
    // What cannot be waited for is just read.
    bool ready = any_pending == 0 && (ppoll(&wanted, 1, NULL, &none) >= 0 || errno != EINTR);
    traps_let();
    return ready;
}

int traps_pending(void) {
    for (int i = 1; i < SIGNALS && any_pending != 0; i++) {
        if (pending[i] != 0) return i;
    }
    return 0;
}

static void run_action(int signal) {
    int status = shell.status;
    char *action = memory_copy(actions[signal]); // it may set itself anew
    run_text(action, strlen(action), false);
    free(action);
    if (shell.flow != FLOW_EXIT) shell.status = status;
}

void traps_run(void) {
    if (any_pending == 0) return;
    any_pending = 0;
    for (int i = 1; i < SIGNALS; i++) {
        if (pending[i] == 0) continue;
        pending[i] = 0;
        if (actions[i] != NULL && *actions[i] != '\0') {
            run_action(i);
        } else if (i == SIGINT && interactive_signals && shell.flow == FLOW_ON) {
            shell.flow = FLOW_ABORT;
            shell.status = 128 + SIGINT;
        }
    }
}

bool trap_at_exit(void) { return actions[0] != NULL && *actions[0] != '\0'; }

void trap_run_exit(void) {
    if (!trap_at_exit()) return;
    char *action = actions[0];
    actions[0] = NULL; // once
    int status = shell.status;
    shell.flow = FLOW_ON;
    run_text(action, strlen(action), false);
    if (shell.flow != FLOW_EXIT) shell.status = status;
    free(action);
}

void traps_in_child(bool interruptible, bool stoppable) {
    bool was_interactive = interactive_signals;
    interactive_signals = false;
    for (int i = 0; i < SIGNALS; i++) {
        bool ignored = actions[i] != NULL && *actions[i] == '\0';
        bool own = was_interactive &&
                   (i == SIGINT || i == SIGQUIT || i == SIGTERM || i == SIGTSTP || i == SIGTTIN || i == SIGTTOU);
        pending[i] = 0;
        if (i > 0 && !ignored && (own || actions[i] != NULL)) act(i, SIG_DFL);
        if (ignored) continue;
        free(actions[i]);
        actions[i] = NULL;
    }
    any_pending = 0;
    if (!interruptible) {
        act(SIGINT, SIG_IGN);
        act(SIGQUIT, SIG_IGN);
    }
    if (!stoppable && was_interactive) {
        act(SIGTSTP, SIG_IGN);
        act(SIGTTIN, SIG_IGN);
        act(SIGTTOU, SIG_IGN);
    }
}
