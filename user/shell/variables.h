// SPDX-License-Identifier: MIT
// The shell's variables, and its positional parameters.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

struct parameters {
    char **values; // of $1 on
    size_t count;
};

extern struct parameters parameters;

// => NULL if it is not set
const char *variable_get(const char *name);

// => false: it is read-only
bool variable_set(const char *name, const char *value);
bool variable_unset(const char *name);
void variable_export(const char *name);
void variable_freeze(const char *name);
bool variable_is_name(const char *name);

// From the mark on, what is made local gets its old value back.
size_t variables_mark(void);
void variable_local(const char *name);
void variables_restore(size_t mark);

// => "NAME=value" of the exported, as execve wants it; memory_take'n
char **variables_environment(void);
void variables_import(char **environment);

// As `export -p`, `readonly -p`, `set` show them, sorted.
enum variables_shown { SHOW_ALL, SHOW_EXPORTED, SHOW_FROZEN };
void variables_show(enum variables_shown which, struct text *text);

// 'value', so that the shell reads it as it is
void text_add_quoted(struct text *text, const char *value);

// Copies of the values take the place of the parameters.
void parameters_set(char *const *values, size_t count);
void parameters_free(struct parameters *old);
