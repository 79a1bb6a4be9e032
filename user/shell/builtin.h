// SPDX-License-Identifier: MIT
// The commands that the shell does itself: words in, a status out.
#pragma once

#include <stdbool.h>

#include "text.h"

struct builtin {
    const char *name;
    int (*run)(int count, char **words); // words[0] is its name
    bool special;
};

// => NULL if there is none
const struct builtin *builtin_find(const char *name);

// In the order of the table. => NULL behind the last
const char *builtin_name(unsigned index);

// Writes and frees what a builtin has to say. => its status
int builtin_say(const char *name, struct text *text);

// A complaint with the builtin's name. => status 2
__attribute__((format(printf, 2, 3))) int builtin_fail(const char *name, const char *format, ...);

// test's: evaluates words. => 0 or 1; 2 if they are no expression, and it has been complained
int condition(const char *name, int count, char **words);

// printf's. => the status
int printing(int count, char **words, struct text *output);

int builtin_bg(int count, char **words);
int builtin_break(int count, char **words);
int builtin_cd(int count, char **words);
int builtin_colon(int count, char **words);
int builtin_command(int count, char **words);
int builtin_continue(int count, char **words);
int builtin_dot(int count, char **words);
int builtin_echo(int count, char **words);
int builtin_eval(int count, char **words);
int builtin_exec(int count, char **words);
int builtin_exit(int count, char **words);
int builtin_export(int count, char **words);
int builtin_false(int count, char **words);
int builtin_fg(int count, char **words);
int builtin_jobs(int count, char **words);
int builtin_kill(int count, char **words);
int builtin_local(int count, char **words);
int builtin_printf(int count, char **words);
int builtin_pwd(int count, char **words);
int builtin_read(int count, char **words);
int builtin_readonly(int count, char **words);
int builtin_return(int count, char **words);
int builtin_set(int count, char **words);
int builtin_shift(int count, char **words);
int builtin_test(int count, char **words);
int builtin_times(int count, char **words);
int builtin_trap(int count, char **words);
int builtin_type(int count, char **words);
int builtin_umask(int count, char **words);
int builtin_unset(int count, char **words);
int builtin_wait(int count, char **words);
