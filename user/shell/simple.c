// SPDX-License-Identifier: MIT
// A simple command.
#include "simple.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builtin.h"
#include "execution.h"
#include "expansion.h"
#include "functions.h"
#include "jobs.h"
#include "redirection.h"
#include "script.h"
#include "shell.h"
#include "traps.h"
#include "variables.h"

static struct scratch expanded; // of the commands that are being run, one above the other

// How an assignment before a command lasts.
enum lasting { LASTS, LASTS_EXPORTED, IS_LOCAL };

static bool assign(const struct word *assignments, enum lasting lasting, struct text *shown) {
    for (; assignments != NULL; assignments = assignments->next) {
        const char *equals = strchr(assignments->text, '=');
        char *name = scratch_copy(&expanded, assignments->text, (size_t)(equals - assignments->text));
        const char *value = expand_text(equals + 1, EXPAND_ASSIGNMENT, &expanded);
        if (value == NULL) return false;
        if (lasting == IS_LOCAL) variable_local(name);
        if (!variable_set(name, value)) {
            give_up("%.100s: is read-only", name);
            return false;
        }
        if (lasting != LASTS) variable_export(name);
        if (shown != NULL) text_add_format(shown, "%s%s=%s", shown->length > 0 ? " " : "", name, value);
    }
    return true;
}

static void trace(const struct text *assigned, size_t count, char **words) {
    struct text line = {0};
    const char *prompt = variable_get("PS4");
    text_add_string(&line, prompt != NULL ? prompt : "+ ");
    text_add(&line, text_string(assigned), assigned->length);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 || assigned->length > 0) text_add_char(&line, ' ');
        bool plain = *words[i] != '\0' && strpbrk(words[i], " \t\n'\"\\$`*?[]|&;<>(){}~#") == NULL;
        if (plain) {
            text_add_string(&line, words[i]);
        } else {
            text_add_quoted(&line, words[i]);
        }
    }
    text_add_char(&line, '\n');
    write_all(STDERR_FILENO, text_string(&line), line.length);
    text_free(&line);
}

char *program_path(const char *name) {
    if (strchr(name, '/') != NULL) return memory_copy(name);
    const char *folders = variable_get("PATH");
    char *found = NULL;
    while (folders != NULL && *folders != '\0') {
        size_t length = strcspn(folders, ":");
        struct text path = {0};
        struct stat status;
        text_add(&path, folders, length);
        text_add_format(&path, "%s%s", length > 0 ? "/" : "", name);
        if (stat(path.bytes, &status) == 0 && S_ISREG(status.st_mode)) {
            if ((status.st_mode & 0111) != 0 && access(path.bytes, X_OK) == 0) {
                free(found);
                return path.bytes;
            }
            if (found == NULL) { // one that may not be run is told, if there is no other
                found = path.bytes;
                path = (struct text){0};
            }
        }
        text_free(&path);
        folders += length + (folders[length] == ':');
    }
    return found;
}

int run_program(char **words) {
    char *path = program_path(words[0]);
    if (path == NULL) {
        complain("%.200s: not found", words[0]);
        return 127;
    }
    char **environment = variables_environment();
    execve(path, words, environment);
    int error = errno;
    struct stat status;
    if (error == ENOEXEC) { // a script without #!
        size_t count = 0;
        while (words[count] != NULL) count++;
        parameters_set(words + 1, count - 1);
        shell.name = path;
        shell.flow = FLOW_ON;
        if (run_file(path)) return shell.status;
        error = errno;
    }
    if (error == EACCES && stat(path, &status) == 0 && S_ISDIR(status.st_mode)) error = EISDIR;
    complain("%.200s: %s", words[0], error == ENOENT ? "not found" : strerror(error));
    for (char **one = environment; *one != NULL; one++) free(*one);
    free(environment);
    free(path);
    return error == ENOENT || error == ENOTDIR ? 127 : 126;
}

static _Noreturn void become_program(const struct command *command, char **words) {
    if (!redirect(command->redirections, &expanded, NULL)) {
        shell.status = 2;
    } else if (!assign(command->assignments, LASTS_EXPORTED, NULL)) {
        shell.status = 2;
    } else {
        shell.status = run_program(words);
    }
    leave_shell();
}

static int start_program(const struct command *command, char **words, bool last) {
    if (last && shell.is_child && !trap_at_exit()) become_program(command, words);
    struct job *job = job_new(command->source, command->source_length);
    if (job_fork(job, true) == 0) become_program(command, words);
    return job_wait(job);
}

// A function or a builtin: in the shell itself. => its status
static int run_here(const struct command *command, const struct builtin *builtin, size_t count, char **words) {
    struct saved_descriptor *saved = NULL;
    size_t mark = variables_mark();
    int status = 2;
    bool special = builtin != NULL && builtin->special, runs_exec = special && builtin->run == builtin_exec;
    if (!redirect(command->redirections, &expanded, &saved)) {
        shell.status = 2;
        if (special && !shell.interactive) shell.flow = FLOW_EXIT;
    } else if (assign(command->assignments, !special ? IS_LOCAL : runs_exec ? LASTS_EXPORTED : LASTS, NULL)) {
        if (builtin == NULL) {
            function_call(count, words);
            status = shell.status;
        } else {
            status = builtin->run((int)count, words);
        }
    }
    variables_restore(special ? variables_mark() : mark);
    if (runs_exec && shell.flow == FLOW_ON) {
        redirections_keep(saved); // exec without a program: they are the shell's now
    } else {
        redirections_undo(saved);
    }
    return status;
}

static int assign_alone(const struct command *command) {
    struct saved_descriptor *saved = NULL;
    struct text shown = {0};
    shell.substitution_status = 0;
    bool done = redirect(command->redirections, &expanded, &saved) &&
                assign(command->assignments, LASTS, shell.trace ? &shown : NULL);
    if (done && shell.trace && shown.length > 0) trace(&shown, 0, NULL);
    redirections_undo(saved);
    text_free(&shown);
    return done ? shell.substitution_status : 2;
}

static int run_words(const struct command *command, bool last) {
    struct word *list;
    size_t count;
    shell.substitution_status = 0;
    if (!expand_words(command->words, &expanded, &list, &count)) return 2;
    if (count == 0) {
        int substituted = shell.substitution_status;
        int status = assign_alone(command);
        return command->assignments == NULL && status == 0 ? substituted : status;
    }
    char **words = scratch_take(&expanded, (count + 1) * sizeof(char *));
    for (size_t i = 0; i < count; i++, list = list->next) {
        words[i] = scratch_copy(&expanded, list->text, strlen(list->text));
    }
    if (shell.trace) trace(&(struct text){0}, count, words);
    const struct builtin *builtin = builtin_find(words[0]);
    if ((builtin == NULL || !builtin->special) && function_exists(words[0])) {
        return run_here(command, NULL, count, words);
    }
    if (builtin != NULL) return run_here(command, builtin, count, words);
    return start_program(command, words, last);
}

int run_simple(const struct command *command, bool last) {
    struct scratch_mark mark = scratch_mark(&expanded);
    shell.line = command->line > 0 ? command->line : shell.line;
    int status = run_words(command, last);
    scratch_release(&expanded, mark);
    return status;
}
