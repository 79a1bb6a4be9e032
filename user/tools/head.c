// SPDX-License-Identifier: MIT
// head, tail, wc: parts of texts, and how long they are.
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"
#include "tools.h"

// How much: -n LINES, -c BYTES, or -LINES as in the old days.
struct amount {
    int64_t count;
    bool bytes, titled, from; // from: +N
};

static struct amount read_amount(struct options *options, int count, char **words, const char *usage) {
    static char *joined[64];
    if (count > 1 && words[1][0] == '-' && isdigit((unsigned char)words[1][1]) && count < 62) {
        joined[0] = words[0];
        joined[1] = (char[]){"-n"};
        joined[2] = words[1] + 1;
        for (int i = 2; i <= count; i++) joined[i + 1] = words[i];
        *options = options_read(count + 1, joined, "n:c:q", usage);
    } else {
        *options = options_read(count, words, "n:c:q", usage);
    }
    const char *text = options->given['c'] ? options->values['c'] : options->given['n'] ? options->values['n'] : "10";
    return (struct amount){.count = number_read(text + (*text == '+')),
                           .bytes = options->given['c'],
                           .titled = options->count > 1 && !options->given['q'],
                           .from = *text == '+'};
}

static void print_title(const struct amount *amount, const char *name) {
    static bool later;
    if (amount->titled) printf("%s==> %s <==\n", later ? "\n" : "", name);
    later = true;
}

static void head(FILE *file, const char *name, void *context) {
    const struct amount *amount = context;
    print_title(amount, name);
    int byte;
    for (int64_t left = amount->count; left > 0 && (byte = getc(file)) != EOF;) {
        if (putchar(byte) == EOF) break;
        left -= amount->bytes || byte == '\n';
    }
}

int tool_head(int count, char **words) {
    struct options options;
    struct amount amount = read_amount(&options, count, words, "[-q] [-n LINES | -c BYTES] [FILE]...");
    if (amount.count < 0) give_up("a negative count is not known here");
    each_input(&options, head, &amount);
    return tool_status();
}

// The last of a file: kept in a ring of as many lines (or bytes) as are wanted.
static void tail(FILE *file, const char *name, void *context) {
    const struct amount *amount = context;
    print_title(amount, name);
    int64_t number = 1;
    int byte;
    if (amount->from) {
        while (number < amount->count && (byte = getc(file)) != EOF) number += amount->bytes || byte == '\n';
        while ((byte = getc(file)) != EOF && putchar(byte) != EOF) continue;
        return;
    }
    size_t kept = 0, room = 1 << 16, begin = 0; // begin: of what may be printed
    char *text = malloc(room);
    int64_t lines = 0;
    if (text == NULL) give_up("out of memory");
    while ((byte = getc(file)) != EOF) {
        if (kept == room) {
            if (begin > room / 2) {
                memmove(text, text + begin, kept -= begin);
                begin = 0;
            } else {
                char *larger = realloc(text, room *= 2);
                if (larger == NULL) give_up("out of memory");
                text = larger;
            }
        }
        text[kept++] = (char)byte;
        // A line counts when its first byte is there.
        bool begins = amount->bytes || kept == begin + 1 || text[kept - 2] == '\n';
        lines += begins;
        if (lines <= amount->count) continue;
        const char *newline = amount->bytes ? text + begin : memchr(text + begin, '\n', kept - begin);
        begin = newline != NULL ? (size_t)(newline - text) + 1 : kept;
        lines--;
    }
    fwrite(text + begin, 1, kept - begin, stdout);
    free(text);
}

int tool_tail(int count, char **words) {
    struct options options;
    struct amount amount = read_amount(&options, count, words, "[-q] [-n [+]LINES | -c [+]BYTES] [FILE]...");
    if (amount.count < 0) amount.count = -amount.count;
    each_input(&options, tail, &amount);
    return tool_status();
}

struct counts {
    const struct options *options;
    uint64_t lines, words, characters, bytes;
};

static void print_counts(const struct counts *counts, const char *name) {
    const bool *given = counts->options->given;
    bool all = !given['l'] && !given['w'] && !given['c'] && !given['m'];
    const char *between = "";
    const uint64_t numbers[] = {counts->lines, counts->words, counts->characters, counts->bytes};
    const bool shown[] = {all || given['l'], all || given['w'], given['m'], all || given['c']};
    for (size_t i = 0; i < 4; i++) {
        if (!shown[i]) continue;
        printf(all ? "%s%7" PRIu64 : "%s%" PRIu64, between, numbers[i]);
        between = " ";
    }
    printf("%s%s\n", name != NULL ? " " : "", name != NULL ? name : "");
}

static void word_count(FILE *file, const char *name, void *context) {
    struct counts *total = context, one = {.options = total->options};
    bool inside = false;
    for (int byte; (byte = getc(file)) != EOF;) {
        one.bytes++;
        one.characters += (byte & 0xc0) != 0x80;
        one.lines += byte == '\n';
        bool blank = isspace(byte) != 0;
        one.words += !blank && !inside;
        inside = !blank;
    }
    print_counts(&one, total->options->count > 0 ? name : NULL);
    total->lines += one.lines;
    total->words += one.words;
    total->characters += one.characters;
    total->bytes += one.bytes;
}

int tool_wc(int count, char **words) {
    struct options options = options_read(count, words, "lwcm", "[-lwcm] [FILE]...");
    struct counts total = {.options = &options};
    each_input(&options, word_count, &total);
    if (options.count > 1) print_counts(&total, "total");
    return tool_status();
}
