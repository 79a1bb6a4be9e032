// SPDX-License-Identifier: MIT
// find: files by name, kind, size and age; printed, removed, or given to a program.
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"
#include "tools.h"

static char **tests; // behind the paths
static int test_count;
static int64_t most = 1000, least;

static bool is_more(int64_t value, const char *wanted) {
    int64_t number = number_read(wanted + (*wanted == '+' || *wanted == '-'));
    return *wanted == '+' ? value > number : *wanted == '-' ? value < number : value == number;
}

static bool has_kind(mode_t mode, char kind) {
    switch (kind) {
    case 'f':
        return S_ISREG(mode);
    case 'd':
        return S_ISDIR(mode);
    case 'l':
        return S_ISLNK(mode);
    case 'p':
        return S_ISFIFO(mode);
    case 'c':
        return S_ISCHR(mode);
    case 'b':
        return S_ISBLK(mode);
    case 's':
        return S_ISSOCK(mode);
    default:
        give_up("-type %c: no such kind", kind);
    }
}

// -exec WORDS ; with {} for the path. => whether it ended well
static bool run(int first, int end, const char *path) {
    char **words = calloc((size_t)(end - first) + 1, sizeof *words);
    if (words == NULL) give_up("out of memory");
    for (int i = first; i < end; i++)
        words[i - first] = strcmp(tests[i], "{}") == 0 ? (char *)(uintptr_t)path : tests[i];
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        execvp(words[0], words);
        complain_errno(words[0]);
        _exit(127);
    }
    int status = 1;
    if (pid < 0) complain_errno("fork");
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    free(words);
    return status == 0;
}

static const char *value_of(int at) {
    if (at + 1 >= test_count) give_up("%s needs a value", tests[at]);
    return tests[at + 1];
}

// => where the tests go on; what it says is in *holds
static int test_one(int at, const char *path, const struct stat *status, bool *holds, bool *acted) {
    const char *name = tests[at];
    if (strcmp(name, "-name") == 0 || strcmp(name, "-iname") == 0) {
        *holds = fnmatch(value_of(at), path_base(path), name[1] == 'i' ? FNM_CASEFOLD : 0) == 0;
    } else if (strcmp(name, "-path") == 0) {
        *holds = fnmatch(value_of(at), path, 0) == 0;
    } else if (strcmp(name, "-type") == 0) {
        *holds = has_kind(status->st_mode, *value_of(at));
    } else if (strcmp(name, "-size") == 0) {
        const char *wanted = value_of(at);
        size_t length = strlen(wanted);
        bool bytes = length > 0 && wanted[length - 1] == 'c',
             scaled = length > 0 && strchr("kMG", wanted[length - 1]) != NULL;
        char number[32];
        snprintf(number, sizeof number, "%.*s", (int)(length - bytes), wanted);
        *holds = is_more(bytes || scaled ? status->st_size : (status->st_size + 511) / 512, number);
    } else if (strcmp(name, "-mtime") == 0) {
        *holds = is_more((time(NULL) - status->st_mtim.tv_sec) / 86400, value_of(at));
    } else if (strcmp(name, "-newer") == 0) {
        struct stat other;
        if (stat(value_of(at), &other) < 0) give_up("%s: %s", value_of(at), strerror(errno));
        *holds = status->st_mtim.tv_sec > other.st_mtim.tv_sec ||
                 (status->st_mtim.tv_sec == other.st_mtim.tv_sec && status->st_mtim.tv_nsec > other.st_mtim.tv_nsec);
    } else if (strcmp(name, "-exec") == 0) {
        int end = at + 1;
        while (end < test_count && strcmp(tests[end], ";") != 0) end++;
        if (end == test_count || end == at + 1) give_up("-exec needs a program, and a ; behind its words");
        *acted = true;
        *holds = run(at + 1, end, path);
        return end + 1;
    } else if (strcmp(name, "-maxdepth") == 0 || strcmp(name, "-mindepth") == 0) {
        *holds = true;
    } else {
        *holds = *acted = true;
        if (strcmp(name, "-print") == 0) {
            puts(path);
        } else if (strcmp(name, "-print0") == 0) {
            fwrite(path, 1, strlen(path) + 1, stdout);
        } else if (strcmp(name, "-delete") == 0) {
            if (remove(path) < 0) complain_errno(path);
        } else {
            give_up("%s: no such test", name);
        }
        return at + 1;
    }
    return at + 2;
}

// All tests of an -o part hold; the first such part is the last that is looked at.
static void look(const char *path, const struct stat *status) {
    bool all = true, acted = false, inverted = false;
    for (int at = 0; at < test_count;) {
        if (strcmp(tests[at], "-o") == 0) {
            if (all) break;
            all = true;
            at++;
        } else if (strcmp(tests[at], "!") == 0 || strcmp(tests[at], "-not") == 0) {
            inverted = !inverted;
            at++;
        } else if (!all) { // over to the next -o
            at++;
        } else {
            bool holds = false;
            at = test_one(at, path, status, &holds, &acted);
            all = holds != inverted;
            inverted = false;
        }
    }
    for (int at = 0; at < test_count; at++) { // -name x -print prints itself, also when it does not hold
        acted = acted || strcmp(tests[at], "-print") == 0 || strcmp(tests[at], "-print0") == 0 ||
                strcmp(tests[at], "-exec") == 0 || strcmp(tests[at], "-delete") == 0;
    }
    if (all && !acted) puts(path);
}

static void walk(const char *path, int64_t depth) {
    struct stat status;
    if (lstat(path, &status) < 0) {
        complain_errno(path);
        return;
    }
    bool deletes = false;
    for (int i = 0; i < test_count; i++) deletes = deletes || strcmp(tests[i], "-delete") == 0;
    if (depth >= least && !deletes) look(path, &status);
    if (S_ISDIR(status.st_mode) && depth < most) {
        size_t count;
        char **names = names_read(path, &count);
        for (size_t i = 0; names != NULL && i < count; i++) {
            char *inside = path_join(path, names[i]);
            walk(inside, depth + 1);
            free(inside);
        }
        if (names != NULL) names_free(names, count);
    }
    if (depth >= least && deletes) look(path, &status); // what is in it first
}

int tool_find(int count, char **words) {
    int paths = 1;
    while (paths < count && words[paths][0] != '-' && strcmp(words[paths], "!") != 0) paths++;
    tests = words + paths;
    test_count = count - paths;
    for (int i = 0; i < test_count; i++) {
        if (strcmp(tests[i], "-maxdepth") == 0) most = number_read(value_of(i));
        if (strcmp(tests[i], "-mindepth") == 0) least = number_read(value_of(i));
    }
    if (paths == 1) walk(".", 0);
    for (int i = 1; i < paths; i++) walk(words[i], 0);
    return tool_status();
}
