// SPDX-License-Identifier: MIT
// A small printf that trusts no length.
#include "format.h"

#include "string.h"

#include <stdbool.h>
#include <stdint.h>

struct sink {
    void (*put)(void *context, char c);
    void *context;
};

// One conversion, between the % and its letter.
struct conversion {
    bool left, zero, has_precision, wide;
    size_t width, precision;
};

_Static_assert(sizeof(long) == 8 && sizeof(long long) == 8 && sizeof(size_t) == 8, "l, ll and z are all 64 bits wide");

// A va_list that can be handed down by its address, whatever type it is.
struct arguments {
    va_list list;
};

static void put_many(const struct sink *sink, char c, size_t count) {
    for (; count > 0; count--) sink->put(sink->context, c);
}

static void put_bytes(const struct sink *sink, const char *bytes, size_t count) {
    for (; count > 0; count--) sink->put(sink->context, *bytes++);
}

// Prints `prefix` and `bytes` as one field; zeros go between the two.
static void put_field(const struct sink *sink, const struct conversion *conversion, const char *prefix,
                      const char *bytes, size_t length) {
    size_t used = string_length(prefix) + length;
    size_t fill = conversion->width > used ? conversion->width - used : 0;
    bool zeros = conversion->zero && !conversion->left;
    if (!zeros && !conversion->left) put_many(sink, ' ', fill);
    put_bytes(sink, prefix, string_length(prefix));
    if (zeros) put_many(sink, '0', fill);
    put_bytes(sink, bytes, length);
    if (conversion->left) put_many(sink, ' ', fill);
}

static void put_number(const struct sink *sink, const struct conversion *conversion, const char *prefix, uint64_t value,
                       unsigned base) {
    char digits[20]; // of 2^64 - 1 in decimal
    size_t first = sizeof(digits);
    do {
        digits[--first] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    put_field(sink, conversion, prefix, digits + first, sizeof(digits) - first);
}

static void put_string(const struct sink *sink, const struct conversion *conversion, const char *text) {
    if (text == NULL) text = "(null)";
    size_t length = 0;
    while ((!conversion->has_precision || length < conversion->precision) && text[length] != '\0') length++;
    put_field(sink, conversion, "", text, length);
}

static const char *read_digits(const char *text, size_t *number) {
    for (; *text >= '0' && *text <= '9'; text++) {
        if (*number <= FORMAT_WIDTH_LIMIT) *number = *number * 10 + (size_t)(*text - '0');
    }
    return text;
}

// A * takes its number from the arguments.
static const char *read_number(const char *text, size_t *number, bool *negative, struct arguments *arguments) {
    if (*text != '*') return read_digits(text, number);
    int star = va_arg(arguments->list, int);
    *negative = star < 0;
    *number = star < 0 ? 0 - (size_t)star : (size_t)star;
    return text + 1;
}

static const char *read_conversion(const char *text, struct conversion *conversion, struct arguments *arguments) {
    for (; *text == '-' || *text == '0'; text++) {
        conversion->left |= *text == '-';
        conversion->zero |= *text == '0';
    }
    bool negative = false;
    text = read_number(text, &conversion->width, &negative, arguments);
    conversion->left |= negative;
    if (conversion->width > FORMAT_WIDTH_LIMIT) conversion->width = FORMAT_WIDTH_LIMIT;
    if (*text == '.') {
        negative = false;
        text = read_number(text + 1, &conversion->precision, &negative, arguments);
        conversion->has_precision = !negative;
    }
    conversion->wide = *text == 'l' || *text == 'z';
    if (*text == 'l' && text[1] == 'l') text++;
    return conversion->wide ? text + 1 : text;
}

// => false: `letter` names no conversion
static bool put_conversion(const struct sink *sink, char letter, struct conversion *conversion,
                           struct arguments *arguments) {
    bool wide = conversion->wide;
    switch (letter) {
    case '%':
        sink->put(sink->context, '%');
        return true;
    case 'c': {
        char c = (char)va_arg(arguments->list, int);
        conversion->zero = false;
        put_field(sink, conversion, "", &c, 1);
        return true;
    }
    case 's':
        conversion->zero = false;
        put_string(sink, conversion, va_arg(arguments->list, const char *));
        return true;
    case 'd': {
        int64_t value = wide ? va_arg(arguments->list, long) : va_arg(arguments->list, int);
        uint64_t distance = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
        put_number(sink, conversion, value < 0 ? "-" : "", distance, 10);
        return true;
    }
    case 'u':
    case 'x': {
        uint64_t value = wide ? va_arg(arguments->list, unsigned long) : va_arg(arguments->list, unsigned);
        put_number(sink, conversion, "", value, letter == 'u' ? 10 : 16);
        return true;
    }
    case 'p': {
        const struct conversion pointer = {.zero = true, .width = 18};
        put_number(sink, &pointer, "0x", (uintptr_t)va_arg(arguments->list, void *), 16);
        return true;
    }
    default:
        return false;
    }
}

void format(void (*put)(void *context, char c), void *context, const char *text, va_list list) {
    const struct sink sink = {put, context};
    struct arguments arguments;
    va_copy(arguments.list, list);
    while (*text != '\0') {
        if (*text != '%') {
            put(context, *text++);
            continue;
        }
        struct conversion conversion = {0};
        const char *letter = read_conversion(text + 1, &conversion, &arguments);
        if (!put_conversion(&sink, *letter, &conversion, &arguments)) {
            put_bytes(&sink, text, string_length(text)); // what belongs to the arguments behind it is unknown now
            break;
        }
        text = letter + 1;
    }
    va_end(arguments.list);
}

struct buffer {
    char *bytes;
    size_t size, length;
};

static void put_buffer(void *context, char c) {
    struct buffer *buffer = context;
    if (buffer->length + 1 < buffer->size) buffer->bytes[buffer->length] = c;
    buffer->length++;
}

size_t format_list_to(char *bytes, size_t size, const char *text, va_list arguments) {
    struct buffer buffer = {bytes, size, 0};
    format(put_buffer, &buffer, text, arguments);
    if (size > 0) bytes[buffer.length < size ? buffer.length : size - 1] = '\0';
    return buffer.length;
}

size_t format_to(char *bytes, size_t size, const char *text, ...) {
    va_list arguments;
    va_start(arguments, text);
    size_t length = format_list_to(bytes, size, text, arguments);
    va_end(arguments);
    return length;
}
