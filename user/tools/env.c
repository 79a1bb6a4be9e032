// SPDX-License-Identifier: MIT
// env, which, xargs, time: they start other programs.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"
#include "tools.h"

extern char **environ;

static _Noreturn void become(char **words) {
    fflush(stdout);
    execvp(words[0], words);
    int error = errno;
    complain_errno(words[0]);
    _exit(error == ENOENT ? 127 : 126);
}

int tool_env(int count, char **words) {
    int i = 1;
    static char *nothing[] = {NULL};
    for (; i < count && words[i][0] == '-'; i++) {
        if (strcmp(words[i], "-i") == 0 || strcmp(words[i], "-") == 0) {
            environ = nothing;
        } else if (strcmp(words[i], "-u") == 0 && i + 1 < count) {
            unsetenv(words[++i]);
        } else {
            give_up("usage: env [-i] [-u NAME] [NAME=VALUE]... [PROGRAM WORD...]");
        }
    }
    for (; i < count && strchr(words[i], '=') != NULL; i++) {
        if (putenv(words[i]) != 0) give_up("out of memory");
    }
    if (i < count) become(words + i);
    for (char **one = environ; *one != NULL; one++) puts(*one);
    return tool_status();
}

static bool find(const char *name) {
    const char *folders = getenv("PATH");
    if (strchr(name, '/') != NULL) folders = "";
    while (folders != NULL) {
        char folder[1024];
        size_t length = strcspn(folders, ":");
        snprintf(folder, sizeof folder, "%.*s", (int)length, folders);
        char *path = length > 0 ? path_join(folder, name) : strdup(name);
        struct stat status;
        bool found = path != NULL && stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
        if (found) puts(path);
        free(path);
        if (found) return true;
        folders = folders[length] == ':' ? folders + length + 1 : NULL;
    }
    return false;
}

int tool_which(int count, char **words) {
    int status = 0;
    for (int i = 1; i < count; i++) status |= !find(words[i]);
    return tool_status() != 0 ? 1 : status;
}

// => the status, as a shell has it
static int run(char **words) {
    int status = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) become(words);
    if (pid < 0) give_up("fork: %s", strerror(errno));
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// A word of the input: quotes and backslashes as in a shell; with `zero`, up to a zero byte. => false: no more
static bool next_word(char **word, bool zero) {
    static char bytes[64 << 10];
    size_t length = 0;
    int byte, quote = 0;
    bool any = false;
    while ((byte = getchar()) != EOF) {
        if (zero && byte == '\0') {
            any = true;
            break;
        }
        if (!zero && quote == 0 && (byte == ' ' || byte == '\t' || byte == '\n')) {
            if (any) break;
            continue;
        }
        any = true;
        if (!zero && (byte == quote || (quote == 0 && (byte == '\'' || byte == '"')))) {
            quote = quote == 0 ? byte : 0;
            continue;
        }
        if (!zero && byte == '\\' && quote == 0 && (byte = getchar()) == EOF) break;
        if (length + 1 == sizeof bytes) give_up("a word is too long");
        bytes[length++] = (char)byte;
    }
    bytes[length] = '\0';
    *word = any ? strdup(bytes) : NULL;
    return *word != NULL;
}

int tool_xargs(int count, char **words) {
    struct options options = options_read(count, words, "0rtn:", "[-0rt] [-n WORDS] [PROGRAM WORD...]");
    enum { MOST = 1024, BYTES = 96 << 10 };
    int64_t most = options.values['n'] != NULL ? number_read(options.values['n']) : MOST;
    if (most < 1 || most > MOST) most = MOST;
    static char *given[] = {"echo", NULL};
    char **begin = options.count > 0 ? options.words : given;
    size_t fixed = options.count > 0 ? (size_t)options.count : 1;
    char **all = calloc(fixed + MOST + 1, sizeof *all), *word = NULL;
    if (all == NULL) give_up("out of memory");
    memcpy(all, begin, fixed * sizeof *all);
    int status = 0;
    bool more = next_word(&word, options.given['0']), first = true;
    while (more || (first && !options.given['r'])) {
        size_t used = 0, bytes = 0;
        for (; more && (int64_t)used < most && bytes < BYTES; more = next_word(&word, options.given['0'])) {
            all[fixed + used++] = word;
            bytes += strlen(word) + 1 + sizeof *all;
        }
        all[fixed + used] = NULL;
        for (char **one = all; options.given['t'] && *one != NULL; one++)
            fprintf(stderr, "%s%c", *one, one[1] != NULL ? ' ' : '\n');
        int one = run(all);
        if (one != 0) status = one >= 126 ? one : 123;
        while (used > 0) free(all[fixed + --used]);
        first = false;
        if (one == 255 || one == 126 || one == 127) break;
    }
    free(all);
    return status;
}

int tool_time(int count, char **words) {
    struct timespec begin, end;
    struct tms times_used;
    int first = count > 1 && strcmp(words[1], "-p") == 0 ? 2 : 1;
    if (first >= count) give_up("usage: time PROGRAM WORD...");
    clock_gettime(CLOCK_MONOTONIC, &begin);
    int status = run(words + first);
    clock_gettime(CLOCK_MONOTONIC, &end);
    times(&times_used);
    double tick = (double)sysconf(_SC_CLK_TCK);
    fprintf(stderr, "real %.3f\nuser %.3f\nsys %.3f\n",
            (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9,
            (double)times_used.tms_cutime / tick, (double)times_used.tms_cstime / tick);
    return status;
}
