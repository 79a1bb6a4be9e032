// SPDX-License-Identifier: MIT
// test and [: expressions over strings, numbers and files.
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builtin.h"
#include "shell.h"

enum { CONDITION_DEPTH = 100 };

struct reader {
    const char *name;
    char **words;
    int count, at;
    unsigned depth;
    bool failed;
};

static bool read_or(struct reader *reader);

static bool fail(struct reader *reader, const char *what, const char *word) {
    if (!reader->failed) complain("%s: %.100s: %s", reader->name, word, what);
    reader->failed = true;
    return false;
}

static const char *word_at(const struct reader *reader, int ahead) {
    return reader->at + ahead < reader->count ? reader->words[reader->at + ahead] : NULL;
}

static bool is(const struct reader *reader, int ahead, const char *wanted) {
    const char *word = word_at(reader, ahead);
    return word != NULL && strcmp(word, wanted) == 0;
}

static int64_t number(struct reader *reader, const char *word) {
    char *end;
    errno = 0;
    int64_t value = strtoll(word, &end, 10);
    while (*end == ' ' || *end == '\t' || *end == '\n') end++;
    if (end == word || *end != '\0' || errno != 0) fail(reader, "no number", word);
    return value;
}

static bool test_file(char letter, const char *path) {
    struct stat status;
    switch (letter) {
    case 'r':
        return access(path, R_OK) == 0;
    case 'w':
        return access(path, W_OK) == 0;
    case 'x':
        return access(path, X_OK) == 0;
    case 'h':
    case 'L':
        return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
    default:
        break;
    }
    if (stat(path, &status) < 0) return false;
    switch (letter) {
    case 'e':
        return true;
    case 'f':
        return S_ISREG(status.st_mode);
    case 'd':
        return S_ISDIR(status.st_mode);
    case 'b':
        return S_ISBLK(status.st_mode);
    case 'c':
        return S_ISCHR(status.st_mode);
    case 'p':
        return S_ISFIFO(status.st_mode);
    case 'S':
        return S_ISSOCK(status.st_mode);
    case 'u':
        return (status.st_mode & S_ISUID) != 0;
    case 'g':
        return (status.st_mode & S_ISGID) != 0;
    default:
        return status.st_size > 0; // s
    }
}

static bool is_unary(const char *word) {
    return word != NULL && word[0] == '-' && word[1] != '\0' && word[2] == '\0' &&
           strchr("nztrwxhLefdbcpSugs", word[1]) != NULL;
}

static bool test_unary(struct reader *reader, char letter, const char *word) {
    if (letter == 'n') return *word != '\0';
    if (letter == 'z') return *word == '\0';
    if (letter == 't') return isatty((int)number(reader, word)) != 0;
    return test_file(letter, word);
}

// => the sign itself, if the word is one between two operands
static const char *binary(const char *word) {
    static const char *const signs[] = {"=",   "!=",  "==",  "<",   ">",   "-eq", "-ne",
                                        "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"};
    for (size_t i = 0; word != NULL && i < sizeof signs / sizeof *signs; i++) {
        if (strcmp(signs[i], word) == 0) return signs[i];
    }
    return NULL;
}

static bool newer(const struct stat *one, const struct stat *other) {
    return one->st_mtim.tv_sec != other->st_mtim.tv_sec ? one->st_mtim.tv_sec > other->st_mtim.tv_sec
                                                        : one->st_mtim.tv_nsec > other->st_mtim.tv_nsec;
}

static bool test_files(const char *sign, const char *left, const char *right) {
    struct stat one, other;
    bool has_one = stat(left, &one) == 0, has_other = stat(right, &other) == 0;
    if (sign[1] == 'e') return has_one && has_other && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
    if (sign[1] == 'n') return has_one && (!has_other || newer(&one, &other));
    return has_other && (!has_one || newer(&other, &one));
}

static bool test_binary(struct reader *reader, const char *sign, const char *left, const char *right) {
    if (sign[0] != '-') {
        int order = strcmp(left, right);
        return sign[0] == '!' ? order != 0 : sign[0] == '<' ? order < 0 : sign[0] == '>' ? order > 0 : order == 0;
    }
    if (strcmp(sign, "-nt") == 0 || strcmp(sign, "-ot") == 0 || strcmp(sign, "-ef") == 0) {
        return test_files(sign, left, right);
    }
    int64_t a = number(reader, left), b = number(reader, right);
    switch (sign[1]) {
    case 'e':
        return a == b;
    case 'n':
        return a != b;
    case 'l':
        return sign[2] == 't' ? a < b : a <= b;
    default:
        return sign[2] == 't' ? a > b : a >= b;
    }
}

static bool read_primary(struct reader *reader) {
    const char *word = word_at(reader, 0);
    if (word == NULL) return fail(reader, "an argument is missing", "the end");
    const char *sign = binary(word_at(reader, 1)); // first: what is compared may look like an operator
    if (sign != NULL && word_at(reader, 2) != NULL) {
        reader->at += 3;
        return test_binary(reader, sign, word, reader->words[reader->at - 1]);
    }
    if (is(reader, 0, "(") && word_at(reader, 1) != NULL) {
        reader->at++;
        bool value = read_or(reader);
        if (!is(reader, 0, ")"))
            return fail(reader, "a ) is missing", word_at(reader, 0) != NULL ? word_at(reader, 0) : "the end");
        reader->at++;
        return value;
    }
    if (is_unary(word) && word_at(reader, 1) != NULL) {
        reader->at += 2;
        return test_unary(reader, word[1], reader->words[reader->at - 1]);
    }
    reader->at++;
    return *word != '\0';
}

static bool read_not(struct reader *reader) {
    if (++reader->depth > CONDITION_DEPTH) return fail(reader, "nested too deep", "!");
    bool inverted = is(reader, 0, "!") && word_at(reader, 1) != NULL && binary(word_at(reader, 1)) == NULL;
    bool value;
    if (inverted) {
        reader->at++;
        value = !read_not(reader);
    } else {
        value = read_primary(reader);
    }
    reader->depth--;
    return value;
}

static bool read_and(struct reader *reader) {
    bool value = read_not(reader);
    while (is(reader, 0, "-a") && !reader->failed) {
        reader->at++;
        value = read_not(reader) && value;
    }
    return value;
}

static bool read_or(struct reader *reader) {
    bool value = read_and(reader);
    while (is(reader, 0, "-o") && !reader->failed) {
        reader->at++;
        value = read_and(reader) || value;
    }
    return value;
}

int condition(const char *name, int count, char **words) {
    struct reader reader = {.name = name, .words = words, .count = count};
    if (count == 0) return 1;
    bool value = count == 1 ? *words[reader.at++] != '\0' : read_or(&reader);
    if (!reader.failed && reader.at < count) fail(&reader, "not expected here", words[reader.at]);
    return reader.failed ? 2 : !value;
}
