// SPDX-License-Identifier: MIT
// The shell's parser: what is a command, what is not, what goes on in the next line; and whatever else.
#include "parser.h"
#include "shell.h"
#include "tap.h"

void substitute_commands(const char *commands, size_t length, struct text *output) {
    (void)commands, (void)length, (void)output;
}

static enum parse_result parse(const char *text, size_t length, bool whole, char *error) {
    struct scratch scratch = {0};
    struct parser parser;
    struct command *tree;
    char *copy = malloc(length); // so that a byte too much is seen
    if (length > 0) memcpy(copy, text, length);
    parser_begin(&parser, copy, length, whole, &scratch);
    enum parse_result result;
    do {
        result = parser_next(&parser, &tree);
    } while (result == PARSE_COMMAND || result == PARSE_NOTHING);
    strcpy(error, parser.error);
    scratch_release(&scratch, (struct scratch_mark){0});
    free(copy);
    return result;
}

static enum parse_result parse_line(const char *line) {
    char error[120];
    return parse(line, strlen(line), false, error);
}

TEST(commands_are_read_to_their_end) {
    static const char *const lines[] = {
        "echo a b\n",
        "",
        "\n\n# nothing\n",
        "a | b | c && d || e ; f &\n",
        "if a; then b; elif c; then d; else e; fi\n",
        "for x in a b; do c; done\nfor x\ndo c; done\n",
        "while a; do b; done > f 2>&1\n",
        "( a; b ) | { c; d; }\n",
        "case $x in (a|b) c;; d) ;; *) e; esac\n",
        "f() { a; }\n",
        "a $(b $(c \"$(d)\")) `e`\n",
        "x=1 y=$((1+(2))) z\n",
        "cat <<E <<'F' >g\n$x\nE\nb\nF\n",
        "echo $(case a in a) b;; esac)\n",
        "a \\\n b\n",
        "! a | b\n",
        "time a\n",
        "echo ${x:-${y%\"}\"}}\n",
        "echo }a if then\n",
        "f()\n(a)\n",
        "a &&\n\n b |\n c\n",
        "{ a\n}\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        EXPECT(parse_line(lines[i]) == PARSE_END, "%s", lines[i]);
    }
}

TEST(what_is_open_at_the_end_of_a_line_wants_another) {
    static const char *const lines[] = {
        "if a\n",     "if a; then\n", "while a; do b\n", "echo 'a\n",   "echo \"a $(b\n",
        "echo ${x\n", "(a\n",         "{ a;\n",          "case a in\n", "case a in b) c\n",
        "a &&\n",     "a |\n",        "cat <<E\nx\n",    "a \\",        "f()\n",
        "echo `a\n",  "echo $((1\n",  "for x in a\n",    "!",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        EXPECT(parse_line(lines[i]) == PARSE_INCOMPLETE, "%s", lines[i]);
    }
}

TEST(what_cannot_be_a_command_is_refused_with_a_reason) {
    static const char *const lines[] = {
        ")\n",    "fi\n",       "if; then a; fi\n", "a;;\n",  "| a\n",   "a && ;\n", "for 1 in a; do b; done\n",
        "()\n",   "a | ;\n",    "f() a\n",          "a >\n",  "a > ;\n", "999<a\n",  "{ a; } b\n",
        "done\n", "case a b\n", "a-b() { c; }\n",   "then\n", "& a\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char error[120];
        EXPECT(parse(lines[i], strlen(lines[i]), false, error) == PARSE_WRONG, "%s", lines[i]);
        EXPECT(strlen(error) > 3, "%s", lines[i]);
    }
}

TEST(what_is_nested_too_deep_is_refused) {
    static const char *const pieces[] = {"(",  "{ ", "$(", "\"$(", "${x:-", "if ", "while ", "case a in a) ",
                                         "! ", "$(("};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct text text = {0};
        for (unsigned n = 0; n < 20000; n++) text_add_string(&text, pieces[i]);
        char error[120];
        enum parse_result result = parse(text_string(&text), text.length, true, error);
        EXPECT(result == PARSE_WRONG, "%s: %d", pieces[i], result);
        text_free(&text);
    }
}

TEST(random_changes_of_scripts_never_hurt_the_parser) {
    static const char *const seeds[] = {
        "if a; then b $x; elif c; then 'd'; else \"e $(f)\"; fi > g 2>&1 <h\n",
        "for x in a* [b-d] ~; do case $x in a|b) c;; *) d && e || ! f;; esac; done &\n",
        "cat <<E <<-'F'\n$(a `b`) ${x:-y}\nE\n\tz\n\tF\nwhile read a; do echo $((a + 1)); done | sort\n",
        "f() { local x=1; return ${#x}; }; ( f; exec 3>&- ) ; time { g; }\n",
        "echo \"${x%%\"a\"*}\" ${y##'*'} $(case a in a) b;; esac) `c \\`d\\``\n",
    };
    static const char pieces[] = "'\"`$(){}<>|&;\n\\#=!* ax1~-[]";
    for (unsigned round = 0; round < 20000; round++) {
        const char *seed = seeds[tap_random(sizeof seeds / sizeof *seeds)];
        char text[400];
        size_t length = strlen(seed);
        memcpy(text, seed, length);
        for (uint64_t changes = 1 + tap_random(6); changes > 0; changes--) {
            size_t at = tap_random(length), count = tap_random(length - at) % 8;
            switch (tap_random(4)) {
            case 0:
                text[at] = pieces[tap_random(sizeof pieces)];
                break;
            case 1: // a part is gone
                memmove(text + at, text + at + count, length - at - count);
                length -= count;
                break;
            case 2: // a part is there twice
                if (length + count > sizeof text) break;
                memmove(text + at + count, text + at, length - at);
                length += count;
                break;
            default:
                length = at + 1;
                break;
            }
            if (length == 0) break;
        }
        char error[120];
        enum parse_result result = parse(text, length, tap_random(2) == 0, error);
        EXPECT(result != PARSE_WRONG || error[0] != '\0', "%.*s", (int)length, text);
    }
}
