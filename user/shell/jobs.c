// SPDX-License-Identifier: MIT
// Jobs: a list of pipelines and their processes, and who has the terminal.
#include "jobs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "shell.h"
#include "traps.h"

enum state { RUNNING, STOPPED, ENDED };

struct process {
    struct process *next;
    pid_t pid;
    int status;
    enum state state;
};

struct job {
    struct job *next; // the newest is first
    unsigned number;
    pid_t group; // 0: the shell's own
    char *text;
    struct process *processes; // the last of the pipeline is first
    bool background, has_modes;
    enum state told;
    struct termios modes; // of the terminal, when it was stopped
};

static struct job *jobs;
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

struct job *job_new(const char *text, size_t length) {
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

static void forget(struct job *job) {
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

void jobs_forget(void) {
    while (jobs != NULL) forget(jobs);
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

static enum state state_of(const struct job *job) {
    enum state state = ENDED;
    for (const struct process *process = job->processes; process != NULL; process = process->next) {
        if (process->state == RUNNING) return RUNNING;
        if (process->state == STOPPED) state = STOPPED;
    }
    return state;
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

// => false: nothing came; with `block`, a signal came first, or there is no child
static bool reap(bool block) {
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

// What killed a job in the foreground, where that is no matter of course.
static void tell_death(const struct job *job) {
    int status = job->processes != NULL ? job->processes->status : 0;
    if (!WIFSIGNALED(status)) return;
    int signal = WTERMSIG(status);
    if (signal == SIGINT) {
        if (shell.interactive) write_all(STDERR_FILENO, "\n", 1);
    } else if (signal != SIGPIPE) {
        struct text line = {0};
        text_add_format(&line, "%s%s\n", strsignal(signal), WCOREDUMP(status) ? " (core dumped)" : "");
        write_all(STDERR_FILENO, text_string(&line), line.length);
        text_free(&line);
    }
}

static void tell_one(struct text *text, struct job *job, bool with_processes) {
    enum state state = state_of(job);
    const struct job *current = job_find(NULL);
    int status = job->processes != NULL ? job->processes->status : 0;
    text_add_format(text, "[%u]%c ", job->number, job == current ? '+' : ' ');
    if (with_processes) text_add_format(text, "%d ", (int)job_last_process(job));
    if (state == RUNNING) {
        text_add_string(text, "Running");
    } else if (state == STOPPED) {
        text_add_string(text, "Stopped");
    } else if (WIFSIGNALED(status)) {
        text_add_string(text, strsignal(WTERMSIG(status)));
    } else if (WEXITSTATUS(status) != 0) {
        text_add_format(text, "Done(%d)", WEXITSTATUS(status));
    } else {
        text_add_string(text, "Done");
    }
    text_add_format(text, "\t%s%s\n", job->text, state == RUNNING ? " &" : "");
    job->told = state;
}

int job_wait(struct job *job) {
    while (state_of(job) == RUNNING) reap(true);
    int status = status_of(job);
    bool stopped = state_of(job) == STOPPED;
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
        tell_one(&line, job, false);
        if (shell.interactive) write_all(STDERR_FILENO, text_string(&line), line.length);
        text_free(&line);
        return status;
    }
    tell_death(job);
    if (status == 128 + SIGINT && shell.interactive && shell.flow == FLOW_ON) {
        shell.flow = FLOW_ABORT;
        shell.status = status;
    }
    forget(job);
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

struct job *job_find(const char *name) {
    struct job *stopped = NULL, *newest = NULL, *second = NULL;
    for (struct job *job = jobs; job != NULL; job = job->next) {
        if (!job->background) continue;
        if (newest != NULL && second == NULL) second = job;
        if (newest == NULL) newest = job;
        if (stopped == NULL && state_of(job) == STOPPED) stopped = job;
    }
    if (name == NULL || strcmp(name, "%") == 0 || strcmp(name, "%%") == 0 || strcmp(name, "%+") == 0) {
        return stopped != NULL ? stopped : newest;
    }
    if (strcmp(name, "%-") == 0) return second != NULL ? second : newest;
    bool is_job = *name == '%';
    unsigned long number = strtoul(name + is_job, NULL, 10);
    for (struct job *job = jobs; job != NULL; job = job->next) {
        if (is_job && (number > 0 ? job->number == number : strncmp(job->text, name + 1, strlen(name + 1)) == 0)) {
            return job;
        }
        for (const struct process *process = job->processes; !is_job && process != NULL; process = process->next) {
            if ((unsigned long)process->pid == number) return job;
        }
    }
    return NULL;
}

const char *job_text(const struct job *job) { return job->text; }

unsigned job_number(const struct job *job) { return job->number; }

pid_t job_group(const struct job *job) { return job->group; }

pid_t job_last_process(const struct job *job) { return job->processes != NULL ? job->processes->pid : 0; }

bool jobs_are_stopped(void) {
    for (const struct job *job = jobs; job != NULL; job = job->next) {
        if (state_of(job) == STOPPED) return true;
    }
    return false;
}

static struct job *oldest_told(bool all, unsigned above) {
    struct job *found = NULL;
    for (struct job *job = jobs; job != NULL && job->number > above; job = job->next) {
        if (job->background && (all || state_of(job) != job->told)) found = job;
    }
    return found;
}

void jobs_tell(struct text *text, bool all, bool with_processes) {
    while (reap(false)) continue;
    struct job *job;
    for (unsigned above = 0; (job = oldest_told(all, above)) != NULL;) {
        above = job->number;
        if (all || shell.interactive) tell_one(text, job, with_processes);
        // A script may still ask for the status of what has ended.
        if (state_of(job) == ENDED && shell.interactive) forget(job);
    }
}

int jobs_wait(const char *name) {
    struct job *job = job_find(name);
    if (job == NULL) return 127;
    while (state_of(job) == RUNNING) {
        if (!reap(true) && traps_pending()) return 128 + SIGINT;
    }
    int status = status_of(job);
    if (state_of(job) == ENDED) forget(job);
    return status;
}

int jobs_wait_all(void) {
    for (struct job *job = jobs; job != NULL; job = job != NULL ? job->next : NULL) {
        while (state_of(job) == RUNNING) {
            if (!reap(true) && traps_pending()) return 128 + SIGINT;
        }
    }
    for (struct job *job = jobs, *next; job != NULL; job = next) {
        next = job->next;
        if (state_of(job) == ENDED) forget(job);
    }
    return 0;
}
