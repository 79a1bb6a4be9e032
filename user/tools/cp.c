// SPDX-License-Identifier: MIT
// cp, mv: files and folders to another place.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "removal.h"
#include "tool.h"
#include "tools.h"

enum { FOLDERS_DEPTH = 256 };

static bool copy(const char *from, const char *to, bool inside, bool keep, unsigned depth);

static bool failed(const char *path) {
    complain_errno(path);
    return false;
}

static bool copy_folder(const char *from, const char *to, mode_t mode, bool keep, unsigned depth) {
    struct stat made;
    if (depth == FOLDERS_DEPTH) {
        complain("%s: folders are nested more than %d deep", from, FOLDERS_DEPTH);
        return false;
    }
    if (mkdir(to, (mode & 0777) | 0700) < 0 && errno != EEXIST) return failed(to);
    if (lstat(to, &made) < 0) return failed(to);
    size_t count;
    char **names = names_read(from, &count);
    if (names == NULL) return false;
    bool done = true;
    for (size_t i = 0; i < count; i++) {
        char *source = path_join(from, names[i]), *target = path_join(to, names[i]);
        struct stat status;
        // A copy into itself would have no end.
        bool is_itself = lstat(source, &status) == 0 && status.st_dev == made.st_dev && status.st_ino == made.st_ino;
        if (!is_itself) done = copy(source, target, true, keep, depth + 1) && done;
        free(source);
        free(target);
    }
    names_free(names, count);
    return done;
}

static bool copy_link(const char *from, const char *to) {
    char target[PATH_MAX];
    ssize_t length = readlink(from, target, sizeof target - 1);
    if (length < 0) return failed(from);
    target[length] = '\0';
    if (symlink(target, to) < 0 && (errno != EEXIST || unlink(to) < 0 || symlink(target, to) < 0)) return failed(to);
    return true;
}

static bool copy_file(const char *from, const char *to, mode_t mode) {
    int source = open(from, O_RDONLY);
    if (source < 0) return failed(from);
    int target = open(to, O_WRONLY | O_CREAT | O_TRUNC, mode & 0777);
    bool done = target >= 0 ? copy_bytes(source, target, from, to) : failed(to);
    if (target >= 0 && close(target) < 0) done = failed(to);
    close(source);
    return done;
}

static bool copy(const char *from, const char *to, bool inside, bool keep, unsigned depth) {
    struct stat status, there;
    bool as_link = inside; // with -r a link stays one
    if ((as_link ? lstat(from, &status) : stat(from, &status)) < 0) return failed(from);
    if (stat(to, &there) == 0 && there.st_dev == status.st_dev && there.st_ino == status.st_ino) {
        complain("%s and %s are the same file", from, to);
        return false;
    }
    bool done;
    if (S_ISDIR(status.st_mode)) {
        if (!inside) {
            complain("%s: a folder; -r copies it", from);
            return false;
        }
        done = copy_folder(from, to, status.st_mode, keep, depth);
    } else if (S_ISLNK(status.st_mode)) {
        return copy_link(from, to);
    } else if (S_ISREG(status.st_mode) || !inside) {
        done = copy_file(from, to, status.st_mode);
    } else {
        complain("%s: neither file, folder nor link", from);
        return false;
    }
    if (done && keep) {
        struct timespec times[2] = {status.st_atim, status.st_mtim};
        if (chmod(to, status.st_mode & 07777) < 0 || utimensat(AT_FDCWD, to, times, 0) < 0) done = failed(to);
    }
    return done;
}

// Where it goes: into a folder, or to this name.
static char *target_of(const char *from, const char *to) {
    struct stat status;
    bool is_folder = stat(to, &status) == 0 && S_ISDIR(status.st_mode);
    size_t length = strlen(from);
    char *plain = strdup(from);
    if (plain == NULL) give_up("out of memory");
    while (length > 1 && plain[length - 1] == '/') plain[--length] = '\0';
    char *target = is_folder ? path_join(to, path_base(plain)) : strdup(to);
    free(plain);
    if (target == NULL) give_up("out of memory");
    return target;
}

static void check_target(const struct options *options) {
    struct stat status;
    const char *to = options->words[options->count - 1];
    bool is_folder = stat(to, &status) == 0 && S_ISDIR(status.st_mode);
    if (options->count > 2 && !is_folder) give_up("%s: is no folder", to);
}

int tool_cp(int count, char **words) {
    struct options options = options_read(count, words, "arRpf", "[-arp] FROM... TO");
    if (options.count < 2) give_up("usage: cp [-arp] FROM... TO");
    check_target(&options);
    bool keep = options.given['p'] || options.given['a'];
    bool inside = options.given['r'] || options.given['R'] || options.given['a'];
    for (int i = 0; i + 1 < options.count; i++) {
        char *target = target_of(options.words[i], options.words[options.count - 1]);
        copy(options.words[i], target, inside, keep, 0);
        free(target);
    }
    return tool_status();
}

int tool_mv(int count, char **words) {
    struct options options = options_read(count, words, "fn", "[-fn] FROM... TO");
    if (options.count < 2) give_up("usage: mv [-fn] FROM... TO");
    check_target(&options);
    for (int i = 0; i + 1 < options.count; i++) {
        const char *from = options.words[i];
        char *target = target_of(from, options.words[options.count - 1]);
        struct stat status;
        bool stays = options.given['n'] && lstat(target, &status) == 0;
        if (!stays && rename(from, target) < 0) {
            if (errno != EXDEV) { // on another file system: a copy, then it is removed
                complain("%s to %s: %s", from, target, strerror(errno));
            } else if (copy(from, target, true, true, 0)) {
                remove_tree(from, 0);
            }
        }
        free(target);
    }
    return tool_status();
}
