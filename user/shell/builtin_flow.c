// SPDX-License-Identifier: MIT
// Builtins that change what runs next.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builtin.h"
#include "execution.h"
#include "functions.h"
#include "jobs.h"
#include "script.h"
#include "shell.h"
#include "traps.h"
#include "variables.h"

// => false: it is no number
static bool read_number(const char *text, int *number) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    *number = (int)value;
    return *text != '\0' && *end == '\0' && errno == 0 && value >= 0 && value <= 0x7fffffff;
}

static int leave_loops(int count, char **words, enum flow flow) {
    int levels = 1;
    if (count > 1 && (!read_number(words[1], &levels) || levels == 0)) {
        return builtin_fail(words[0], "%.100s: no number of loops", words[1]);
    }
    if (shell.loops == 0) return 0;
    shell.levels = (unsigned)levels < shell.loops ? (unsigned)levels : shell.loops;
    shell.flow = flow;
    return 0;
}

int builtin_break(int count, char **words) { return leave_loops(count, words, FLOW_BREAK); }

int builtin_continue(int count, char **words) { return leave_loops(count, words, FLOW_CONTINUE); }

static int leave_with(int count, char **words, enum flow flow) {
    int status = shell.status;
    if (count > 1 && !read_number(words[1], &status)) {
        status = builtin_fail(words[0], "%.100s: no number", words[1]);
    }
    shell.status = status & 0xff;
    shell.flow = flow;
    return shell.status;
}

int builtin_return(int count, char **words) { return leave_with(count, words, FLOW_RETURN); }

int builtin_exit(int count, char **words) {
    static bool warned;
    if (shell.interactive && jobs_are_stopped() && !warned) {
        warned = true;
        return builtin_fail("exit", "there are stopped jobs; once more to leave them");
    }
    return leave_with(count, words, FLOW_EXIT);
}

int builtin_eval(int count, char **words) {
    struct text text = {0};
    for (int i = 1; i < count; i++) {
        if (i > 1) text_add_char(&text, ' ');
        text_add_string(&text, words[i]);
    }
    shell.status = 0;
    int status = run_text(text_string(&text), text.length, false);
    text_free(&text);
    return status;
}

int builtin_dot(int count, char **words) {
    if (count < 2) return builtin_fail(".", "a file is missing");
    char *path = strchr(words[1], '/') == NULL ? program_path(words[1]) : NULL;
    shell.status = 0;
    bool done = run_file(path != NULL ? path : words[1]);
    free(path);
    if (!done) {
        give_up(".: %.200s: %s", words[1], strerror(errno));
        return 2;
    }
    if (shell.flow == FLOW_RETURN) shell.flow = FLOW_ON;
    return shell.status;
}

int builtin_exec(int count, char **words) {
    if (count < 2) return 0;
    bool interactive = shell.interactive;
    traps_in_child(true, shell.job_control); // a program gets the signals as they were
    int status = run_program(words + 1);
    if (interactive) {
        traps_begin(true);
    } else {
        shell.flow = FLOW_EXIT;
    }
    return shell.status = status;
}

static void describe(struct text *text, const char *name, bool briefly) {
    const struct builtin *builtin = builtin_find(name);
    bool here = builtin != NULL || function_exists(name);
    char *path = here ? NULL : program_path(name);
    if (briefly) {
        if (here || path != NULL) text_add_format(text, "%s\n", here ? name : path);
    } else if (here) {
        const char *what =
            builtin != NULL && (builtin->special || !function_exists(name)) ? "a shell builtin" : "a shell function";
        text_add_format(text, "%s is %s\n", name, what);
    } else if (path != NULL) {
        text_add_format(text, "%s is %s\n", name, path);
    }
    free(path);
}

static int describe_all(const char *name, int count, char **words, bool briefly) {
    struct text text = {0};
    int status = 0;
    for (int i = 0; i < count; i++) {
        size_t before = text.length;
        describe(&text, words[i], briefly);
        if (text.length > before) continue;
        status = 127;
        if (!briefly) complain("%s: not found", words[i]);
    }
    int said = builtin_say(name, &text);
    return status != 0 ? status : said;
}

int builtin_type(int count, char **words) { return describe_all("type", count - 1, words + 1, false); }

// Without functions; -v and -V only say what it is.
int builtin_command(int count, char **words) {
    if (count < 2) return 0;
    if (strcmp(words[1], "-v") == 0) return describe_all("command", count - 2, words + 2, true);
    if (strcmp(words[1], "-V") == 0) return describe_all("command", count - 2, words + 2, false);
    const struct builtin *builtin = builtin_find(words[1]);
    if (builtin != NULL) return builtin->run(count - 1, words + 1);
    struct job *job = job_new(words[1], strlen(words[1]));
    if (job_fork(job, true) == 0) {
        shell.status = run_program(words + 1);
        leave_shell();
    }
    return job_wait(job);
}
