// SPDX-License-Identifier: MIT
// Builtins about the process itself: its folder, its mask, its times.
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/times.h>
#include <unistd.h>

#include "builtin.h"
#include "shell.h"
#include "variables.h"

int builtin_cd(int count, char **words) {
    int i = count > 1 && (strcmp(words[1], "--") == 0 || strcmp(words[1], "-P") == 0 || strcmp(words[1], "-L") == 0)
                ? 2
                : 1;
    const char *to = i < count ? words[i] : variable_get("HOME");
    bool back = to != NULL && strcmp(to, "-") == 0;
    if (back) to = variable_get("OLDPWD");
    if (to == NULL) return builtin_fail("cd", back ? "OLDPWD is not set" : "HOME is not set");
    if (chdir(to) < 0) return builtin_fail("cd", "%.200s: %s", to, strerror(errno));
    char path[PATH_MAX];
    const char *old = variable_get("PWD");
    if (old != NULL) variable_set("OLDPWD", old);
    if (getcwd(path, sizeof path) == NULL) return 0;
    variable_set("PWD", path);
    if (!back) return 0;
    struct text text = {0};
    text_add_format(&text, "%s\n", path);
    return builtin_say("cd", &text);
}

int builtin_pwd(int count, char **words) {
    (void)count, (void)words;
    char path[PATH_MAX];
    struct text text = {0};
    if (getcwd(path, sizeof path) == NULL) return builtin_fail("pwd", "%s", strerror(errno));
    text_add_format(&text, "%s\n", path);
    return builtin_say("pwd", &text);
}

int builtin_umask(int count, char **words) {
    if (count > 1) {
        char *end;
        unsigned long mask = strtoul(words[1], &end, 8);
        if (*end != '\0' || *words[1] == '\0' || mask > 0777) {
            return builtin_fail("umask", "%.100s: no octal mask", words[1]);
        }
        umask((mode_t)mask);
        return 0;
    }
    mode_t mask = umask(0);
    umask(mask);
    struct text text = {0};
    text_add_format(&text, "%04o\n", mask);
    return builtin_say("umask", &text);
}

static void add_time(struct text *text, clock_t ticks, char end) {
    double seconds = (double)ticks / (double)sysconf(_SC_CLK_TCK);
    long minutes = (long)seconds / 60;
    text_add_format(text, "%ldm%.3fs%c", minutes, seconds - 60.0 * (double)minutes, end);
}

int builtin_times(int count, char **words) {
    (void)count, (void)words;
    struct tms now;
    struct text text = {0};
    times(&now);
    add_time(&text, now.tms_utime, ' ');
    add_time(&text, now.tms_stime, '\n');
    add_time(&text, now.tms_cutime, ' ');
    add_time(&text, now.tms_cstime, '\n');
    return builtin_say("times", &text);
}
