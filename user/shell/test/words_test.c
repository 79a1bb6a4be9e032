// SPDX-License-Identifier: MIT
// What the shell's words, patterns and arithmetic stand for.
#include "arithmetic.h"
#include "expansion.h"
#include "pattern.h"
#include "shell.h"
#include "tap.h"
#include "variables.h"

#include <fcntl.h>
#include <unistd.h>

// Here $(text) is the text itself.
void substitute_commands(const char *commands, size_t length, struct text *output) {
    text_add(output, commands, length);
}

static void check(const char *word, const char *wanted) {
    struct scratch scratch = {0};
    struct word *fields, given = {NULL, word};
    size_t count;
    struct text text = {0};
    shell.flow = FLOW_ON;
    shell.interactive = true;
    if (expand_words(&given, &scratch, &fields, &count)) {
        for (; fields != NULL; fields = fields->next) text_add_format(&text, "<%s>", fields->text);
    }
    EXPECT(strcmp(text_string(&text), wanted) == 0, "%s: %s instead of %s", word, text_string(&text), wanted);
    text_free(&text);
    scratch_release(&scratch, (struct scratch_mark){0});
}

TEST(words_become_fields) {
    variable_set("x", "a  b");
    variable_set("empty", "");
    variable_set("HOME", "/home");
    variable_set("star", "*nothing*");
    parameters_set((char *[]){"one", "t w", ""}, 3);
    static const char *const table[][2] = {
        {"abc", "<abc>"},
        {"$x", "<a><b>"},
        {"\"$x\"", "<a  b>"},
        {"'$x'", "<$x>"},
        {"$empty", ""},
        {"\"$empty\"", "<>"},
        {"''", "<>"},
        {"a''b", "<ab>"},
        {"pre$x", "<prea><b>"},
        {"$x$x", "<a><ba><b>"},
        {"\"$@\"", "<one><t w><>"},
        {"$@", "<one><t><w>"},
        {"\"$*\"", "<one t w >"},
        {"a\"$@\"b", "<aone><t w><b>"},
        {"~", "</home>"},
        {"~/a", "</home/a>"},
        {"a~", "<a~>"},
        {"\"~\"", "<~>"},
        {"$star", "<*nothing*>"},
        {"${x:-y z}", "<a><b>"},
        {"${none:-y z}", "<y><z>"},
        {"\"${none:-y z}\"", "<y z>"},
        {"${empty-u}", ""},
        {"${empty:-u}", "<u>"},
        {"${x:+yes}", "<yes>"},
        {"${none:+yes}", ""},
        {"${#x}", "<4>"},
        {"${#}", "<3>"},
        {"${x%b}", "<a>"},
        {"${x#a}", "<b>"},
        {"\"${x%%' '*}\"", "<a>"},
        {"$((1 + 2 * 3))", "<7>"},
        {"$(a b)", "<a><b>"},
        {"\"$(a b)\"", "<a b>"},
        {"\\$x", "<$x>"},
        {"\"\\$x \\a\"", "<$x \\a>"},
        {"$", "<$>"},
        {"\"$\"", "<$>"},
        {"$2", "<t><w>"},
        {"${2}0", "<t><w0>"},
        {"$20", "<t><w0>"},
        {"${10}", ""},
        {"`a b`", "<a><b>"},
        {"${none:='q r'}", "<q><r>"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) check(table[i][0], table[i][1]);
    parameters_set(NULL, 0);
    check("\"$@\"", "");
    check("a\"$@\"", "<a>");
    check("\"\"\"$@\"", "<>");
    variable_set("IFS", ":");
    variable_set("list", ":a::b c:");
    check("$list", "<><a><><b c>");
    variable_set("IFS", " \t\n");
}

TEST(mistakes_in_words_give_up_the_command) {
    static const char *const words[] = {"${x!}", "${}", "${unset?}", "$((1 +))", "$((1 / 0))", "${1:=a}"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        check(words[i], "");
        EXPECT(shell.flow == FLOW_ABORT, "%s", words[i]);
    }
    shell.flow = FLOW_ON;
}

static bool matches(const char *pattern, const char *text) { return pattern_matches(pattern, text, strlen(text)); }

TEST(patterns_match_whole_texts_only) {
    EXPECT(matches("*", "") && matches("a*c", "abbc") && matches("*.c", "x.c") &&
           matches("a?c", "a\xc3\xa9"
                          "c"));
    EXPECT(!matches("a", "ab") && !matches("a*c", "abcd") && !matches("?", "") && !matches("a", ""));
    EXPECT(matches("[a-c]x", "bx") && matches("[!a-c]x", "dx") && !matches("[!a-c]x", "bx") && matches("[]]", "]"));
    EXPECT(matches("[[:digit:]]*", "1a") && !matches("[[:digit:]]", "a") && matches("[", "[") && matches("[a", "[a"));
    EXPECT(matches("\\*", "*") && !matches("\\*", "a") && matches("[\\]]", "]") && matches("[a\\-c]", "-"));
}

TEST(a_pattern_of_stars_takes_no_exponential_time) {
    char pattern[64], text[2000];
    for (size_t i = 0; i < 60; i += 2) memcpy(pattern + i, "*a", 2);
    strcpy(pattern + 60, "*b");
    memset(text, 'a', sizeof text);
    EXPECT(!pattern_matches(pattern, text, sizeof text));
}

TEST(arithmetic_is_as_in_c_and_wraps) {
    static const struct {
        const char *text;
        int64_t value;
    } table[] = {
        {"1+2*3", 7},
        {"(1+2)*3", 9},
        {"-7/2", -3},
        {"-7%3", -1},
        {"1<<4|1", 17},
        {"0x10+010", 24},
        {"!0", 1},
        {"5>3 && 2<=2", 1},
        {"1?2:3", 2},
        {"0?1:0?2:3", 3},
        {"~0", -1},
        {"v=4", 4},
        {"v+=2", 6},
        {"v<<=1", 12},
        {"v", 12},
        {"0&&(v=1)", 0},
        {"v", 12},
        {"1||1/0", 1},
        {"", 0},
        {"nothing", 0},
        {"9223372036854775807+1", INT64_MIN},
        {"(-9223372036854775807-1)/-1", INT64_MIN},
        {"1 == 1", 1},
        {"v == 12 ? v = 3 : 0", 3},
        {"6^3", 5},
        {"- - 3", 3},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t value;
        const char *error;
        bool done = arithmetic(table[i].text, &value, &error);
        EXPECT(done && value == table[i].value, "%s: %ld %s", table[i].text, value, done ? "" : error);
    }
    static const char *const wrong[] = {"1+", "1/0", "(1", "1 2", "08", "1=2", "a b", "?", "1?2", ")"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int64_t value;
        const char *error;
        EXPECT(!arithmetic(wrong[i], &value, &error), "%s", wrong[i]);
    }
}

TEST(random_words_never_hurt_the_expansion) {
    static const char pieces[] = "'\"`$(){}:-+=?#%*@!1x ~\\[]/;";
    int error_output = dup(STDERR_FILENO);
    int null = open("/dev/null", O_WRONLY);
    dup2(null, STDERR_FILENO);
    close(null);
    for (unsigned round = 0; round < 20000; round++) {
        char word[24];
        size_t length = 1 + tap_random(sizeof word - 1);
        for (size_t i = 0; i + 1 < length; i++) word[i] = pieces[tap_random(sizeof pieces - 1)];
        word[length - 1] = '\0';
        struct scratch scratch = {0};
        shell.flow = FLOW_ON;
        expand_text(word, (enum expansion_how)tap_random(3), &scratch);
        scratch_release(&scratch, (struct scratch_mark){0});
    }
    dup2(error_output, STDERR_FILENO);
    close(error_output);
}
