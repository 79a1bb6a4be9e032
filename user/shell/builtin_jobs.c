// SPDX-License-Identifier: MIT
// Builtins for jobs and signals.
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builtin.h"
#include "jobs.h"
#include "shell.h"
#include "signal_names.h"
#include "traps.h"

int builtin_jobs(int count, char **words) {
    struct text text = {0};
    jobs_tell(&text, true, count > 1 && strcmp(words[1], "-l") == 0);
    return builtin_say("jobs", &text);
}

static struct job *wanted(const char *name, const char *which) {
    if (!shell.job_control) {
        complain("%s: no job control", name);
        return NULL;
    }
    struct job *job = job_find(which);
    if (job == NULL) complain("%s: %.100s: no such job", name, which != NULL ? which : "%%");
    return job;
}

int builtin_fg(int count, char **words) {
    struct job *job = wanted("fg", count > 1 ? words[1] : NULL);
    if (job == NULL) return 2;
    struct text text = {0};
    text_add_format(&text, "%s\n", job_text(job));
    builtin_say("fg", &text);
    return job_to_front(job);
}

int builtin_bg(int count, char **words) {
    struct job *job = wanted("bg", count > 1 ? words[1] : NULL);
    if (job == NULL) return 2;
    struct text text = {0};
    text_add_format(&text, "[%u] %s &\n", job_number(job), job_text(job));
    job_to_back(job);
    return builtin_say("bg", &text);
}

int builtin_wait(int count, char **words) {
    if (count < 2) return jobs_wait_all();
    int status = 0;
    for (int i = 1; i < count; i++) status = jobs_wait(words[i]);
    return status;
}

static int list_signals(void) {
    struct text text = {0};
    for (int i = 1; i < SIGNALS; i++) text_add_format(&text, "%s%s", signal_name(i), i % 8 == 0 ? "\n" : " ");
    text_add_char(&text, '\n');
    return builtin_say("kill", &text);
}

static int send(const char *target, int signal) {
    char *end;
    pid_t pid = (pid_t)strtol(target, &end, 10);
    if (*target == '%') {
        const struct job *job = job_find(target);
        if (job == NULL) return builtin_fail("kill", "%.100s: no such job", target);
        pid = job_group(job) != 0 ? -job_group(job) : job_last_process(job);
    } else if (*target == '\0' || *end != '\0') {
        return builtin_fail("kill", "%.100s: no process", target);
    }
    if (kill(pid, signal) < 0) {
        builtin_fail("kill", "%.100s: %s", target, strerror(errno));
        return 1;
    }
    // What is stopped cannot die of it before it goes on.
    if (*target == '%' && (signal == SIGTERM || signal == SIGHUP)) kill(pid, SIGCONT);
    return 0;
}

int builtin_kill(int count, char **words) {
    int signal = SIGTERM, i = 1;
    if (i < count && strcmp(words[i], "-l") == 0) return list_signals();
    if (i < count && words[i][0] == '-' && words[i][1] != '\0' && strcmp(words[i], "--") != 0) {
        const char *name = words[i] + 1;
        if (strcmp(name, "s") == 0 && i + 1 < count) name = words[++i];
        signal = strcmp(name, "0") == 0 ? 0 : signal_by_name(name);
        if (signal < 0) return builtin_fail("kill", "%.100s: no such signal", name);
        i++;
    }
    if (i < count && strcmp(words[i], "--") == 0) i++;
    if (i == count) return builtin_fail("kill", "a process is missing");
    int status = 0;
    for (; i < count; i++) {
        int one = send(words[i], signal);
        if (one != 0) status = one;
    }
    return status;
}

int builtin_trap(int count, char **words) {
    int i = 1, status = 0;
    if (i < count && strcmp(words[i], "--") == 0) i++;
    if (i == count) {
        struct text text = {0};
        traps_show(&text);
        return builtin_say("trap", &text);
    }
    const char *action = words[i];
    if (i + 1 == count || strspn(action, "0123456789") == strlen(action)) {
        action = NULL; // `trap 2`, `trap INT`: back to the default
    } else {
        i++;
    }
    if (action != NULL && strcmp(action, "-") == 0) action = NULL;
    for (; i < count; i++) {
        int signal = signal_by_name(words[i]);
        if (signal < 0) {
            status = builtin_fail("trap", "%.100s: no such signal", words[i]);
        } else {
            trap_set(signal, action);
        }
    }
    return status != 0 ? 1 : 0;
}
