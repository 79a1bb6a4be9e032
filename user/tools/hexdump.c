// SPDX-License-Identifier: MIT
// hexdump (and od), cmp: bytes shown, and compared.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"
#include "tools.h"

enum { ROW = 16 };

static void print_row(uint64_t at, const unsigned char *row, size_t length) {
    printf("%08" PRIx64 " ", at);
    for (size_t i = 0; i < ROW; i++) {
        if (i == ROW / 2) putchar(' ');
        if (i < length) {
            printf(" %02x", row[i]);
        } else {
            fputs("   ", stdout);
        }
    }
    fputs("  |", stdout);
    for (size_t i = 0; i < length; i++) putchar(row[i] >= ' ' && row[i] < 127 ? row[i] : '.');
    fputs("|\n", stdout);
}

struct dump {
    uint64_t at, skip, most;
    bool all;
};

static void dump(FILE *file, const char *name, void *context) {
    struct dump *state = context;
    unsigned char row[ROW], before[ROW];
    bool repeats = false;
    (void)name;
    while (state->at < state->skip && getc(file) != EOF) state->at++;
    for (size_t length;; state->at += length) {
        size_t wanted = state->most < ROW ? (size_t)state->most : ROW;
        length = fread(row, 1, wanted, file);
        if (length == 0) break;
        state->most -= length;
        bool same = length == ROW && state->at > state->skip && memcmp(row, before, ROW) == 0 && !state->all;
        if (!same) print_row(state->at, row, length);
        if (same && !repeats) puts("*");
        repeats = same;
        memcpy(before, row, ROW);
    }
}

int tool_hexdump(int count, char **words) {
    struct options options = options_read(count, words, "Cvn:s:", "[-v] [-s SKIP] [-n BYTES] [FILE]...");
    struct dump state = {.most = UINT64_MAX, .all = options.given['v']};
    if (options.values['n'] != NULL) state.most = (uint64_t)number_read(options.values['n']);
    if (options.values['s'] != NULL) state.skip = (uint64_t)number_read(options.values['s']);
    each_input(&options, dump, &state);
    printf("%08" PRIx64 "\n", state.at);
    return tool_status();
}

int tool_cmp(int count, char **words) {
    struct options options = options_read(count, words, "s", "[-s] FILE FILE");
    if (options.count != 2) give_up("usage: cmp [-s] FILE FILE");
    FILE *files[2];
    for (int i = 0; i < 2; i++) {
        files[i] = strcmp(options.words[i], "-") == 0 ? stdin : fopen(options.words[i], "r");
        if (files[i] == NULL) give_up("%s: cannot be read", options.words[i]);
    }
    for (uint64_t at = 1, line = 1;; at++) {
        int one = getc(files[0]), other = getc(files[1]);
        if (one == EOF && other == EOF) return tool_status();
        if (one != other) {
            bool ended = one == EOF || other == EOF;
            if (ended && !options.given['s'])
                complain("%s ends after %" PRIu64 " bytes", options.words[one != EOF], at - 1);
            if (!ended && !options.given['s']) {
                printf("%s %s differ: byte %" PRIu64 ", line %" PRIu64 "\n", options.words[0], options.words[1], at,
                       line);
            }
            fflush(stdout);
            return 1;
        }
        line += one == '\n';
    }
}
