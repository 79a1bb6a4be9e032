// SPDX-License-Identifier: MIT
// The shell's functions.
#include "functions.h"

#include <stdlib.h>
#include <string.h>

#include "execution.h"
#include "script.h"
#include "shell.h"
#include "variables.h"

enum { CALLS_DEPTH = 500 };

struct function {
    struct function *next;
    char *name;
    const struct command *body;
    struct unit *unit;
};

static struct function *functions;

static struct function **find(const char *name) {
    struct function **link = &functions;
    while (*link != NULL && strcmp((*link)->name, name) != 0) link = &(*link)->next;
    return link;
}

bool function_exists(const char *name) { return *find(name) != NULL; }

void function_unset(const char *name) {
    struct function **link = find(name), *function = *link;
    if (function == NULL) return;
    *link = function->next;
    unit_leave(function->unit); // who runs it uses the unit too
    free(function->name);
    free(function);
}

void function_define(const char *name, const struct command *body) {
    struct function *function = memory_take(sizeof *function);
    unit_use(unit_running);
    function_unset(name);
    *function = (struct function){functions, memory_copy(name), body, unit_running};
    functions = function;
}

bool function_call(size_t count, char **words) {
    const struct function *function = *find(words[0]);
    if (function == NULL) return false;
    if (shell.functions >= CALLS_DEPTH) {
        give_up("%.100s: functions are called more than %d deep", words[0], CALLS_DEPTH);
        return true;
    }
    struct parameters old = parameters;
    struct unit *unit = function->unit, *outer = unit_running;
    size_t mark = variables_mark();
    unsigned loops = shell.loops;
    parameters = (struct parameters){0};
    parameters_set(words + 1, count - 1);
    unit_use(unit);
    unit_running = unit;
    shell.functions++;
    shell.loops = 0;
    shell.status = run_command(function->body, false);
    if (shell.flow == FLOW_RETURN) shell.flow = FLOW_ON;
    shell.loops = loops;
    shell.functions--;
    unit_running = outer;
    unit_leave(unit);
    variables_restore(mark);
    parameters_free(&parameters);
    parameters = old;
    return true;
}
