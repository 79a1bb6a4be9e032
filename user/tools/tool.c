// SPDX-License-Identifier: MIT
// The one program of all tools: it looks by which name it was called.
#include "tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

const char *tool_name = "tools";

static bool complained;

static const struct {
    const char *name;
    int (*run)(int count, char **words);
} tools[] = {
#define TOOL(function, name) {name, tool_##function},
#include "tools.def"
#undef TOOL
};

static void complain_with(const char *format, va_list arguments) {
    fflush(stdout);
    fprintf(stderr, "%s: ", tool_name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    complained = true;
}

void complain(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    complain_with(format, arguments);
    va_end(arguments);
}

void give_up(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    complain_with(format, arguments);
    va_end(arguments);
    exit(2);
}

void complain_errno(const char *what) { complain("%s: %s", what, strerror(errno)); }

int tool_status(void) {
    if (fflush(stdout) != 0 || ferror(stdout)) complain_errno("output");
    return complained ? 1 : 0;
}

struct options options_read(int count, char **words, const char *allowed, const char *usage) {
    struct options options = {0};
    int i = 1;
    for (; i < count && words[i][0] == '-' && words[i][1] != '\0'; i++) {
        if (strcmp(words[i], "--") == 0) {
            i++;
            break;
        }
        for (const char *letter = words[i] + 1; *letter != '\0'; letter++) {
            const char *known = *letter != ':' && *letter > 0 ? strchr(allowed, *letter) : NULL;
            if (known == NULL) give_up("-%c: no such option; usage: %s %s", *letter, tool_name, usage);
            options.given[(int)*letter] = true;
            if (known[1] != ':') continue;
            if (letter[1] == '\0' && i + 1 == count)
                give_up("-%c needs a value; usage: %s %s", *letter, tool_name, usage);
            options.values[(int)*letter] = letter[1] != '\0' ? letter + 1 : words[++i];
            break;
        }
    }
    options.count = count - i;
    options.words = words + i;
    return options;
}

int64_t number_read(const char *text) {
    char *end;
    errno = 0;
    int64_t value = strtoll(text, &end, 10);
    unsigned shift = *end == 'k' || *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (shift > 0) end++;
    if (errno != 0 || end == text || *end != '\0' || value > INT64_MAX >> shift || value < INT64_MIN >> shift) {
        give_up("%s: no number", text);
    }
    return value * (INT64_C(1) << shift);
}

static int list_tools(void) {
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) puts(tools[i].name);
    return tool_status();
}

static int run_tool(int count, char **words) {
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
        if (strcmp(tools[i].name, path_base(words[0])) == 0) {
            tool_name = tools[i].name;
            return tools[i].run(count, words);
        }
    }
    return -1;
}

int main(int count, char **words) {
    int status = count > 0 ? run_tool(count, words) : -1;
    if (status < 0 && count > 1) status = run_tool(count - 1, words + 1); // tools NAME words
    if (status < 0 && count > 1) give_up("%s: no such tool", words[1]);
    return status < 0 ? list_tools() : status;
}
