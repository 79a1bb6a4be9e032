// SPDX-License-Identifier: MIT
// Jobs: a list of pipelines and their processes, and who has the terminal.
#include "jobs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "job.h"
#include "shell.h"
#include "traps.h"

enum { JOBS_KEPT = 200 };

struct job *jobs;
static int terminal = -1;
static pid_t own_group;
static struct termios own_modes;

bool jobs_begin(int descriptor) {
    pid_t group;
    while ((group = tcgetpgrp(descriptor)) != getpgrp()) { // started in the background: until it is our turn
        if (group < 0 || kill(0, SIGTTIN) < 0) return false;
    }
    traps_begin(true);
    if (setpgid(0, 0) < 0 && errno != EPERM) return false; // a session's leader is its group already
    own_group = getpgrp();
    if (tcsetpgrp(descriptor, own_group) < 0 || tcgetattr(descriptor, &own_modes) < 0) return false;
    terminal = descriptor;
    return true;
}

void job_forget(struct job *job) {
    struct job **link = &jobs;
    while (*link != job) link = &(*link)->next;
    *link = job->next;
    while (job->processes != NULL) {
        struct process *process = job->processes;
        job->processes = process->next;
        free(process);
    }
    free(job->text);
    free(job);
}

enum job_state job_state(const struct job *job) {
    enum job_state state = ENDED;
    for (const struct process *process = job->processes; process != NULL; process = process->next) {
        if (process->state == RUNNING) return RUNNING;
        if (process->state == STOPPED) state = STOPPED;
    }
    return state;
}

// A script may ask for the status of what it started long ago, but not of everything that ever was.
static void forget_old(void) {
    size_t count = 0;
    for (struct job *job = jobs, *next; job != NULL; job = next) {
        next = job->next;
        if (++count > JOBS_KEPT && job_state(job) == ENDED) job_forget(job);
    }
}

struct job *job_new(const char *text, size_t length) {
    forget_old();
    struct job *job = memory_take(sizeof *job);
    unsigned number = 0;
    for (const struct job *other = jobs; other != NULL; other = other->next) {
        if (other->number > number) number = other->number;
    }
    *job = (struct job){.next = jobs, .number = number + 1, .text = memory_take(length + 1)};
    memcpy(job->text, text, length);
    for (char *p = job->text; *p != '\0'; p++) {
        if (*p == '\n') *p = ' ';
    }
    return jobs = job;
}

void jobs_forget(void) {
    while (jobs != NULL) job_forget(jobs);
    terminal = -1;
}

static void give_terminal(pid_t group) {
    if (terminal >= 0) tcsetpgrp(terminal, group);
}

static void begin_child(struct job *job, bool foreground) {
    bool control = shell.job_control, interactive = shell.interactive;
    if (control) {
        pid_t group = job->group != 0 ? job->group : getpid();
        setpgid(0, group);
        if (foreground) give_terminal(group); // SIGTTOU is still ignored
    }
    shell.job_control = shell.interactive = false;
    shell.is_child = true;
    traps_in_child(foreground || control || interactive, control);
    jobs_forget();
}

pid_t job_fork(struct job *job, bool foreground) {
    traps_hold();
    pid_t pid = fork();
    if (pid == 0) begin_child(job, foreground);
    traps_let();
    if (pid < 0) {
        complain("fork: %s", strerror(errno));
        return -1;
    }
    if (pid == 0) return 0;
    struct process *process = memory_take(sizeof *process);
    *process = (struct process){.next = job->processes, .pid = pid, .state = RUNNING};
    job->processes = process;
    job->background = !foreground;
    if (shell.job_control) {
        if (job->group == 0) job->group = pid;
        setpgid(pid, job->group); // both do it: whoever comes first
        if (foreground) give_terminal(job->group);
    }
    return pid;
}

