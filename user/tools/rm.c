// SPDX-License-Identifier: MIT
// rm, rmdir, mkdir, ln, touch: names come and go.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modes.h"
#include "removal.h"
#include "tool.h"
#include "tools.h"

enum { FOLDERS_DEPTH = 256 };

bool remove_tree(const char *path, unsigned depth) {
    struct stat status;
    if (lstat(path, &status) < 0) {
        complain_errno(path);
        return false;
    }
    bool done = true, is_folder = S_ISDIR(status.st_mode);
    if (is_folder && depth < FOLDERS_DEPTH) {
        size_t count;
        char **names = names_read(path, &count);
        for (size_t i = 0; names != NULL && i < count; i++) {
            char *inside = path_join(path, names[i]);
            done = remove_tree(inside, depth + 1) && done;
            free(inside);
        }
        if (names != NULL) names_free(names, count);
    }
    if (!done || (is_folder ? rmdir(path) : unlink(path)) == 0) return done;
    complain_errno(path);
    return false;
}

int tool_rm(int count, char **words) {
    struct options options = options_read(count, words, "frR", "[-fr] FILE...");
    if (options.count == 0 && !options.given['f']) give_up("usage: rm [-fr] FILE...");
    for (int i = 0; i < options.count; i++) {
        const char *path = options.words[i], *base = path_base(path);
        struct stat status;
        if (lstat(path, &status) < 0 && errno == ENOENT && options.given['f']) continue;
        if (strcmp(base, ".") == 0 || strcmp(base, "..") == 0 || strcmp(base, "/") == 0) {
            complain("%s: that is not removed", path);
        } else if (options.given['r'] || options.given['R']) {
            remove_tree(path, 0);
        } else if (unlink(path) < 0) {
            complain_errno(path);
        }
    }
    return tool_status();
}

int tool_rmdir(int count, char **words) {
    struct options options = options_read(count, words, "", "FOLDER...");
    if (options.count == 0) give_up("usage: rmdir FOLDER...");
    for (int i = 0; i < options.count; i++) {
        if (rmdir(options.words[i]) < 0) complain_errno(options.words[i]);
    }
    return tool_status();
}

static bool make_parents(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool done = mkdir(path, 0777) == 0 || errno == EEXIST;
        if (!done) complain_errno(path);
        *slash = '/';
        if (!done) return false;
    }
    return true;
}

int tool_mkdir(int count, char **words) {
    struct options options = options_read(count, words, "pm:", "[-p] [-m MODE] FOLDER...");
    if (options.count == 0) give_up("usage: mkdir [-p] [-m MODE] FOLDER...");
    mode_t mode = 0777;
    if (options.values['m'] != NULL && !mode_change(options.values['m'], &mode))
        give_up("%s: no mode", options.values['m']);
    for (int i = 0; i < options.count; i++) {
        char *path = options.words[i];
        struct stat status;
        if (options.given['p'] && !make_parents(path)) continue;
        if (mkdir(path, mode) == 0) {
            if (options.values['m'] != NULL && chmod(path, mode) < 0) complain_errno(path); // whatever the mask is
        } else if (!options.given['p'] || errno != EEXIST || stat(path, &status) < 0 || !S_ISDIR(status.st_mode)) {
            complain_errno(path);
        }
    }
    return tool_status();
}

int tool_ln(int count, char **words) {
    struct options options = options_read(count, words, "sf", "[-sf] TARGET... NAME");
    if (options.count == 0) give_up("usage: ln [-sf] TARGET... NAME");
    const char *last = options.count > 1 ? options.words[options.count - 1] : ".";
    struct stat status;
    bool into = stat(last, &status) == 0 && S_ISDIR(status.st_mode);
    int targets = options.count > 1 ? options.count - 1 : 1;
    if (targets > 1 && !into) give_up("%s: is no folder", last);
    for (int i = 0; i < targets; i++) {
        const char *target = options.words[i];
        char *name = into ? path_join(last, path_base(target)) : strdup(last);
        if (name == NULL) give_up("out of memory");
        if (options.given['f'] && unlink(name) < 0 && errno != ENOENT) complain_errno(name);
        if ((options.given['s'] ? symlink(target, name) : link(target, name)) < 0) {
            complain("%s to %s: %s", name, target, strerror(errno));
        }
        free(name);
    }
    return tool_status();
}

int tool_touch(int count, char **words) {
    struct options options = options_read(count, words, "c", "[-c] FILE...");
    if (options.count == 0) give_up("usage: touch [-c] FILE...");
    for (int i = 0; i < options.count; i++) {
        const char *path = options.words[i];
        if (utimensat(AT_FDCWD, path, NULL, 0) == 0) continue;
        if (errno == ENOENT && options.given['c']) continue;
        int file = errno == ENOENT ? open(path, O_WRONLY | O_CREAT, 0666) : -1;
        if (file < 0 || close(file) < 0) complain_errno(path);
    }
    return tool_status();
}
