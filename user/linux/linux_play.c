// SPDX-License-Identifier: MIT
// vfork and posix_spawn: the parent waits, finds what the child left in memory, and has its descriptors and signals.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static volatile int left;

static int end_of(pid_t child) {
    int status = -1;
    if (waitpid(child, &status, 0) != child) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void say(const char *what, int value) {
    printf("%s: %d\n", what, value);
    fflush(stdout);
}

static void child_ends(void) {
    left = 0;
    pid_t child = vfork();
    if (child == 0) {
        left = 42;
        _exit(7);
    }
    say("a child's write is seen by its parent", left);
    say("and how it ended", end_of(child));
}

static void child_executes(char *self) {
    static char *words[] = {NULL, "three", NULL};
    words[0] = self;
    pid_t child = vfork();
    if (child == 0) {
        execve(self, words, environ);
        _exit(100);
    }
    say("a child that executes a program", end_of(child));
    child = vfork();
    if (child == 0) {
        execve("/nowhere/to/be/found", words, environ);
        left = errno;
        _exit(5);
    }
    say("there is no such program", left == ENOENT);
    say("and how it ended", end_of(child));
}

static void child_changes(void) {
    int end[2];
    char letter = '-';
    struct sigaction action;
    if (pipe(end) != 0) return;
    pid_t child = vfork();
    if (child == 0) {
        close(end[0]);
        dup2(end[1], 9);
        close(end[1]);
        signal(SIGUSR1, SIG_IGN);
        if (write(9, "x", 1) != 1) _exit(1);
        _exit(0);
    }
    say("a child closes descriptors of its own", end_of(child));
    say("what it wrote comes", read(end[0], &letter, 1) == 1 && letter == 'x');
    say("its descriptor is not the parent's", fcntl(9, F_GETFD) == -1 && errno == EBADF);
    say("the parent's are there", fcntl(end[1], F_GETFD) >= 0);
    close(end[1]);
    say("and nobody else writes", (int)read(end[0], &letter, 1));
    close(end[0]);
    sigaction(SIGUSR1, NULL, &action);
    say("its actions are not the parent's", action.sa_handler == SIG_DFL);
}

static void spawn(char *self) {
    char *words[] = {self, "three", NULL};
    pid_t child = -1;
    say("posix_spawn", posix_spawn(&child, self, NULL, NULL, words, environ));
    say("and how it ended", end_of(child));
    say("posix_spawn of nothing", posix_spawn(&child, "/nowhere/to/be/found", NULL, NULL, words, environ) == ENOENT);
    say("leaves no child", waitpid(-1, NULL, 0) == -1 && errno == ECHILD);
}

static int ends_with(int value) {
    pid_t child = vfork();
    if (child == 0) _exit(value);
    return end_of(child);
}

static void often(void) {
    int good = 0;
    for (int i = 0; i < 50; i++) good += ends_with(i) == i;
    say("fifty", good);
}

int main(int count, char **word) {
    if (count == 2 && strcmp(word[1], "three") == 0) return 3;
    child_ends();
    child_executes(word[0]);
    child_changes();
    spawn(word[0]);
    often();
    return 0;
}
