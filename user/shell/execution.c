// SPDX-License-Identifier: MIT
// Running what was parsed: lists, pipelines, background jobs, and the output of commands.
#include "execution.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jobs.h"
#include "redirection.h"
#include "script.h"
#include "shell.h"
#include "simple.h"
#include "traps.h"
#include "variables.h"

enum { COMMANDS_DEPTH = 2000, OUTPUT_LIMIT = 32 << 20 };

void leave_shell(void) {
    trap_run_exit();
    if (shell.is_child) _exit(shell.status); // the parent's buffers are the parent's
    exit(shell.status);
}

// In a child, which ends with it.
static _Noreturn void run_and_leave(const struct command *command) {
    run_command(command, true);
    leave_shell();
}

static int run_background(const struct command *command) {
    struct job *job = job_new(command->source, command->source_length);
    pid_t pid = job_fork(job, false);
    if (pid == 0) {
        bool had_control = getpgrp() == getpid(); // then who reads is stopped, and may come to the front
        int null = had_control ? -1 : open("/dev/null", O_RDONLY);
        if (null > 0) {
            dup2(null, STDIN_FILENO);
            close(null);
        }
        run_and_leave(command);
    }
    if (pid < 0) {
        job_wait(job); // of what there is of it: nothing
        return shell.status = 2;
    }
    shell.background = pid;
    if (shell.interactive) {
        struct text line = {0};
        text_add_format(&line, "[%u] %d\n", job_number(job), (int)pid);
        write_all(STDERR_FILENO, text_string(&line), line.length);
        text_free(&line);
    }
    return shell.status = 0;
}

static void connect(int from, int to) {
    if (from < 0 || from == to) return;
    dup2(from, to);
    close(from);
}

static int run_pipeline_of(const struct command *pipeline) {
    struct job *job = job_new(pipeline->source, pipeline->source_length);
    int from = -1;
    for (const struct command *command = pipeline->first; command != NULL; command = command->next) {
        int ends[2] = {-1, -1};
        if (command->next != NULL && pipe(ends) < 0) {
            complain("pipe: %s", strerror(errno));
            break;
        }
        pid_t pid = job_fork(job, true);
        if (pid == 0) {
            if (ends[0] >= 0) close(ends[0]);
            connect(from, STDIN_FILENO);
            connect(ends[1], STDOUT_FILENO);
            run_and_leave(command);
        }
        if (from >= 0) close(from);
        if (ends[1] >= 0) close(ends[1]);
        from = ends[0];
        if (pid < 0) break;
    }
    if (from >= 0) close(from);
    return job_wait(job);
}

static void tell_times(const struct timespec *begin, const struct tms *before) {
    struct timespec end;
    struct tms after;
    clock_gettime(CLOCK_MONOTONIC, &end);
    times(&after);
    double tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
    double real = (double)(end.tv_sec - begin->tv_sec) + (double)(end.tv_nsec - begin->tv_nsec) / 1e9;
    double user = (double)(after.tms_utime + after.tms_cutime - before->tms_utime - before->tms_cutime) * tick;
    double system = (double)(after.tms_stime + after.tms_cstime - before->tms_stime - before->tms_cstime) * tick;
    struct text text = {0};
    text_add_format(&text, "real %.3f\nuser %.3f\nsys %.3f\n", real, user, system);
    write_all(STDERR_FILENO, text_string(&text), text.length);
    text_free(&text);
}

static int run_pipeline(const struct command *pipeline, bool last) {
    struct timespec begin;
    struct tms before;
    if (pipeline->timed) {
        clock_gettime(CLOCK_MONOTONIC, &begin);
        times(&before);
    }
    bool waits = shell.waits_for_test;
    shell.waits_for_test = waits || pipeline->negated;
    last = last && !pipeline->negated && !pipeline->timed;
    int status = pipeline->first->next == NULL ? run_command(pipeline->first, last) : run_pipeline_of(pipeline);
    shell.waits_for_test = waits;
    if (pipeline->timed) tell_times(&begin, &before);
    return pipeline->negated ? status == 0 : status;
}

static int run_and_or(const struct command *command, bool last) {
    bool waits = shell.waits_for_test;
    shell.waits_for_test = true;
    int status = run_command(command->first, false);
    shell.waits_for_test = waits;
    if (shell.flow != FLOW_ON || (status == 0) != (command->kind == COMMAND_AND)) return status;
    return run_command(command->second, last);
}

int run_command(const struct command *command, bool last) {
    if (shell.depth >= COMMANDS_DEPTH) {
        give_up("commands are run more than %d deep", COMMANDS_DEPTH);
        return shell.status;
    }
    shell.depth++;
    int status;
    bool checked = true; // whether -e looks at the status
    if (command->kind == COMMAND_SIMPLE) {
        status = run_simple(command, last);
    } else if (command->kind == COMMAND_PIPELINE) {
        checked = !command->negated;
        status = run_pipeline(command, last);
    } else if (command->kind == COMMAND_AND || command->kind == COMMAND_OR) {
        checked = false; // its right side has been
        status = run_and_or(command, last);
    } else {
        checked = command->kind == COMMAND_SUBSHELL;
        status = run_compound(command, last);
    }
    shell.depth--;
    if (shell.flow == FLOW_EXIT || shell.flow == FLOW_ABORT) return shell.status;
    shell.status = status;
    if (checked && status != 0 && shell.exit_on_error && !shell.waits_for_test && shell.flow == FLOW_ON) {
        shell.flow = FLOW_EXIT;
    }
    return status;
}

int run_list(const struct command *list, bool last) {
    for (; list != NULL && shell.flow == FLOW_ON; list = list->next) {
        if (list->background) {
            run_background(list);
        } else {
            run_command(list, last && list->next == NULL);
        }
        traps_run();
    }
    return shell.status;
}

void substitute_commands(const char *commands, size_t length, struct text *output) {
    int ends[2];
    if (pipe(ends) < 0) {
        give_up("pipe: %s", strerror(errno));
        return;
    }
    traps_hold();
    pid_t pid = fork();
    if (pid == 0) traps_in_child(true, false);
    traps_let();
    if (pid == 0) {
        shell.job_control = shell.interactive = false;
        shell.is_child = true;
        jobs_forget();
        close(ends[0]);
        connect(ends[1], STDOUT_FILENO);
        run_text(commands, length, true);
        leave_shell();
    }
    close(ends[1]);
    if (pid < 0) {
        give_up("fork: %s", strerror(errno));
    }
    char bytes[4096];
    for (ssize_t count;
         pid > 0 && ((count = read(ends[0], bytes, sizeof bytes)) > 0 || (count < 0 && errno == EINTR));) {
        for (ssize_t i = 0; i < count; i++) { // a value has no zero bytes
            if (bytes[i] != '\0') text_add_char(output, bytes[i]);
        }
        if (output->length > OUTPUT_LIMIT) {
            give_up("$( ): more than %d bytes", OUTPUT_LIMIT);
            break;
        }
    }
    close(ends[0]);
    int status = 0;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    shell.substitution_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    while (output->length > 0 && output->bytes[output->length - 1] == '\n') text_cut(output, output->length - 1);
    if (shell.substitution_status != 128 + 2) return;
    traps_run(); // Ctrl-C was for us too
}
