// SPDX-License-Identifier: MIT
// What the parts of the shell share: its state, and how it complains.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "text.h"

// Why commands that follow are not run now.
enum flow {
    FLOW_ON,
    FLOW_BREAK,    // of `levels` loops
    FLOW_CONTINUE, //
    FLOW_RETURN,   // of a function, or a file
    FLOW_ABORT,    // back to the prompt
    FLOW_EXIT,
};

struct shell {
    const char *name; // $0
    int status;       // $?
    pid_t pid;        // $$, in subshells too
    pid_t background; // $!
    unsigned line;
    bool interactive, job_control;
    bool exit_on_error, trace, unset_is_error, no_globs; // set -e -x -u -f
    bool no_clobber;                                     // set -C
    bool waits_for_test;                                 // the status is looked at: -e does not apply
    bool is_child;                                       // a subshell: what it runs last may take its place
    enum flow flow;
    unsigned levels, loops, functions;
    unsigned depth, texts;   // how deep commands are run inside commands, and texts inside texts
    int substitution_status; // of the last $( )
};

extern struct shell shell;

// "sh: line 3: ..." to the error output
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

// A mistake after which a script ends, and an interactive shell shows its prompt again; status 2.
__attribute__((format(printf, 1, 2))) void give_up(const char *format, ...);

// All of it, whatever write takes at once. => false: errno says why not
bool write_all(int descriptor, const char *bytes, size_t length);

// $( ): what the commands write. In execution.c; a unit test has its own.
void substitute_commands(const char *commands, size_t length, struct text *output);