static int status_of(const struct job *job) {
    const struct process *last = job->processes;
    if (last == NULL) return 127;
    if (last->state == STOPPED) return 128 + WSTOPSIG(last->status);
    return WIFSIGNALED(last->status) ? 128 + WTERMSIG(last->status) : WEXITSTATUS(last->status);
}

static void note(pid_t pid, int status) {
    for (struct job *job = jobs; job != NULL; job = job->next) {
        for (struct process *process = job->processes; process != NULL; process = process->next) {
            if (process->pid != pid) continue;
            process->state = WIFSTOPPED(status) ? STOPPED : WIFCONTINUED(status) ? RUNNING : ENDED;
            if (!WIFCONTINUED(status)) process->status = status;
        }
    }
}

bool jobs_reap(bool block) {
    int status;
    pid_t pid = waitpid(-1, &status, WUNTRACED | (block ? 0 : WNOHANG));
    if (pid > 0) note(pid, status);
    if (pid < 0 && errno == ECHILD && block) { // somebody else has reaped them: nothing will come any more
        for (struct job *job = jobs; job != NULL; job = job->next) {
            for (struct process *process = job->processes; process != NULL; process = process->next) {
                process->state = ENDED;
            }
        }
    }
    return pid > 0;
}

int job_wait(struct job *job) {
    while (job_state(job) == RUNNING) jobs_reap(true);
    int status = status_of(job);
    bool stopped = job_state(job) == STOPPED;
    if (shell.job_control) {
        give_terminal(own_group);
        if (stopped) {
            job->has_modes = tcgetattr(terminal, &job->modes) == 0;
            tcsetattr(terminal, TCSADRAIN, &own_modes);
        } else if (status > 128) {
            tcsetattr(terminal, TCSADRAIN, &own_modes); // it had no chance to tidy up
        } else {
            tcgetattr(terminal, &own_modes); // stty stays
        }
    }
    if (stopped) {
        struct text line = {0};
        job->background = true;
        text_add_char(&line, '\n');
        job_tell(&line, job, false);
        if (shell.interactive) write_all(STDERR_FILENO, text_string(&line), line.length);
        text_free(&line);
        return status;
    }
    job_tell_death(job);
    if (status == 128 + SIGINT && shell.interactive && shell.flow == FLOW_ON) {
        shell.flow = FLOW_ABORT;
        shell.status = status;
    }
    job_forget(job);
    return status;
}

static void go_on(struct job *job) {
    for (struct process *process = job->processes; process != NULL; process = process->next) {
        if (process->state == STOPPED) process->state = RUNNING;
    }
    job->told = RUNNING;
    if (job->group != 0) kill(-job->group, SIGCONT);
}

int job_to_front(struct job *job) {
    job->background = false;
    give_terminal(job->group);
    if (job->has_modes) tcsetattr(terminal, TCSADRAIN, &job->modes);
    go_on(job);
    return job_wait(job);
}

void job_to_back(struct job *job) {
    job->background = true;
    go_on(job);
}

bool jobs_are_stopped(void) {
    for (const struct job *job = jobs; job != NULL; job = job->next) {
        if (job_state(job) == STOPPED) return true;
    }
    return false;
}

int jobs_wait(const char *name) {
    struct job *job = job_find(name);
    if (job == NULL) return 127;
    while (job_state(job) == RUNNING) {
        jobs_reap(true);
        if (traps_pending() != 0) return 128 + traps_pending();
    }
    int status = status_of(job);
    if (job_state(job) == ENDED) job_forget(job);
    return status;
}

int jobs_wait_all(void) {
    for (struct job *job = jobs; job != NULL; job = job != NULL ? job->next : NULL) {
        while (job_state(job) == RUNNING) {
            if (!jobs_reap(true) && traps_pending() != 0) return 128 + traps_pending();
        }
    }
    for (struct job *job = jobs, *next; job != NULL; job = next) {
        next = job->next;
        if (job_state(job) == ENDED) job_forget(job);
    }
    return 0;
}
