// SPDX-License-Identifier: MIT
// grep: lines that match.
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tool.h"
#include "tools.h"

struct search {
    const struct options *options;
    const char *pattern;
    regex_t regex;
    bool named, found;
};

static bool matches(const struct search *search, const char *line, regmatch_t *match) {
    if (!search->options->given['F']) return regexec(&search->regex, line, 1, match, 0) == 0;
    const char *at = search->options->given['i'] ? strcasestr(line, search->pattern) : strstr(line, search->pattern);
    if (at == NULL) return false;
    match->rm_so = (regoff_t)(at - line);
    match->rm_eo = match->rm_so + (regoff_t)strlen(search->pattern);
    return !search->options->given['x'] || (match->rm_so == 0 && line[match->rm_eo] == '\0');
}

static void print_parts(const struct search *search, const char *line) {
    regmatch_t match;
    while (*line != '\0' && matches(search, line, &match)) {
        if (match.rm_eo > match.rm_so) printf("%.*s\n", (int)(match.rm_eo - match.rm_so), line + match.rm_so);
        line += match.rm_eo > match.rm_so ? match.rm_eo : match.rm_eo + 1;
        if (match.rm_eo == match.rm_so && line[-1] == '\0') break;
    }
}

static void look(FILE *file, const char *name, void *context) {
    struct search *search = context;
    const bool *given = search->options->given;
    char *line = NULL;
    size_t room = 0;
    unsigned long number = 0, count = 0;
    for (ssize_t length; (length = getline(&line, &room, file)) >= 0;) {
        regmatch_t match;
        number++;
        if (length > 0 && line[length - 1] == '\n') line[length - 1] = '\0';
        if (matches(search, line, &match) == given['v']) continue;
        search->found = true;
        count++;
        if (given['q']) exit(0);
        if (given['l']) break;
        if (given['c']) continue;
        if (search->named) printf("%s:", name);
        if (given['n']) printf("%lu:", number);
        if (given['o']) {
            print_parts(search, line);
        } else {
            puts(line);
        }
    }
    free(line);
    if (given['l'] && count > 0) puts(name);
    if (given['c'] && search->named) printf("%s:", name);
    if (given['c']) printf("%lu\n", count);
}

static void look_into(struct search *search, const char *path, unsigned depth) {
    struct stat status;
    if (stat(path, &status) < 0) {
        complain_errno(path);
    } else if (S_ISDIR(status.st_mode) && depth < 256) {
        size_t count;
        char **names = names_read(path, &count);
        for (size_t i = 0; names != NULL && i < count; i++) {
            char *inside = path_join(path, names[i]);
            if (lstat(inside, &status) == 0 && !S_ISLNK(status.st_mode)) look_into(search, inside, depth + 1);
            free(inside);
        }
        if (names != NULL) names_free(names, count);
    } else if (S_ISREG(status.st_mode)) {
        FILE *file = fopen(path, "r");
        if (file == NULL) {
            complain_errno(path);
        } else {
            look(file, path, search);
            fclose(file);
        }
    }
}

int tool_grep(int count, char **words) {
    struct options options = options_read(count, words,
                                          "EFciln"
                                          "oqrsvxhHe:",
                                          "[-EFcilnoqrvxhH] PATTERN [FILE]...");
    struct search search = {.options = &options, .pattern = options.values['e']};
    if (search.pattern == NULL) {
        if (options.count == 0) give_up("usage: grep [-EFcilnoqrvxhH] PATTERN [FILE]...");
        search.pattern = *options.words++;
        options.count--;
    }
    search.named = (options.count > 1 || options.given['r'] || options.given['H']) && !options.given['h'];
    if (!options.given['F']) {
        char *whole = NULL;
        size_t room = strlen(search.pattern) + 16;
        if (options.given['x'] && (whole = malloc(room)) != NULL) {
            snprintf(whole, room, options.given['E'] ? "^(%s)$" : "^\\(%s\\)$", search.pattern);
        }
        int flags = (options.given['E'] ? REG_EXTENDED : 0) | (options.given['i'] ? REG_ICASE : 0);
        int error = regcomp(&search.regex, whole != NULL ? whole : search.pattern, flags);
        if (error != 0) {
            char text[100];
            regerror(error, &search.regex, text, sizeof text);
            give_up("%s: %s", search.pattern, text);
        }
        free(whole);
    }
    if (options.given['r']) {
        if (options.count == 0) look_into(&search, ".", 0);
        for (int i = 0; i < options.count; i++) look_into(&search, options.words[i], 0);
    } else {
        each_input(&options, look, &search);
    }
    if (!options.given['F']) regfree(&search.regex);
    int status = tool_status();
    return status != 0 ? 2 : !search.found;
}
