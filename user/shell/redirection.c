// SPDX-License-Identifier: MIT
// A command's descriptors.
#include "redirection.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "expansion.h"
#include "shell.h"

enum { OWN_DESCRIPTORS = 10, PIPE_HOLDS = 4096 };

static void save(int descriptor, struct scratch *scratch, struct saved_descriptor **saved) {
    struct saved_descriptor *one = scratch_take(scratch, sizeof *one);
    *one = (struct saved_descriptor){*saved, descriptor, fcntl(descriptor, F_DUPFD_CLOEXEC, OWN_DESCRIPTORS)};
    *saved = one;
}

// => a descriptor from which the text can be read; -1: errno says why not
static int open_document(const char *text) {
    int ends[2];
    size_t length = strlen(text);
    if (pipe(ends) < 0) return -1;
    if (length > PIPE_HOLDS) { // somebody must write while it is read
        pid_t pid = fork();
        if (pid < 0) {
            close(ends[0]);
            close(ends[1]);
            return -1;
        }
        if (pid == 0) {
            close(ends[0]);
            write_all(ends[1], text, length);
            _exit(0);
        }
    } else if (!write_all(ends[1], text, length)) {
        complain("here-document: %s", strerror(errno));
    }
    close(ends[1]);
    return ends[0];
}

static int open_new(const char *path) {
    struct stat status;
    if (shell.no_clobber && stat(path, &status) == 0 && S_ISREG(status.st_mode)) {
        errno = EEXIST;
        return -1;
    }
    return open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
}

static int open_target(const struct redirection *redirection, const char *target) {
    switch (redirection->kind) {
    case READ_FROM:
        return open(target, O_RDONLY);
    case WRITE_TO:
        return open_new(target);
    case WRITE_OVER:
        return open(target, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    case APPEND_TO:
        return open(target, O_WRONLY | O_CREAT | O_APPEND, 0666);
    case READ_WRITE:
        return open(target, O_RDWR | O_CREAT, 0666);
    case HERE_DOCUMENT:
        return open_document(target);
    case SAME_AS:
        break;
    }
    errno = EINVAL;
    return -1;
}

static bool same_as(int descriptor, const char *target) {
    if (strcmp(target, "-") == 0) {
        close(descriptor);
        return true;
    }
    int other = isdigit((unsigned char)*target) && strlen(target) < 4 ? atoi(target) : -1;
    if (other < 0 || target[strspn(target, "0123456789")] != '\0') {
        complain("%.200s: no descriptor", target);
        return false;
    }
    // What is above is the shell's own.
    if (fcntl(other, F_GETFD) < 0 || (fcntl(other, F_GETFD) & FD_CLOEXEC) != 0 || dup2(other, descriptor) < 0) {
        complain("%d: %s", other, strerror(EBADF));
        return false;
    }
    return true;
}

static bool redirect_one(const struct redirection *redirection, struct scratch *scratch,
                         struct saved_descriptor **saved) {
    bool document = redirection->kind == HERE_DOCUMENT;
    const char *target = redirection->target;
    if (!document || !redirection->literal) {
        target = expand_text(target, document ? EXPAND_DOCUMENT : EXPAND_WORD, scratch);
    }
    if (target == NULL) return false;
    if (redirection->kind == SAME_AS) {
        if (saved != NULL) save(redirection->descriptor, scratch, saved);
        return same_as(redirection->descriptor, target);
    }
    int opened = open_target(redirection, target);
    if (opened < 0) {
        complain("%.200s: %s", document ? "here-document" : target, strerror(errno));
        return false;
    }
    if (opened == redirection->descriptor) { // it was closed
        if (saved != NULL) {
            struct saved_descriptor *one = scratch_take(scratch, sizeof *one);
            *one = (struct saved_descriptor){*saved, opened, -1};
            *saved = one;
        }
        return true;
    }
    if (saved != NULL) save(redirection->descriptor, scratch, saved);
    bool done = dup2(opened, redirection->descriptor) >= 0;
    if (!done) complain("%d: %s", redirection->descriptor, strerror(errno));
    close(opened);
    return done;
}

bool redirect(const struct redirection *list, struct scratch *scratch, struct saved_descriptor **saved) {
    for (; list != NULL; list = list->next) {
        if (!redirect_one(list, scratch, saved)) return false;
    }
    return true;
}

void redirections_undo(struct saved_descriptor *saved) {
    for (; saved != NULL; saved = saved->next) {
        if (saved->copy < 0) {
            close(saved->descriptor);
        } else {
            dup2(saved->copy, saved->descriptor);
            close(saved->copy);
        }
    }
}

void redirections_keep(struct saved_descriptor *saved) {
    for (; saved != NULL; saved = saved->next) {
        if (saved->copy >= 0) close(saved->copy);
    }
}
