// SPDX-License-Identifier: MIT
// Signals by name.
#include "signal_names.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <strings.h>

static const char *const names[SIGNALS] = {
    [0] = "EXIT",       [SIGHUP] = "HUP",       [SIGINT] = "INT",   [SIGQUIT] = "QUIT",   [SIGILL] = "ILL",
    [SIGTRAP] = "TRAP", [SIGABRT] = "ABRT",     [SIGBUS] = "BUS",   [SIGFPE] = "FPE",     [SIGKILL] = "KILL",
    [SIGUSR1] = "USR1", [SIGSEGV] = "SEGV",     [SIGUSR2] = "USR2", [SIGPIPE] = "PIPE",   [SIGALRM] = "ALRM",
    [SIGTERM] = "TERM", [SIGSTKFLT] = "STKFLT", [SIGCHLD] = "CHLD", [SIGCONT] = "CONT",   [SIGSTOP] = "STOP",
    [SIGTSTP] = "TSTP", [SIGTTIN] = "TTIN",     [SIGTTOU] = "TTOU", [SIGURG] = "URG",     [SIGXCPU] = "XCPU",
    [SIGXFSZ] = "XFSZ", [SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF", [SIGWINCH] = "WINCH", [SIGIO] = "IO",
    [SIGPWR] = "PWR",   [SIGSYS] = "SYS",
};

const char *signal_name(int signal) { return signal >= 0 && signal < SIGNALS ? names[signal] : NULL; }

int signal_by_name(const char *name) {
    char *end;
    long number = strtol(name, &end, 10);
    if (end != name && *end == '\0') return number >= 0 && number < SIGNALS ? (int)number : -1;
    if (strncasecmp(name, "SIG", 3) == 0) name += 3;
    for (int i = 0; i < SIGNALS; i++) {
        if (names[i] != NULL && strcasecmp(names[i], name) == 0) return i;
    }
    return -1;
}
