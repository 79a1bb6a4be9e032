// SPDX-License-Identifier: MIT
// Loops, choices, groups, subshells, definitions.
#include <string.h>

#include "execution.h"
#include "expansion.h"
#include "functions.h"
#include "jobs.h"
#include "pattern.h"
#include "redirection.h"
#include "shell.h"
#include "traps.h"
#include "variables.h"

static struct scratch expanded; // words of loops and choices, while their bodies run

// Behind a loop's body. => whether it goes round again
static bool goes_round(void) {
    if (shell.flow == FLOW_BREAK || shell.flow == FLOW_CONTINUE) {
        if (--shell.levels > 0) return false; // an outer loop's
        bool again = shell.flow == FLOW_CONTINUE;
        shell.flow = FLOW_ON;
        return again;
    }
    return shell.flow == FLOW_ON;
}

static bool test_is(const struct command *condition, bool wanted) {
    bool waits = shell.waits_for_test;
    shell.waits_for_test = true;
    bool is = (run_list(condition, false) == 0) == wanted;
    shell.waits_for_test = waits;
    return is && shell.flow == FLOW_ON;
}

static int run_while(const struct command *command) {
    int status = 0;
    shell.loops++;
    for (;;) {
        bool holds = test_is(command->first, command->kind == COMMAND_WHILE);
        if (holds) status = run_list(command->second, false);
        bool on = shell.flow == FLOW_ON;
        if (!goes_round() || (!holds && on)) break;
    }
    shell.loops--;
    return status;
}

static int run_for(const struct command *command) {
    struct scratch_mark mark = scratch_mark(&expanded);
    struct word *list = NULL;
    size_t count = parameters.count;
    if (command->has_in && !expand_words(command->words, &expanded, &list, &count)) return 2;
    if (!command->has_in) {
        struct word **last = &list;
        for (size_t i = 0; i < count; i++, last = &(*last)->next) {
            *last = scratch_take(&expanded, sizeof **last);
            (*last)->text = scratch_copy(&expanded, parameters.values[i], strlen(parameters.values[i]));
        }
    }
    int status = 0;
    shell.loops++;
    for (; list != NULL; list = list->next) {
        if (!variable_set(command->name, list->text)) {
            give_up("%.100s: is read-only", command->name);
            break;
        }
        status = run_list(command->second, false);
        if (!goes_round()) break;
    }
    shell.loops--;
    scratch_release(&expanded, mark);
    return status;
}

static const struct case_item *choose(const struct command *command) {
    const char *word = expand_text(command->words->text, EXPAND_WORD, &expanded);
    for (const struct case_item *item = command->items; item != NULL && word != NULL; item = item->next) {
        for (const struct word *one = item->patterns; one != NULL; one = one->next) {
            const char *pattern = expand_pattern(one->text, &expanded);
            if (pattern == NULL) return NULL;
            if (pattern_matches(pattern, word, strlen(word))) return item;
        }
    }
    return NULL;
}

static int run_case(const struct command *command, bool last) {
    struct scratch_mark mark = scratch_mark(&expanded);
    const struct case_item *item = choose(command);
    scratch_release(&expanded, mark);
    return item != NULL && item->body != NULL && shell.flow == FLOW_ON ? run_list(item->body, last) : 0;
}

static int run_if(const struct command *command, bool last) {
    if (test_is(command->first, true)) return run_list(command->second, last);
    if (shell.flow != FLOW_ON || command->otherwise == NULL) return 0;
    return run_list(command->otherwise, last);
}

static int run_subshell(const struct command *command, bool last) {
    if (last && shell.is_child && !trap_at_exit()) return run_list(command->first, true); // it is one already
    struct job *job = job_new(command->source, command->source_length);
    if (job_fork(job, true) == 0) {
        run_list(command->first, true);
        leave_shell();
    }
    return job_wait(job);
}

int run_compound(const struct command *command, bool last) {
    struct scratch_mark mark = scratch_mark(&expanded);
    struct saved_descriptor *saved = NULL;
    int status = 2;
    if (redirect(command->redirections, &expanded, &saved)) {
        last = last && saved == NULL;
        switch (command->kind) {
        case COMMAND_GROUP:
            status = run_list(command->first, last);
            break;
        case COMMAND_SUBSHELL:
            status = run_subshell(command, last);
            break;
        case COMMAND_IF:
            status = run_if(command, last);
            break;
        case COMMAND_WHILE:
        case COMMAND_UNTIL:
            status = run_while(command);
            break;
        case COMMAND_FOR:
            status = run_for(command);
            break;
        case COMMAND_CASE:
            status = run_case(command, last);
            break;
        case COMMAND_FUNCTION:
            function_define(command->name, command->first);
            status = 0;
            break;
        case COMMAND_SIMPLE:
        case COMMAND_PIPELINE:
        case COMMAND_AND:
        case COMMAND_OR:
            break; // run elsewhere
        }
    }
    redirections_undo(saved);
    scratch_release(&expanded, mark);
    return status;
}
