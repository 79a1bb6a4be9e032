// SPDX-License-Identifier: MIT
// A job from inside: for jobs.c, which runs them, and job_report.c, which tells of them.
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#include "text.h"

enum job_state { RUNNING, STOPPED, ENDED };

struct process {
    struct process *next;
    pid_t pid;
    int status;
    enum job_state state;
};

struct job {
    struct job *next; // the newest is first
    unsigned number;
    pid_t group; // 0: the shell's own
    char *text;
    struct process *processes; // the last of the pipeline is first
    bool background, has_modes;
    enum job_state told;
    struct termios modes; // of the terminal, when it was stopped
};

extern struct job *jobs; // the newest is first

enum job_state job_state(const struct job *job);
void job_forget(struct job *job);

// => false: nothing came; with `block`, a signal came first, or there is no child
bool jobs_reap(bool block);

// A line about it, as `jobs` shows it.
void job_tell(struct text *text, struct job *job, bool with_processes);

// What killed a job in the foreground, where that is no matter of course.
void job_tell_death(const struct job *job);
