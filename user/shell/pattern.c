// SPDX-License-Identifier: MIT
// Patterns: one loop that remembers the last star, so that no pattern takes more than length times length steps.
#include "pattern.h"

#include <ctype.h>
#include <string.h>

size_t character_length(const char *text, size_t length) {
    unsigned char first = (unsigned char)*text;
    size_t wanted = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;
    if (wanted > length) return 1;
    for (size_t i = 1; i < wanted; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80) return 1; // no UTF-8: bytes
    }
    return wanted;
}

static unsigned code(const char *text, size_t bytes) {
    if (bytes == 1) return (unsigned char)*text;
    unsigned value = (unsigned char)*text & (0xffu >> (bytes + 1));
    for (size_t i = 1; i < bytes; i++) value = value << 6 | ((unsigned char)text[i] & 0x3f);
    return value;
}

static bool in_class(const char *name, size_t length, unsigned value) {
    static const struct {
        const char *name;
        int (*test)(int);
    } classes[] = {{"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
                   {"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
                   {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit}};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (strlen(classes[i].name) == length && memcmp(classes[i].name, name, length) == 0) {
            return value < 128 && classes[i].test((int)value) != 0;
        }
    }
    return false;
}

static unsigned take_character(const char **pattern) {
    if (**pattern == '\\' && (*pattern)[1] != '\0') ++*pattern;
    size_t bytes = character_length(*pattern, strlen(*pattern));
    unsigned value = code(*pattern, bytes);
    *pattern += bytes;
    return value;
}

// => what is behind the ], or NULL: it is no set, but a plain [
static const char *match_set(const char *pattern, unsigned value, bool *matches) {
    bool inverted = pattern[1] == '!' || pattern[1] == '^', found = false;
    const char *p = pattern + 1 + inverted;
    for (const char *first = p; *p != ']' || p == first;) {
        if (*p == '\0') return NULL;
        if (p[0] == '[' && p[1] == ':') {
            const char *end = strstr(p + 2, ":]");
            if (end != NULL) {
                found = found || in_class(p + 2, (size_t)(end - p - 2), value);
                p = end + 2;
                continue;
            }
        }
        unsigned low = take_character(&p), high = low;
        if (p[0] == '-' && p[1] != ']' && p[1] != '\0') {
            p++;
            high = take_character(&p);
        }
        found = found || (low <= value && value <= high);
    }
    *matches = found != inverted;
    return p + 1;
}

bool pattern_matches(const char *pattern, const char *text, size_t length) {
    const char *end = text + length, *star = NULL, *star_text = NULL;
    for (;;) {
        bool matches = false;
        const char *rest = pattern;
        if (*pattern == '*') {
            star = ++pattern;
            star_text = text;
            continue;
        }
        if (text == end && *pattern == '\0') return true;
        if (text < end && *pattern != '\0') {
            size_t bytes = character_length(text, (size_t)(end - text));
            unsigned value = code(text, bytes);
            if (*pattern == '?') {
                matches = true;
                rest = pattern + 1;
            } else if (*pattern != '[' || (rest = match_set(pattern, value, &matches)) == NULL) {
                rest = pattern;
                matches = take_character(&rest) == value;
            }
            if (matches) {
                pattern = rest;
                text += bytes;
                continue;
            }
        }
        if (star == NULL || star_text == end) return false;
        star_text += character_length(star_text, (size_t)(end - star_text));
        text = star_text;
        pattern = star;
    }
}

bool pattern_is_one(const char *pattern) {
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '\\') {
            if (*++pattern == '\0') break;
        } else if (strchr("*?[", *pattern) != NULL) {
            return true;
        }
    }
    return false;
}
