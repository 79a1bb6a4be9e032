// SPDX-License-Identifier: MIT
// The table of builtins, and those that say and do least.
#include "builtin.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shell.h"

static const struct builtin builtins[] = {
#define BUILTIN(function, name, special) {name, builtin_##function, special},
#include "builtins.def"
#undef BUILTIN
};

const struct builtin *builtin_find(const char *name) {
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++) {
        if (strcmp(builtins[i].name, name) == 0) return &builtins[i];
    }
    return NULL;
}

const char *builtin_name(unsigned index) {
    return index < sizeof builtins / sizeof *builtins ? builtins[index].name : NULL;
}

int builtin_say(const char *name, struct text *text) {
    bool done = write_all(STDOUT_FILENO, text_string(text), text->length);
    if (!done) complain("%s: %s", name, strerror(errno));
    text_free(text);
    return done ? 0 : 1;
}

int builtin_fail(const char *name, const char *format, ...) {
    char message[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    complain("%s: %s", name, message);
    return 2;
}

int builtin_colon(int count, char **words) {
    (void)count, (void)words;
    return 0;
}

int builtin_false(int count, char **words) {
    (void)count, (void)words;
    return 1;
}

int builtin_test(int count, char **words) {
    if (strcmp(words[0], "[") == 0) {
        if (strcmp(words[count - 1], "]") != 0) return builtin_fail("[", "a ] is missing");
        count--;
    }
    return condition(words[0], count - 1, words + 1);
}

int builtin_printf(int count, char **words) {
    struct text output = {0};
    int status = printing(count, words, &output), said = builtin_say("printf", &output);
    return status != 0 ? status : said;
}
