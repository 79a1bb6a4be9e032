// SPDX-License-Identifier: MIT
// sort, uniq: lines in order, and once.
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tool.h"
#include "tools.h"

static const struct options *options;
static long key_first, key_last; // fields, from 1; 0: the whole line

struct lines {
    char **lines;
    size_t count, room;
};

static void add_lines(FILE *file, const char *name, void *context) {
    struct lines *lines = context;
    char *line = NULL;
    size_t room = 0;
    (void)name;
    for (ssize_t length; (length = getline(&line, &room, file)) >= 0;) {
        if (length > 0 && line[length - 1] == '\n') line[length - 1] = '\0';
        if (lines->count == lines->room) {
            lines->room = lines->room > 0 ? 2 * lines->room : 256;
            lines->lines = realloc(lines->lines, lines->room * sizeof(char *));
        }
        char *copy = strdup(line);
        if (copy == NULL || lines->lines == NULL) give_up("out of memory");
        lines->lines[lines->count++] = copy;
    }
    free(line);
}

// A field begins behind a separator, or with the blanks before it.
static const char *field(const char *line, long number) {
    const char *separator = options->values['t'];
    for (; number > 1 && *line != '\0'; number--) {
        if (separator != NULL) {
            line += strcspn(line, (char[]){*separator, '\0'});
            line += *line != '\0';
        } else {
            line += strspn(line, " \t");
            line += strcspn(line, " \t");
        }
    }
    return line;
}

static int compare_keys(const char *one, const char *other) {
    size_t first = strlen(one), second = strlen(other);
    if (key_first > 0) {
        const char *line = one, *end = key_last > 0 ? field(line, key_last + 1) : line + first;
        one = field(line, key_first);
        if (key_last > 0 && options->values['t'] != NULL && *end != '\0') end--;
        first = end > one ? (size_t)(end - one) : 0;
        line = other;
        end = key_last > 0 ? field(line, key_last + 1) : line + second;
        other = field(line, key_first);
        if (key_last > 0 && options->values['t'] != NULL && *end != '\0') end--;
        second = end > other ? (size_t)(end - other) : 0;
    }
    if (options->given['n']) {
        double left = strtod(one, NULL), right = strtod(other, NULL);
        return (left > right) - (left < right);
    }
    size_t least = first < second ? first : second;
    int order = options->given['f'] ? strncasecmp(one, other, least) : memcmp(one, other, least);
    return order != 0 ? order : (first > second) - (first < second);
}

static int order(const void *left, const void *right) {
    const char *const *one = left, *const *other = right;
    int result = compare_keys(*one, *other);
    if (result == 0 && !options->given['u']) result = strcmp(*one, *other); // so that the order is one
    return options->given['r'] ? -result : result;
}

int tool_sort(int count, char **words) {
    struct options given =
        options_read(count, words, "nrufk:t:o:", "[-nruf] [-k FIRST[,LAST]] [-t C] [-o FILE] [FILE]...");
    struct lines lines = {0};
    options = &given;
    if (given.values['k'] != NULL) {
        char *end;
        key_first = strtol(given.values['k'], &end, 10);
        if (*end == ',') key_last = strtol(end + 1, &end, 10);
        if (key_first < 1 || key_last < 0) give_up("%s: no field", given.values['k']);
    }
    each_input(&given, add_lines, &lines);
    if (lines.count > 0) qsort(lines.lines, lines.count, sizeof(char *), order);
    if (given.values['o'] != NULL && freopen(given.values['o'], "w", stdout) == NULL)
        give_up("%s: cannot be written", given.values['o']);
    for (size_t i = 0; i < lines.count; i++) {
        if (given.given['u'] && i > 0 && compare_keys(lines.lines[i - 1], lines.lines[i]) == 0) continue;
        if (puts(lines.lines[i]) == EOF) break;
    }
    for (size_t i = 0; i < lines.count; i++) free(lines.lines[i]);
    free(lines.lines);
    return tool_status();
}

static void print_run(const char *line, uint64_t times) {
    bool wanted = (!options->given['d'] || times > 1) && (!options->given['u'] || times == 1);
    if (times == 0 || !wanted) return;
    if (options->given['c']) printf("%7" PRIu64 " ", times);
    puts(line);
}

static void uniq(FILE *file, const char *name, void *context) {
    char *line = NULL, *before = NULL;
    size_t room = 0, before_room = 0;
    uint64_t times = 0;
    (void)name, (void)context;
    for (ssize_t length; (length = getline(&line, &room, file)) >= 0;) {
        if (length > 0 && line[length - 1] == '\n') line[length - 1] = '\0';
        if (times > 0 && (options->given['i'] ? strcasecmp(line, before) : strcmp(line, before)) == 0) {
            times++;
            continue;
        }
        print_run(before, times);
        char *swapped = before;
        size_t swapped_room = before_room;
        before = line;
        before_room = room;
        line = swapped;
        room = swapped_room;
        times = 1;
    }
    print_run(before, times);
    free(line);
    free(before);
}

int tool_uniq(int count, char **words) {
    struct options given = options_read(count, words, "cdui", "[-cdui] [FILE]");
    options = &given;
    each_input(&given, uniq, NULL);
    return tool_status();
}
