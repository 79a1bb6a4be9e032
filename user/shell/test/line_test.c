// SPDX-License-Identifier: MIT
// The line editor without a terminal: keys in, a line and its drawing out.
#include "line.h"
#include "shell.h"
#include "tap.h"

void substitute_commands(const char *commands, size_t length, struct text *output) {
    (void)commands, (void)length, (void)output;
}

static void type(struct line *line, const char *bytes) {
    size_t length = strlen(bytes);
    while (length > 0) {
        struct key key;
        size_t taken = key_decode(bytes, length, &key);
        if (taken == 0) break;
        line_key(line, &key);
        bytes += taken;
        length -= taken;
    }
}

TEST(keys_edit_the_line) {
    static const char *const table[][3] = {
        // keys, the line, what is before the cursor
        {"abc", "abc", "abc"},
        {"abc\x02\x02x", "axbc", "ax"},
        {"abc\001x\005y", "xabcy", "xabcy"},
        {"abc\033[D\033[Dx\033[Cy", "axbyc", "axby"},
        {"abc\033[Hx\033[Fy\033OHz", "zxabcy", "z"},
        {"abc\x7f\x7fx", "ax", "ax"},
        {"abc\001\033[3~", "bc", ""},
        {"abc\001\x04", "bc", ""},
        {"one two\x17", "one ", "one "},
        {"one two\x17\x19\x19", "one twotwo", "one twotwo"},
        {"one two\033b\x0b", "one ", "one "},
        {"one two\033b\x15", "two", ""},
        {"ab\x14", "ba", "ba"},
        {"abc\033[1;5D\033[1;5Cd", "abcd", "abcd"},
        {"a\xc3\xa9z\x02\x02x", "ax\xc3\xa9z", "ax"},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f", "\xc3\xa9\xe2\x82\xac", "\xc3\xa9\xe2\x82\xac"},
        {"a\xff\xc3(b", "a(b", "a(b"},
        {"a\033[99~b\033Zc\033[5;6Hd", "dabc", "d"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct line line = {0};
        type(&line, table[i][0]);
        EXPECT(strcmp(text_string(&line.text), table[i][1]) == 0, "row %zu: %s", i, text_string(&line.text));
        EXPECT(line.cursor == strlen(table[i][2]), "row %zu: cursor %zu", i, line.cursor);
        line_free(&line);
    }
}

TEST(a_key_that_is_not_yet_whole_is_waited_for) {
    static const char *const parts[] = {"\033", "\033[", "\033[1;", "\xc3", "\xf0\x9f\x98", "\033O"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct key key;
        EXPECT(key_decode(parts[i], strlen(parts[i]), &key) == 0, "%zu", i);
    }
}

// A terminal that knows what the drawing uses.
struct screen {
    size_t columns, row, column, last; // last: the lowest row that was written to
    bool full;                         // the next character goes to the next row
    char cells[40][40];
};

static void play(struct screen *screen, const char *bytes) {
    while (*bytes != '\0') {
        size_t number = 1;
        if (*bytes == '\r') {
            screen->column = 0;
            screen->full = false;
        } else if (*bytes == '\n') {
            screen->row++;
        } else if (bytes[0] == 27 && bytes[1] == '[') {
            bytes += 2;
            if (*bytes >= '0' && *bytes <= '9') number = strtoul(bytes, (char **)(uintptr_t)&bytes, 10);
            screen->full = false;
            if (*bytes == 'A') screen->row -= number;
            if (*bytes == 'C') screen->column += number;
            if (*bytes == 'J') {
                memset(screen->cells[screen->row] + screen->column, ' ', screen->columns - screen->column);
                for (size_t row = screen->row + 1; row < 40; row++) memset(screen->cells[row], ' ', screen->columns);
            }
        } else {
            if (screen->full) {
                screen->row++;
                screen->column = 0;
                screen->full = false;
            }
            screen->cells[screen->row][screen->column] = *bytes;
            if (screen->column + 1 == screen->columns) {
                screen->full = true;
            } else {
                screen->column++;
            }
        }
        bytes++;
    }
}

TEST(what_is_drawn_is_what_is_in_the_line) {
    for (unsigned round = 0; round < 300; round++) {
        struct screen screen = {.columns = 5 + tap_random(30)};
        struct line line = {0};
        memset(screen.cells, ' ', sizeof screen.cells);
        for (unsigned step = 0; step < 40; step++) {
            static const char *const keys[] = {"a",    "b",    "cd ",  "\x02", "\x06", "\x7f",
                                               "\x17", "\001", "\005", "\x19", "xyz"};
            struct text output = {0};
            if (line.text.length < 150) type(&line, keys[tap_random(sizeof keys / sizeof *keys)]);
            line_draw(&line, "$ ", screen.columns, &output);
            play(&screen, text_string(&output));
            text_free(&output);
            char wanted[1700];
            snprintf(wanted, sizeof wanted, "$ %-1600s", text_string(&line.text));
            for (size_t row = 0; row < 40; row++) {
                bool same = memcmp(wanted + row * screen.columns, screen.cells[row], screen.columns) == 0;
                EXPECT(same, "columns %zu row %zu: %.*s", screen.columns, row, (int)screen.columns, screen.cells[row]);
            }
            size_t at = 2 + line.cursor;
            EXPECT(screen.row == at / screen.columns && screen.column == at % screen.columns && !screen.full,
                   "cursor %zu at %zu %zu of %zu", at, screen.row, screen.column, screen.columns);
        }
        line_free(&line);
    }
}

TEST(random_bytes_never_hurt_the_line) {
    struct line line = {0};
    for (unsigned round = 0; round < 20000; round++) {
        char bytes[9] = "";
        for (size_t i = 0; i < 8; i++) bytes[i] = (char)(tap_random(3) == 0 ? 27 : 1 + tap_random(255));
        type(&line, bytes);
        EXPECT(line.cursor <= line.text.length && line.text.length <= LINE_LIMIT, "%zu", line.cursor);
    }
    line_free(&line);
}
