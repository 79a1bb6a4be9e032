// SPDX-License-Identifier: MIT
// Programs that begin with #!, as Linux reads them: the first word is a path, all that follows it is one word.
#include "linux_script.h"

#include "linux_errors.h"
#include "linux_load.h"
#include "string.h"

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool script_read(char line[SCRIPT_LINE + 1], const char **interpreter, const char **argument) {
    char *at = line + 2, *end = at;
    line[SCRIPT_LINE] = '\0';
    while (*end != '\0' && *end != '\n') end++;
    bool is_whole = end < line + SCRIPT_LINE;
    if (!is_whole) *--end = '\0'; // as Linux does it: without a line's end the last byte does not count
    while (end > at && is_blank(end[-1])) end--;
    while (at < end && is_blank(*at)) at++;
    *interpreter = at;
    while (at < end && !is_blank(*at)) at++;
    if (*interpreter == at || (at == end && !is_whole)) return false; // nothing; or perhaps only the path's beginning
    char *rest = at;
    while (rest < end && is_blank(*rest)) rest++;
    *end = *at = '\0';
    *argument = rest < end ? rest : NULL;
    return true;
}

struct linux_refusal script_open(const char **file, const char ***words, uint64_t *count) {
    static char lines[SCRIPT_DEPTH][SCRIPT_LINE + 1]; // of one execve at a time
    for (unsigned depth = 0;; depth++) {
        const char *interpreter, *argument;
        struct linux_refusal refusal = load_open(*file);
        const char *line = load_script();
        if (line == NULL) return refusal;
        if (depth == SCRIPT_DEPTH) return (struct linux_refusal){-ELOOP, "scripts lead to scripts, too often"};
        memcpy(lines[depth], line, SCRIPT_LINE);
        if (!script_read(lines[depth], &interpreter, &argument))
            return (struct linux_refusal){-ENOEXEC, "its first line, after #!, does not say what runs it"};
        if (*count > 0) {
            (*words)++;
            (*count)--;
        }
        *--*words = *file;
        if (argument != NULL) *--*words = argument;
        *--*words = interpreter;
        *count += argument != NULL ? 3 : 2;
        *file = interpreter;
    }
}
