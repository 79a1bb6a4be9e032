// SPDX-License-Identifier: MIT
// Jobs: the processes of a pipeline, in the foreground, in the background, or stopped.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "text.h"

struct job;

// Job control: the shell in a process group of its own, at this terminal. => false: it is not ours
bool jobs_begin(int terminal);

struct job *job_new(const char *text, size_t length);

// Forks: 0 in the child, which is in the job's group and has its signals as a program expects them.
// => -1: it could not, and it has been complained
pid_t job_fork(struct job *job, bool foreground);

// Waits until it has ended or stopped; it is forgotten when it has ended. => its status
int job_wait(struct job *job);

// Back in front, or on in the background.
int job_to_front(struct job *job);
void job_to_back(struct job *job);

// %1 %% %+ %- %text, a process number, NULL: the current one. => NULL if there is none
struct job *job_find(const char *name);

const char *job_text(const struct job *job);
unsigned job_number(const struct job *job);

// => 0: the shell's own
pid_t job_group(const struct job *job);
pid_t job_last_process(const struct job *job);

// What has changed since it was told last; all of it, for `jobs`.
void jobs_tell(struct text *text, bool all, bool with_processes);
bool jobs_are_stopped(void);

// `wait`: for one process or job, or all. => the status; 127 if it is not ours; above 128 if a signal came first
int jobs_wait(const char *name);
int jobs_wait_all(void);

// A child forgets them: they are not its own.
void jobs_forget(void);
