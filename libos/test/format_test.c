// SPDX-License-Identifier: MIT
// The kernel's printf against the host's.
#include "format.h"

#include "tap.h"

// Compares both results for the same arguments.
#define SAME(...)                                                                                  \
    do {                                                                                           \
        char mine[700], host[700];                                                                 \
        size_t length = format_to(mine, sizeof(mine), __VA_ARGS__);                                \
        int expected = snprintf(host, sizeof(host), __VA_ARGS__);                                  \
        EXPECT(length == (size_t)expected && strcmp(mine, host) == 0, "'%s' as '%s'", mine, host); \
    } while (0)

// Texts that the compiler cannot check, because they are made up or wrong on purpose.
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-overflow"
#pragma GCC diagnostic ignored "-Wformat-truncation"

TEST(plain_text_and_percent_signs) {
    SAME("pagoda");
    SAME("100%%, %d%%", 99);
    EXPECT(format_to(NULL, 0, "twelve bytes") == 12);
}

TEST(numbers_of_every_size_at_their_limits) {
    SAME("%d %d %d %d", 0, -1, INT32_MAX, INT32_MIN);
    SAME("%ld %ld %lld", INT64_MAX, INT64_MIN, (long long)-5);
    SAME("%u %u %lu %llu %zu", 0, UINT32_MAX, UINT64_MAX, (unsigned long long)7, SIZE_MAX);
    SAME("%x %x %lx %llx %zx", 0, 0xabcdef01U, UINT64_MAX, 0xfULL, (size_t)16);
}

TEST(widths_zeros_and_alignment) {
    SAME("[%5d] [%-5d] [%05d] [%05d] [%1d]", 42, 42, 42, -42, 12345);
    SAME("[%16lx] [%016lx] [%-16lx]", 0xdeadUL, 0xdeadUL, 0xdeadUL);
    SAME("[%*d] [%*d] [%0*d]", 6, 1, -6, 1, 6, -1);
    SAME("[%8s] [%-8s] [%3s] [%c] [%3c] [%-3c]", "abc", "abc", "abcdef", 'x', 'y', 'z');
    SAME("[%.2s] [%8.2s] [%-8.2s] [%.*s] [%.0s] [%.s]", "abc", "abc", "abc", 1, "abc", "abc", "abc");
}

TEST(a_string_with_a_precision_is_read_no_further) {
    char *three = malloc(3);
    memcpy(three, "abc", 3);
    char buffer[8];
    EXPECT(format_to(buffer, sizeof(buffer), "%.3s", three) == 3 && strcmp(buffer, "abc") == 0);
    free(three);
}

TEST(null_strings_and_pointers) {
    char buffer[64];
    const char *none = NULL;
    format_to(buffer, sizeof(buffer), "%s|%p|%p", none, (void *)0, (void *)UINT64_C(0xffffffc080001234));
    EXPECT(strcmp(buffer, "(null)|0x0000000000000000|0xffffffc080001234") == 0, "%s", buffer);
}

TEST(widths_are_cut_and_never_trusted) {
    EXPECT(format_to(NULL, 0, "%*d", INT32_MAX, 1) == FORMAT_WIDTH_LIMIT);
    EXPECT(format_to(NULL, 0, "%*d", INT32_MIN, 1) == FORMAT_WIDTH_LIMIT);
    const char *text = "%99999999999999999999999d|%099999d";
    EXPECT(format_to(NULL, 0, text, 1, 1) == 2 * FORMAT_WIDTH_LIMIT + 1);
    text = "%.99999999999999999999s";
    EXPECT(format_to(NULL, 0, text, "short") == 5);
}

TEST(an_unknown_conversion_ends_the_conversions) {
    char buffer[64];
    const char *unknown = "%d %q %s";
    format_to(buffer, sizeof(buffer), unknown, 1, 2, 3);
    EXPECT(strcmp(buffer, "1 %q %s") == 0, "%s", buffer);
    const char *open_ends[] = {"%", "%-", "%5", "%.", "%l", "%ll", "%z", "%08."};
    for (size_t i = 0; i < sizeof(open_ends) / sizeof(*open_ends); i++) {
        format_to(buffer, sizeof(buffer), open_ends[i]);
        EXPECT(strcmp(buffer, open_ends[i]) == 0, "%s", buffer);
    }
}

TEST(a_buffer_of_any_size_is_ended_and_not_overrun) {
    for (size_t size = 0; size < 20; size++) {
        char *buffer = malloc(size + 1);
        buffer[size] = 'x';
        EXPECT(format_to(buffer, size, "%s-%d", "twelve", 12345) == 12);
        EXPECT(size == 0 || strncmp(buffer, "twelve-12345", size - 1) == 0);
        EXPECT(size == 0 || strlen(buffer) == (size > 12 ? 12 : size - 1));
        EXPECT(buffer[size] == 'x');
        free(buffer);
    }
}

TEST(random_conversions_agree_with_the_host) {
    static const char *const lengths[] = {"", "l", "ll", "z"};
    for (int round = 0; round < 20000; round++) {
        char text[64], flags[4] = "", width[16] = "";
        bool wide = tap_random(2) == 0;
        uint64_t value = tap_random(UINT64_MAX) >> tap_random(64);
        if (tap_random(2) == 0)
            strcat(flags, "-");
        else if (tap_random(2) == 0)
            strcat(flags, "0");
        if (tap_random(2) == 0) snprintf(width, sizeof(width), "%d", 1 + (int)tap_random(40));
        snprintf(text, sizeof(text), "<%s%%%s%s%s%c>", tap_random(2) == 0 ? "" : "value ", flags, width,
                 wide ? lengths[1 + tap_random(3)] : "", "dux"[tap_random(3)]);
        if (wide)
            SAME(text, value);
        else
            SAME(text, (unsigned)value);
    }
}

TEST(random_texts_are_harmless) {
    static const char alphabet[] = "%%%%%dxulzcsp*.-0123459 a";
    for (int round = 0; round < 20000; round++) {
        char text[24], buffer[64];
        size_t length = tap_random(sizeof(text));
        for (size_t i = 0; i < length; i++) {
            text[i] = alphabet[tap_random(sizeof(alphabet) - 1)];
            if (text[i] == 's') // would follow whatever argument stands there
                text[i] = '%';
        }
        text[length] = '\0';
        format_to(buffer, sizeof(buffer), text, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
                  21, 22, 23, 24);
        EXPECT(strlen(buffer) < sizeof(buffer));
    }
}
