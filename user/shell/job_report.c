// SPDX-License-Identifier: MIT
// What is told of jobs, and how they are named.
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "job.h"
#include "jobs.h"
#include "shell.h"

void job_tell_death(const struct job *job) {
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

void job_tell(struct text *text, struct job *job, bool with_processes) {
    enum job_state state = job_state(job);
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

struct job *job_find(const char *name) {
    struct job *stopped = NULL, *newest = NULL, *second = NULL;
    for (struct job *job = jobs; job != NULL; job = job->next) {
        if (!job->background) continue;
        if (newest != NULL && second == NULL) second = job;
        if (newest == NULL) newest = job;
        if (stopped == NULL && job_state(job) == STOPPED) stopped = job;
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

static struct job *oldest_told(bool all, unsigned above) {
    struct job *found = NULL;
    for (struct job *job = jobs; job != NULL && job->number > above; job = job->next) {
        if (job->background && (all || job_state(job) != job->told)) found = job;
    }
    return found;
}

void jobs_tell(struct text *text, bool all, bool with_processes) {
    while (jobs_reap(false)) continue;
    struct job *job;
    for (unsigned above = 0; (job = oldest_told(all, above)) != NULL;) {
        above = job->number;
        if (all || shell.interactive) job_tell(text, job, with_processes);
        // A script may still ask for the status of what has ended.
        if (job_state(job) == ENDED && shell.interactive) job_forget(job);
    }
}
