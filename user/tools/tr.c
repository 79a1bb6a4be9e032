// SPDX-License-Identifier: MIT
// tr, cut, seq: characters, columns, numbers.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"
#include "tools.h"

enum { SET_ROOM = 4096 };

// a-z, \n, [:upper:]. => how many bytes the set has
static size_t read_set(const char *text, unsigned char *set) {
    static const struct {
        const char *name;
        int (*test)(int);
    } classes[] = {{"[:alnum:]", isalnum}, {"[:alpha:]", isalpha}, {"[:blank:]", isblank}, {"[:digit:]", isdigit},
                   {"[:lower:]", islower}, {"[:punct:]", ispunct}, {"[:space:]", isspace}, {"[:upper:]", isupper}};
    static const char letters[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
    size_t length = 0;
    while (*text != '\0') {
        size_t found = 0;
        while (found < 8 && strncmp(text, classes[found].name, 9) != 0) found++;
        if (found < 8) {
            for (int byte = 0; byte < 256 && length < SET_ROOM; byte++) {
                if (classes[found].test(byte)) set[length++] = (unsigned char)byte;
            }
            text += 9;
            continue;
        }
        unsigned char first = (unsigned char)*text++;
        if (first == '\\' && *text != '\0') {
            const char *letter = strchr(letters, *text);
            if (*text >= '0' && *text <= '7') {
                char *end, digits[4] = "";
                strncat(digits, text, 3);
                first = (unsigned char)strtoul(digits, &end, 8);
                text += end - digits;
            } else {
                first = (unsigned char)(letter != NULL ? values[letter - letters] : *text);
                text++;
            }
        }
        unsigned last = first;
        if (text[0] == '-' && text[1] != '\0') {
            last = (unsigned char)text[1];
            text += 2;
            if (last < first) give_up("%c-%c: a range that runs backwards", first, (int)last);
        }
        for (unsigned byte = first; byte <= last && length < SET_ROOM; byte++) set[length++] = (unsigned char)byte;
    }
    return length;
}

int tool_tr(int count, char **words) {
    static unsigned char from[SET_ROOM], to[SET_ROOM];
    struct options options = options_read(count, words, "cCds", "[-cds] SET [SET]");
    bool removes = options.given['d'], squeezes = options.given['s'],
         inverted = options.given['c'] || options.given['C'];
    if (options.count < 1 || (options.count < 2 && !removes && !squeezes)) give_up("usage: tr [-cds] SET [SET]");
    size_t length = read_set(options.words[0], from), target = options.count > 1 ? read_set(options.words[1], to) : 0;
    int map[256];
    bool in_first[256] = {false}, in_last[256] = {false};
    for (size_t i = 0; i < length; i++) in_first[from[i]] = true;
    for (int byte = 0; byte < 256; byte++) {
        if (inverted) in_first[byte] = !in_first[byte];
        map[byte] = inverted && in_first[byte] && target > 0 ? to[target - 1] : byte;
    }
    for (size_t i = 0; i < length && target > 0 && !inverted; i++) map[from[i]] = to[i < target ? i : target - 1];
    for (size_t i = 0; i < target; i++) in_last[to[i]] = true;
    int before = EOF;
    for (int byte; (byte = getchar()) != EOF;) {
        if (removes && in_first[byte]) continue;
        int mapped = removes ? byte : map[byte];
        if (squeezes && mapped == before && (target > 0 ? in_last[mapped] : in_first[byte])) continue;
        before = mapped;
        if (putchar(mapped) == EOF) break;
    }
    return tool_status();
}

static bool in_list(const char *list, unsigned long number) {
    while (*list != '\0') {
        char *end;
        unsigned long first = *list == '-' ? 1 : strtoul(list, &end, 10), last = first;
        if (*list == '-') end = (char *)(uintptr_t)list;
        if (*end == '-') last = end[1] == '\0' || end[1] == ',' ? (unsigned long)-1 : strtoul(end + 1, NULL, 10);
        if (first == 0 || (end == list && *list != '-')) give_up("%s: no list of numbers", list);
        if (first <= number && number <= last) return true;
        list += strcspn(list, ",");
        list += *list == ',';
    }
    return false;
}

static void cut_fields(char *line, const char *list, char separator, bool only) {
    bool printed = false;
    if (strchr(line, separator) == NULL) {
        if (!only) puts(line);
        return;
    }
    for (unsigned long number = 1; line != NULL; number++) {
        char *next = strchr(line, separator);
        if (next != NULL) *next++ = '\0';
        if (in_list(list, number)) {
            if (printed) putchar(separator);
            fputs(line, stdout);
            printed = true;
        }
        line = next;
    }
    putchar('\n');
}

static void cut(FILE *file, const char *name, void *context) {
    const struct options *options = context;
    const char *fields = options->values['f'],
               *bytes = options->values['c'] != NULL ? options->values['c'] : options->values['b'];
    char *line = NULL, separator = options->values['d'] != NULL ? *options->values['d'] : '\t';
    size_t room = 0;
    (void)name;
    for (ssize_t length; (length = getline(&line, &room, file)) >= 0;) {
        if (length > 0 && line[length - 1] == '\n') line[length - 1] = '\0';
        if (fields != NULL) {
            cut_fields(line, fields, separator, options->given['s']);
            continue;
        }
        for (unsigned long i = 0; line[i] != '\0'; i++) {
            if (in_list(bytes, i + 1)) putchar(line[i]);
        }
        putchar('\n');
    }
    free(line);
}

int tool_cut(int count, char **words) {
    struct options options = options_read(count, words, "f:c:b:d:s", "-f LIST [-d C] [-s] | -c LIST  [FILE]...");
    if (!options.given['f'] && !options.given['c'] && !options.given['b'])
        give_up("usage: cut -f LIST [-d C] | -c LIST [FILE]...");
    each_input(&options, cut, &options);
    return tool_status();
}

int tool_seq(int count, char **words) {
    int first = count > 1 && strcmp(words[1], "-w") == 0 ? 2 : 1, given = count - first;
    if (given < 1 || given > 3) give_up("usage: seq [-w] [FIRST [STEP]] LAST");
    double numbers[3];
    int decimals = 0;
    for (int i = 0; i < given; i++) {
        char *end;
        numbers[i] = strtod(words[first + i], &end);
        if (end == words[first + i] || *end != '\0') give_up("%s: no number", words[first + i]);
        const char *point = strchr(words[first + i], '.');
        int behind = point != NULL ? (int)strspn(point + 1, "0123456789") : 0;
        if (behind > decimals && i + 1 < given) decimals = behind;
    }
    double from = given > 1 ? numbers[0] : 1, step = given > 2 ? numbers[1] : 1, to = numbers[given - 1];
    if (step == 0) give_up("a step of 0 has no end");
    int digits = first == 2 ? snprintf(NULL, 0, "%.*f", decimals, to > from ? to : from) : 0;
    for (double i = 0;; i++) { // multiplied: a sum would drift
        double value = from + i * step;
        if (step > 0 ? value > to * (1 + 1e-15) + 1e-300 : value < to - 1e-12) break;
        if (printf("%0*.*f\n", digits, decimals, value) < 0) break;
    }
    return tool_status();
}
