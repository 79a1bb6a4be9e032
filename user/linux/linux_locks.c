// SPDX-License-Identifier: MIT
// Locks on files, between two processes: flock, and fcntl's on bytes.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void say(const char *what, long answer) {
    if (answer < 0)
        printf("%s: %s\n", what, strerrorname_np(errno));
    else
        printf("%s: %ld\n", what, answer);
    fflush(stdout);
}

static int range(int file, int command, int type, off_t start, off_t length) {
    struct flock lock = {.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(file, command, &lock);
}

static pid_t parent;

static void ask(int file, int type, off_t start, off_t length) {
    struct flock lock = {.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    say("ask", fcntl(file, F_GETLK, &lock));
    const char *who = lock.l_type == F_UNLCK ? "nobody" : lock.l_pid == parent ? "the parent" : "another";
    printf("type %d from %ld, %ld bytes, %s\n", lock.l_type, (long)lock.l_start, (long)lock.l_len, who);
    fflush(stdout);
}

// In a child, to its end.
static void other(void (*function)(int file), int file) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        function(file);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static void try_whole(int file) {
    int own = open("/tmp/locked", O_RDWR);
    say("inherited", flock(file, LOCK_EX | LOCK_NB));
    say("exclusive", flock(own, LOCK_EX | LOCK_NB));
    say("shared", flock(own, LOCK_SH | LOCK_NB));
    say("range", range(own, F_SETLK, F_WRLCK, 0, 0));
}

static void try_shared(int file) {
    int own = open("/tmp/locked", O_RDWR);
    say("exclusive", flock(own, LOCK_EX | LOCK_NB));
    say("shared", flock(own, LOCK_SH | LOCK_NB));
    (void)file;
}

static void try_ranges(int file) {
    ask(file, F_WRLCK, 0, 0);
    ask(file, F_RDLCK, 0, 100);
    ask(file, F_RDLCK, 250, 10);
    ask(file, F_WRLCK, 250, 10);
    ask(file, F_WRLCK, 300, 0);
    say("before", range(file, F_SETLK, F_WRLCK, 0, 100));
    say("in", range(file, F_SETLK, F_WRLCK, 150, 1));
    say("hole", range(file, F_SETLK, F_WRLCK, 180, 10));
    say("behind", range(file, F_SETLK, F_RDLCK, 200, 100));
    say("unlock", range(file, F_SETLK, F_UNLCK, 100, 1000));
}

static void wait_for_it(int file) {
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    say("wait", range(file, F_SETLKW, F_WRLCK, 0, 10));
    clock_gettime(CLOCK_MONOTONIC, &end);
    long passed = (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000;
    printf("waited: %d\n", passed >= 40);
}

int main(void) {
    mkdir("/tmp", 0777);
    parent = getpid();
    int file = open("/tmp/locked", O_RDWR | O_CREAT | O_TRUNC, 0644), reader = open("/tmp/locked", O_RDONLY);
    say("flock", flock(file, LOCK_EX));
    say("itself", flock(reader, LOCK_SH | LOCK_NB));
    other(try_whole, file);
    say("shared", flock(file, LOCK_SH));
    other(try_shared, file);
    say("unlock", flock(file, LOCK_UN));
    other(try_shared, file);
    say("wrong", flock(file, 77));
    say("closed", flock(99, LOCK_EX));
    say("lock", range(file, F_SETLK, F_WRLCK, 100, 100));
    say("hole", range(file, F_SETLK, F_UNLCK, 180, 10));
    say("shared", range(file, F_SETLK, F_RDLCK, 200, 100));
    ask(file, F_WRLCK, 0, 0);
    other(try_ranges, file);
    say("reader", range(reader, F_SETLK, F_WRLCK, 0, 1));
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = -5};
    say("negative", fcntl(file, F_SETLK, &lock));
    lock = (struct flock){.l_type = 9, .l_whence = SEEK_SET};
    say("type", fcntl(file, F_SETLK, &lock));
    lock = (struct flock){.l_type = F_WRLCK, .l_whence = 7};
    say("whence", fcntl(file, F_SETLK, &lock));
    close(reader); // and with it go the locks of the process
    other(try_ranges, file);
    say("lock", range(file, F_SETLK, F_WRLCK, 0, 0));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        wait_for_it(file);
        fflush(stdout);
        _exit(0);
    }
    usleep(80000);
    say("unlock", range(file, F_SETLK, F_UNLCK, 0, 0));
    waitpid(child, NULL, 0);
    say("after its end", range(file, F_SETLK, F_WRLCK, 0, 0));
    struct flock own = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    say("of the file", fcntl(file, F_OFD_SETLK, &own));
    range(file, F_SETLK, F_UNLCK, 0, 0);
    say("of the file", fcntl(file, F_OFD_SETLK, &own));
    say("lock", range(file, F_SETLK, F_WRLCK, 0, 0));
    unlink("/tmp/locked");
    printf("is well\n");
    return 0;
}
