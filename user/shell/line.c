// SPDX-License-Identifier: MIT
// A line that is edited. Characters are of UTF-8; wide ones take two columns.
#include "line.h"

#include <string.h>

#include "pattern.h"

void line_set(struct line *line, const char *text) {
    text_cut(&line->text, 0);
    text_add_string(&line->text, text);
    line->cursor = line->text.length;
}

void line_free(struct line *line) {
    text_free(&line->text);
    text_free(&line->killed);
}

void line_insert(struct line *line, const char *bytes, size_t length) {
    if (line->text.length + length > LINE_LIMIT) return;
    text_add(&line->text, bytes, length);
    char *at = line->text.bytes + line->cursor;
    memmove(at + length, at, line->text.length - length - line->cursor);
    memcpy(at, bytes, length);
    line->cursor += length;
}

static size_t before(const struct line *line, size_t at) {
    if (at > 0) at--;
    while (at > 0 && ((unsigned char)line->text.bytes[at] & 0xc0) == 0x80) at--;
    return at;
}

static size_t behind(const struct line *line, size_t at) {
    return at < line->text.length ? at + character_length(line->text.bytes + at, line->text.length - at) : at;
}

static void cut(struct line *line, size_t from, size_t to, bool keep) {
    if (keep && to > from) {
        text_cut(&line->killed, 0);
        text_add(&line->killed, line->text.bytes + from, to - from);
    }
    if (to > from) memmove(line->text.bytes + from, line->text.bytes + to, line->text.length - to);
    text_cut(&line->text, line->text.length - (to - from));
    line->cursor = from;
}

static size_t word_begin(const struct line *line) {
    size_t at = line->cursor;
    while (at > 0 && line->text.bytes[at - 1] == ' ') at--;
    while (at > 0 && line->text.bytes[at - 1] != ' ') at--;
    return at;
}

static size_t word_end(const struct line *line) {
    size_t at = line->cursor;
    while (at < line->text.length && line->text.bytes[at] == ' ') at++;
    while (at < line->text.length && line->text.bytes[at] != ' ') at++;
    return at;
}

static void swap(struct line *line) {
    size_t second = line->cursor == line->text.length ? before(line, line->cursor) : line->cursor;
    size_t first = before(line, second), end = behind(line, second);
    if (first == second || second == end) return;
    char bytes[8];
    memcpy(bytes, line->text.bytes + second, end - second);
    memcpy(bytes + (end - second), line->text.bytes + first, second - first);
    memcpy(line->text.bytes + first, bytes, end - first);
    line->cursor = end;
}

bool line_key(struct line *line, const struct key *key) {
    size_t cursor = line->cursor;
    switch (key->kind) {
    case KEY_TEXT:
        line_insert(line, key->text, key->length);
        return true;
    case KEY_LEFT:
        line->cursor = before(line, cursor);
        return true;
    case KEY_RIGHT:
        line->cursor = behind(line, cursor);
        return true;
    case KEY_WORD_LEFT:
        line->cursor = word_begin(line);
        return true;
    case KEY_WORD_RIGHT:
        line->cursor = word_end(line);
        return true;
    case KEY_HOME:
        line->cursor = 0;
        return true;
    case KEY_END:
        line->cursor = line->text.length;
        return true;
    case KEY_BACKSPACE:
        cut(line, before(line, cursor), cursor, false);
        return true;
    case KEY_DELETE:
    case KEY_END_OF_FILE:
        cut(line, cursor, behind(line, cursor), false);
        return true;
    case KEY_KILL_END:
        cut(line, cursor, line->text.length, true);
        return true;
    case KEY_KILL_BEGIN:
        cut(line, 0, cursor, true);
        return true;
    case KEY_KILL_WORD:
        cut(line, word_begin(line), cursor, true);
        return true;
    case KEY_YANK:
        line_insert(line, text_string(&line->killed), line->killed.length);
        return true;
    case KEY_SWAP:
        swap(line);
        return true;
    case KEY_NONE:
    case KEY_ENTER:
    case KEY_UP:
    case KEY_DOWN:
    case KEY_CLEAR:
    case KEY_SEARCH:
    case KEY_COMPLETE:
    case KEY_INTERRUPT:
        break;
    }
    return false;
}

struct place {
    size_t row, column;
};

// 0 for what stands on the character before it, 2 for East Asian wide ones and pictures.
static size_t character_width(const char *bytes, size_t length) {
    if (length < 2) return 1;
    unsigned value = (unsigned char)*bytes & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) value = value << 6 | ((unsigned char)bytes[i] & 0x3f);
    if ((value >= 0x300 && value < 0x370) || (value >= 0x200b && value < 0x2010) || (value >= 0xfe00 && value < 0xfe10))
        return 0;
    bool wide = (value >= 0x1100 && value < 0x1160) || (value >= 0x2e80 && value < 0xa4d0) ||
                (value >= 0xac00 && value < 0xd7a4) || (value >= 0xf900 && value < 0xfb00) ||
                (value >= 0xfe30 && value < 0xfe70) || (value >= 0xff00 && value < 0xff61) ||
                (value >= 0x1f300 && value < 0x1fb00) || (value >= 0x20000 && value < 0x40000);
    return wide ? 2 : 1;
}

static void advance(struct place *place, const char *bytes, size_t length, size_t columns) {
    for (size_t at = 0; at < length;) {
        if (bytes[at] == 27 && at + 1 < length && bytes[at + 1] == '[') { // colours of a prompt take no room
            at += 2;
            while (at < length && (unsigned char)bytes[at] < 0x40) at++;
            at += at < length;
            continue;
        }
        size_t taken = character_length(bytes + at, length - at), width = character_width(bytes + at, taken);
        if (bytes[at] == '\n' || place->column + width > columns) {
            place->row++;
            place->column = 0;
        }
        if (bytes[at] != '\n') place->column += width;
        at += taken;
    }
}

static void to_begin(struct line *line, struct text *output) {
    if (line->drawn_row > 0) text_add_format(output, "\033[%zuA", line->drawn_row);
    text_add_string(output, "\r");
}

void line_draw(struct line *line, const char *prompt, size_t columns, struct text *output) {
    if (columns < 4) columns = 80;
    struct place cursor = {0}, end;
    to_begin(line, output);
    text_add_string(output, prompt);
    text_add(output, text_string(&line->text), line->text.length);
    advance(&cursor, prompt, strlen(prompt), columns);
    end = cursor;
    advance(&cursor, text_string(&line->text), line->cursor, columns);
    advance(&end, text_string(&line->text), line->text.length, columns);
    // A full row leaves the terminal's cursor in doubt: a character brings it over.
    if (end.column == columns) {
        text_add_string(output, " \r");
        end = (struct place){end.row + 1, 0};
    }
    if (cursor.column == columns) cursor = (struct place){cursor.row + 1, 0};
    text_add_string(output, "\033[J");
    if (end.row > cursor.row) text_add_format(output, "\033[%zuA", end.row - cursor.row);
    text_add_string(output, "\r");
    if (cursor.column > 0) text_add_format(output, "\033[%zuC", cursor.column);
    line->drawn_row = cursor.row;
}

void line_leave(struct line *line, const char *prompt, size_t columns, struct text *output) {
    line->cursor = line->text.length;
    line_draw(line, prompt, columns, output);
    text_add_string(output, "\r\n");
    line->drawn_row = 0;
}
