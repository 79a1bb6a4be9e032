// SPDX-License-Identifier: MIT
// ls: what is in folders, in columns at a terminal.
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "modes.h"
#include "tool.h"
#include "tools.h"

struct file {
    const char *name, *path; // as it is shown, and where it is
    struct stat status;
};

static const struct options *options;

static bool is(char letter) { return options->given[(int)letter]; }

static int order(const void *left, const void *right) {
    const struct file *one = left, *other = right;
    int result = 0;
    if (is('t')) {
        const struct timespec *a = &one->status.st_mtim, *b = &other->status.st_mtim;
        result = a->tv_sec != b->tv_sec ? (a->tv_sec < b->tv_sec) - (a->tv_sec > b->tv_sec)
                                        : (a->tv_nsec < b->tv_nsec) - (a->tv_nsec > b->tv_nsec);
    } else if (is('S')) {
        result = (one->status.st_size < other->status.st_size) - (one->status.st_size > other->status.st_size);
    }
    if (result == 0) result = strcmp(one->name, other->name);
    return is('r') ? -result : result;
}

static char ending(const struct file *file) {
    if (!is('F')) return '\0';
    if (S_ISDIR(file->status.st_mode)) return '/';
    if (S_ISLNK(file->status.st_mode)) return '@';
    if (S_ISFIFO(file->status.st_mode)) return '|';
    return (file->status.st_mode & 0111) != 0 ? '*' : '\0';
}

// Characters, not bytes.
static size_t width(const struct file *file) {
    size_t count = ending(file) != '\0';
    for (const char *p = file->name; *p != '\0'; p++) count += ((unsigned char)*p & 0xc0) != 0x80;
    return count;
}

static size_t print_name(const struct file *file) {
    char mark = ending(file);
    fputs(file->name, stdout);
    if (mark != '\0') putchar(mark);
    return width(file);
}

static void print_long(const struct file *file) {
    const struct stat *status = &file->status;
    char mode[11], size[32], date[32] = "?";
    mode_print(mode, status->st_mode);
    if (S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode)) {
        snprintf(size, sizeof size, "%u, %u", major(status->st_rdev), minor(status->st_rdev));
    } else if (is('h')) {
        size_print(size, sizeof size, (uint64_t)status->st_size);
    } else {
        snprintf(size, sizeof size, "%" PRId64, (int64_t)status->st_size);
    }
    struct tm parts;
    if (localtime_r(&status->st_mtim.tv_sec, &parts) != NULL) strftime(date, sizeof date, "%Y-%m-%d %H:%M", &parts);
    if (is('i')) printf("%8" PRIu64 " ", (uint64_t)status->st_ino);
    printf("%s %3u %5u %5u %9s %s ", mode, (unsigned)status->st_nlink, status->st_uid, status->st_gid, size, date);
    print_name(file);
    if (S_ISLNK(status->st_mode)) {
        char target[PATH_MAX];
        ssize_t length = readlink(file->path, target, sizeof target - 1);
        if (length > 0) printf(" -> %.*s", (int)length, target);
    }
    putchar('\n');
}

static void print_columns(const struct file *files, size_t count) {
    struct winsize window = {0};
    size_t widest = 1, columns = 80;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0) columns = window.ws_col;
    for (size_t i = 0; i < count; i++) widest = width(&files[i]) > widest ? width(&files[i]) : widest;
    size_t across = columns / (widest + 2) > 0 ? columns / (widest + 2) : 1, lines = (count + across - 1) / across;
    for (size_t line = 0; line < lines; line++) {
        for (size_t i = line; i < count; i += lines) {
            size_t printed = print_name(&files[i]);
            if (i + lines < count) printf("%*s", (int)(widest + 2 - printed), "");
        }
        putchar('\n');
    }
}

static void print_files(struct file *files, size_t count) {
    qsort(files, count, sizeof *files, order);
    bool columns = !is('l') && !is('1') && !is('i') && (is('C') || isatty(STDOUT_FILENO));
    if (columns && count > 0) print_columns(files, count);
    for (size_t i = 0; i < count && !columns; i++) {
        if (is('l')) {
            print_long(&files[i]);
            continue;
        }
        if (is('i')) printf("%8" PRIu64 " ", (uint64_t)files[i].status.st_ino);
        print_name(&files[i]);
        putchar('\n');
    }
}

static void print_folder(const char *path, bool titled, unsigned depth) {
    static bool later;
    size_t count, used = 0;
    char **names = names_read(path, &count);
    if (names == NULL) return;
    if (titled) printf("%s%s:\n", later ? "\n" : "", path);
    later = true;
    struct file *files = calloc(count + 2, sizeof *files);
    if (files == NULL) give_up("out of memory");
    for (size_t i = 0; i < count + 2; i++) {
        const char *name = i < count ? names[i] : i == count ? "." : "..";
        bool hidden = name[0] == '.' && !is('a') && !(is('A') && i < count);
        if (hidden) continue;
        char *where = path_join(path, name);
        struct file *file = &files[used];
        *file = (struct file){.name = name, .path = where};
        if (lstat(where, &file->status) < 0) {
            complain_errno(where);
            free(where);
        } else {
            used++;
        }
    }
    print_files(files, used);
    for (size_t i = 0; i < used && is('R'); i++) {
        bool inside =
            S_ISDIR(files[i].status.st_mode) && strcmp(files[i].name, ".") != 0 && strcmp(files[i].name, "..") != 0;
        if (inside && depth < 256) print_folder(files[i].path, true, depth + 1);
    }
    for (size_t i = 0; i < used; i++) free((char *)(uintptr_t)files[i].path);
    free(files);
    names_free(names, count);
}

int tool_ls(int count, char **words) {
    struct options given = options_read(count, words, "aACdFhilrRtS1", "[-aACdFhilrRtS1] [FILE]...");
    static char *here[] = {"."};
    options = &given;
    if (given.count == 0) {
        given.count = 1;
        given.words = here;
    }
    struct file *files = calloc((size_t)given.count, sizeof *files);
    if (files == NULL) give_up("out of memory");
    size_t plain = 0;
    for (int i = 0; i < given.count; i++) {
        struct file *file = &files[plain];
        *file = (struct file){.name = given.words[i], .path = given.words[i]};
        bool follows = !is('l') && !is('d') && stat(file->path, &file->status) == 0;
        if (!follows && lstat(file->path, &file->status) < 0) {
            complain_errno(given.words[i]);
            given.words[i] = NULL;
        } else if (!S_ISDIR(file->status.st_mode) || is('d')) {
            given.words[i] = NULL;
            plain++;
        }
    }
    print_files(files, plain);
    free(files);
    for (int i = 0; i < given.count; i++) {
        if (given.words[i] == NULL) continue;
        if (plain > 0) putchar('\n');
        plain = 0;
        print_folder(given.words[i], given.count > 1 || is('R'), 0);
    }
    return tool_status();
}
