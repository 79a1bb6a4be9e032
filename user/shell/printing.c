// SPDX-License-Identifier: MIT
// echo and printf.
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "builtin.h"
#include "shell.h"

// What a backslash begins: one character or an octal number; `zero`: that number begins with a 0. => the bytes taken;
// 0 with \c: nothing more is to be printed
static size_t add_escaped(struct text *output, const char *text, bool zero) {
    static const char letters[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
    const char *letter = text[1] != '\0' ? strchr(letters, text[1]) : NULL;
    if (letter != NULL) {
        text_add_char(output, values[letter - letters]);
        return 2;
    }
    if (text[1] == 'c' && zero) return 0;
    if (zero ? text[1] == '0' : text[1] >= '0' && text[1] <= '7') {
        size_t length = zero ? 2 : 1, most = length + 3;
        unsigned value = 0;
        while (length < most && text[length] >= '0' && text[length] <= '7')
            value = 8 * value + (unsigned)(text[length++] - '0');
        text_add_char(output, (char)value);
        return length;
    }
    text_add_char(output, '\\');
    return 1;
}

// => false: a \c was met
static bool add_escapes(struct text *output, const char *text) {
    while (*text != '\0') {
        if (*text != '\\') {
            text_add_char(output, *text++);
            continue;
        }
        size_t taken = add_escaped(output, text, true);
        if (taken == 0) return false;
        text += taken;
    }
    return true;
}

int builtin_echo(int count, char **words) {
    struct text output = {0};
    bool newline = count < 2 || strcmp(words[1], "-n") != 0;
    for (int i = newline ? 1 : 2; i < count; i++) {
        if (!add_escapes(&output, words[i])) {
            newline = false;
            break;
        }
        if (i + 1 < count) text_add_char(&output, ' ');
    }
    if (newline) text_add_char(&output, '\n');
    return builtin_say("echo", &output);
}

struct printing {
    struct text *output;
    char **words; // that are left
    int count, status;
    bool used, stopped;
};

static const char *next_word(struct printing *printing) {
    if (printing->count == 0) return NULL;
    printing->used = true;
    printing->count--;
    return *printing->words++;
}

static void check_number(struct printing *printing, const char *word, const char *end) {
    if (*end == '\0' && end != word && errno == 0) return;
    complain("printf: %.100s: %s", word,
             errno != 0    ? strerror(errno)
             : end == word ? "no number"
                           : "not all of it is a number");
    printing->status = 1;
}

static int64_t next_number(struct printing *printing) {
    const char *word = next_word(printing);
    if (word == NULL) return 0;
    if (*word == '\'' || *word == '"') return (unsigned char)word[1];
    char *end;
    errno = 0;
    int64_t value = *word == '-' ? strtoll(word, &end, 0) : (int64_t)strtoull(word, &end, 0);
    check_number(printing, word, end);
    return value;
}

static double next_real(struct printing *printing) {
    const char *word = next_word(printing);
    if (word == NULL) return 0;
    char *end;
    errno = 0;
    double value = strtod(word, &end);
    check_number(printing, word, end);
    return value;
}

// The flags, width and precision of a conversion, as the C library reads them, without its letter. => false: too long
static bool read_specification(struct printing *printing, const char **format, char *specification, size_t room) {
    struct text text = {0};
    text_add_char(&text, '%');
    for (; **format != '\0' && strchr("-+ #0123456789.*", **format) != NULL; ++*format) {
        if (**format == '*') {
            text_add_format(&text, "%d", (int)next_number(printing));
        } else {
            text_add_char(&text, **format);
        }
    }
    bool fits = text.length + 4 < room; // a letter, two before it, the end
    if (fits) memcpy(specification, text_string(&text), text.length + 1);
    text_free(&text);
    return fits;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void convert(struct printing *printing, const char **format) {
    char specification[40];
    if (!read_specification(printing, format, specification, sizeof specification)) {
        complain("printf: a conversion is too long");
        printing->status = 1;
        printing->stopped = true;
        return;
    }
    size_t length = strlen(specification);
    char letter = **format;
    if (letter != '\0') ++*format;
    if (letter != '\0' && strchr("diouxX", letter) != NULL) {
        memcpy(specification + length, (char[]){'l', 'l', letter, '\0'}, 4);
        text_add_format(printing->output, specification, (long long)next_number(printing));
    } else if (letter != '\0' && strchr("aAeEfFgG", letter) != NULL) {
        memcpy(specification + length, (char[]){letter, '\0'}, 2);
        text_add_format(printing->output, specification, next_real(printing));
    } else if (letter == 'c') {
        const char *word = next_word(printing);
        if (word != NULL && *word != '\0') {
            memcpy(specification + length, "c", 2);
            text_add_format(printing->output, specification, *word);
        }
    } else if (letter == 's' || letter == 'b') {
        const char *word = next_word(printing);
        struct text plain = {0};
        if (letter == 's') {
            text_add_string(&plain, word != NULL ? word : "");
        } else {
            printing->stopped = word != NULL && !add_escapes(&plain, word);
        }
        memcpy(specification + length, "s", 2);
        text_add_format(printing->output, specification, text_string(&plain));
        text_free(&plain);
    } else if (letter == '%') {
        text_add_char(printing->output, '%');
    } else {
        complain("printf: %%%c: no such conversion", letter != '\0' ? letter : ' ');
        printing->status = 1;
        printing->stopped = true;
    }
}
#pragma GCC diagnostic pop

int printing(int count, char **words, struct text *output) {
    if (count < 2) return builtin_fail("printf", "a format is missing");
    struct printing printing = {.output = output, .words = words + 2, .count = count - 2};
    do {
        printing.used = false;
        for (const char *format = words[1]; *format != '\0' && !printing.stopped;) {
            if (*format == '\\') {
                format += add_escaped(output, format, false);
            } else if (*format == '%') {
                format++;
                convert(&printing, &format);
            } else {
                text_add_char(output, *format++);
            }
        }
    } while (printing.count > 0 && printing.used && !printing.stopped);
    return printing.status;
}
