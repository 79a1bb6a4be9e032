// SPDX-License-Identifier: MIT
// Words that are expanded become fields.
#include "fields.h"

#include <string.h>

void marked_add(struct marked *marked, const char *bytes, size_t length, enum mark mark) {
    text_add(&marked->bytes, bytes, length);
    for (size_t i = 0; i < length; i++) text_add_char(&marked->marks, (char)mark);
}

void marked_free(struct marked *marked) {
    text_free(&marked->bytes);
    text_free(&marked->marks);
}

char *marked_plain(const struct marked *marked, struct scratch *scratch) {
    char *plain = scratch_take(scratch, marked->bytes.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < marked->bytes.length; i++) {
        char mark = marked->marks.bytes[i];
        if (mark == MARK_BREAK) plain[length++] = ' ';
        if (mark != MARK_BREAK && mark != MARK_EMPTY) plain[length++] = marked->bytes.bytes[i];
    }
    return plain;
}

char *marked_pattern(const struct marked *marked, size_t from, size_t to, struct scratch *scratch) {
    char *pattern = scratch_take(scratch, 2 * (to - from) + 1);
    size_t length = 0;
    for (size_t i = from; i < to; i++) {
        char byte = marked->bytes.bytes[i], mark = marked->marks.bytes[i];
        if (mark == MARK_EMPTY || mark == MARK_BREAK) continue;
        if (mark == MARK_QUOTED && strchr("*?[]\\-!^", byte) != NULL) pattern[length++] = '\\';
        pattern[length++] = byte;
    }
    return pattern;
}

static bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\n'; }

void fields_split(const struct marked *marked, const char *separators, field_found *found, void *context) {
    size_t from = 0, length = marked->bytes.length;
    bool in_field = false, after_blank = false; // a separator behind blanks belongs to them
    for (size_t i = 0; i < length; i++) {
        char byte = marked->bytes.bytes[i], mark = marked->marks.bytes[i];
        bool separates = mark == MARK_EXPANDED && byte != '\0' && strchr(separators, byte) != NULL;
        if (mark == MARK_BREAK || (separates && is_blank(byte))) {
            if (in_field) found(context, marked, from, i);
            after_blank = mark != MARK_BREAK && (in_field || after_blank);
            in_field = false;
        } else if (separates) {
            if (in_field || !after_blank) found(context, marked, in_field ? from : i, i);
            in_field = after_blank = false;
        } else {
            if (!in_field) from = i;
            in_field = true;
            after_blank = false;
        }
    }
    if (in_field) found(context, marked, from, length);
}
